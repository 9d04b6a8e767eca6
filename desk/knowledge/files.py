"""Reads `data/knowledge/*.yml`: each file has `defaults` for all its `entries`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from desk.knowledge.schemas import Entry


def read_folder(path: Path) -> dict[str, Entry]:
    """All entries by key; raises ValueError when a key stands twice, pydantic's ValidationError on a malformed entry."""
    found: dict[str, Entry] = {}
    for file in sorted(path.glob("*.yml")):
        for entry in read_file(file):
            if entry.key in found:
                raise ValueError(f"{file.name}: {entry.key} is there twice")
            found[entry.key] = entry
    return found


def read_file(file: Path) -> list[Entry]:
    """The entries of one file."""
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    defaults: dict[str, Any] = content.get("defaults", {})
    return [Entry.model_validate({**defaults, **fields}) for fields in content["entries"]]
