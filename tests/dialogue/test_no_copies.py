"""No sentence of the reference conversations stands in what the project reads, says or learns from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from variants import sources

from desk.settings import ROOT

FOLDERS = ("data", "desk", "actions", "bot")
KINDS = (".yml", ".yaml", ".py", ".txt", ".json")
LONG = 7
"""Characters from which on the same words are no coincidence."""


def letters(text: str) -> str:
    return re.sub(r"[^\w]", "", text)


def sentences() -> set[str]:
    lines: list[Any] = [line for _, source in sources() for line in (*source["turns"], *source.get("reference", ()))]
    said = [line if isinstance(line, str) else str(line.get("text") or line.get("say") or "") for line in lines]
    pieces = {letters(piece) for line in said for piece in re.split(r"[。!?！？;；]", line)}
    return {piece for piece in pieces if len(piece) >= LONG}


def files(folder: str) -> list[Path]:
    return [file for file in sorted((ROOT / folder).rglob("*")) if file.suffix in KINDS and ".venv" not in file.parts]


@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_is_copied(folder: str) -> None:
    known = sentences()
    assert len(known) > 100
    found = []
    for file in files(folder):
        text = letters(file.read_text(encoding="utf-8"))
        found += [(str(file.relative_to(ROOT)), sentence) for sentence in known if sentence in text]
    assert found == []
