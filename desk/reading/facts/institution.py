"""Institutions named beside the bank itself: other banks, insurers, lenders, payment firms (7-real-text.md 7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from desk.reading.facts.lexicon import Hit, boundaries
from desk.reading.facts.lookups import either, table, words
from desk.reading.facts.spans import clear_of, walk_left
from desk.reading.schemas import Span

_STOPS = frozenset(table("institutions")["stops"])
_STOP_WORDS = tuple(words("institutions", "stop_words"))
_NOT_NAMES = tuple(words("institutions", "not_names"))
_ENDING = re.compile(either(*words("institutions", "endings")) + "(?!卡|账户|账号|流水|系统|行为|余额|大厅|里|内部|工作|员|柜|职|门|方|业)")
_KINDS = ("banks", "insurers", "lenders", "payment", "platforms")
_LONGEST_NAME = 14


def _looked_up(text: str, hits: Iterable[Hit]) -> Iterator[Span]:
    edges: frozenset[int] | None = None
    for hit in hits:
        if hit.label != "institution" or hit.key not in _KINDS:
            continue
        if len(hit) <= 2:
            edges = boundaries(text) if edges is None else edges
            if hit.start not in edges or hit.end not in edges:
                continue
        yield Span(text=text[hit.start : hit.end], start=hit.start, end=hit.end)


def _by_ending(text: str, floor_spans: list[Span]) -> Iterator[Span]:
    floor = 0
    for m in _ENDING.finditer(text):
        bound = max([floor, *(s.end for s in floor_spans if s.end <= m.start())])
        start = walk_left(
            text, m.start(), stops=_STOPS, stop_words=_STOP_WORDS, limit=_LONGEST_NAME, floor=bound
        )
        floor = m.end()
        stem = text[start : m.start()]
        if len(stem) < 2 or stem.endswith(_NOT_NAMES) or stem.startswith(_NOT_NAMES):
            continue
        yield Span(text=text[start : m.end()], start=start, end=m.end())


def read_institutions(text: str, hits: list[Hit], *, taken: Iterable[Span] = ()) -> list[Span]:
    """Institutions in `text`, each once, in the order they are named."""
    found: list[Span] = []
    known = sorted(_looked_up(text, hits), key=lambda s: s.start)
    for named in (*known, *_by_ending(text, list(taken))):
        if clear_of(found, named.start, named.end):
            found.append(named)
    seen: set[str] = set()
    result = []
    for named in sorted(found, key=lambda s: s.start):
        if named.text not in seen:
            seen.add(named.text)
            result.append(named)
    return result
