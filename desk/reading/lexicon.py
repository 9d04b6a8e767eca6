"""Word lists under `data/`, loaded once, and the search over them.

In the lists `~` stands for a gap of at most twelve characters that crosses no end of a sentence, and `{name}` for
another named list or pattern of the same file. Both keep every expression linear in the length of the message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import yaml

from desk.settings import settings

STOPS = "。!?;\n…"
GAP = rf"(?:[^{STOPS}]{{0,12}}?)"
_NAME = re.compile(r"\{([a-z_]+)\}")


@lru_cache
def load(folder: str, name: str) -> Mapping[str, Any]:
    """The YAML mapping `data/<folder>/<name>.yml`; FileNotFoundError when it is missing, ValueError when no mapping."""
    path = settings().data_dir / folder / f"{name}.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds no mapping")
    return content


def words(source: Any) -> list[str]:
    """The words of a list or of a mapping of lists; longest first, so that an alternation takes the longest."""
    if isinstance(source, dict):
        source = [word for part in source.values() for word in part]
    return sorted({str(word) for word in source or ()}, key=lambda word: (-len(word), word))


def expand(pattern: str, macros: Mapping[str, str]) -> str:
    """`pattern` with `{name}` and `~` filled in; KeyError for a name that nobody defined."""
    for _ in range(4):
        pattern, found = _NAME.subn(lambda match: f"(?:{macros[match.group(1)]})", pattern)
        if not found:
            break
    return pattern.replace("~", GAP)


def union(patterns: Iterable[str], macros: Mapping[str, str] | None = None) -> re.Pattern[str]:
    """One expression that finds any of the patterns; it never matches when there are none."""
    parts = [expand(str(pattern), macros or {}) for pattern in patterns]
    return re.compile("|".join(f"(?:{part})" for part in parts) if parts else r"(?!)")


def macros_of(source: Mapping[str, Any]) -> dict[str, str]:
    """The `macros` section: each a pattern, or a list that means any of its members."""
    section = source.get("macros") or {}
    return {name: value if isinstance(value, str) else "|".join(words(value)) for name, value in section.items()}


def blank(text: str, pattern: re.Pattern[str]) -> str:
    """`text` with every match covered by `□`, so that idioms no longer look like what they are made of."""
    return pattern.sub(lambda match: "□" * len(match.group()), text)


_SENTENCE = re.compile(rf"[^{STOPS}]+[{STOPS}]*")
_CLAUSE = re.compile(rf"[^{STOPS},、: ]+")


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """Where each sentence starts, and the sentence with its closing marks."""
    for match in _SENTENCE.finditer(text):
        yield match.start(), match.group()


def clauses(text: str) -> Iterator[tuple[int, str]]:
    """Where each clause starts, and the clause without its marks. A blank parts clauses, as it does in chat."""
    for match in _CLAUSE.finditer(text):
        yield match.start(), match.group()
