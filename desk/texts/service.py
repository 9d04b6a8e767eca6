"""The sentences customers read. They stand in `data/texts/*.yml`; code chooses and fills, it never writes them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from desk.policy.schemas import policy
from desk.settings import settings

Tree = Mapping[str, Any]


class Texts:
    """A tree of sentences; a leaf is one sentence or a list of equally good ones."""

    def __init__(self, folder: Path) -> None:
        self._trees: dict[str, Tree] = {
            file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.yml"))
        }

    def variants(self, key: str) -> list[str]:
        """All sentences under `subject.name.…`; KeyError names the missing key."""
        node: Any = self._trees
        for part in key.split("."):
            if not isinstance(node, Mapping) or part not in node:
                raise KeyError(f"no text {key!r}")
            node = node[part]
        return node if isinstance(node, list) else [str(node)]

    def has(self, key: str) -> bool:
        """Whether there is such a sentence."""
        try:
            self.variants(key)
        except KeyError:
            return False
        return True

    def say(self, key: str, *, seed: str = "", **values: object) -> str:
        """The sentence, filled. The same `seed` picks the same variant, so that a turn tried again says the same."""
        variants = self.variants(key)
        chosen = variants[zlib.crc32(f"{key}:{seed}".encode()) % len(variants)]
        return chosen.format(**{**world_facts(), **values})

    def every(self) -> dict[str, str]:
        """Every sentence by key, for the phrase lint."""
        found: dict[str, str] = {}

        def walk(prefix: str, node: Any) -> None:
            if isinstance(node, Mapping):
                for name, child in node.items():
                    walk(f"{prefix}.{name}" if prefix else str(name), child)
            else:
                for n, sentence in enumerate(node if isinstance(node, list) else [node]):
                    found[f"{prefix}[{n}]"] = str(sentence)

        walk("", self._trees)
        return found


def world_facts() -> dict[str, object]:
    """Placeholders that any sentence may use: names and numbers of this bank."""
    service = policy().service
    hours = service.hours
    return {
        "bank": service.bank,
        "unit": service.unit,
        "app": service.app,
        "freeze": service.freeze,
        "hours": f"{hours.open:%H:%M}–{hours.close:%H:%M}",
        **{name: line.number for name, line in service.hotlines.items()},
    }


@lru_cache
def texts() -> Texts:
    """The sentences of this installation."""
    return Texts(settings().data_dir / "texts")
