"""Institutions named beside the bank itself: other banks, insurers, lenders, payment firms (7-real-text.md 7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from desk.reading.facts.lexicon import Hit, boundaries
from desk.reading.facts.lookups import either, table, words
from desk.reading.facts.spans import Cover, walk_left
from desk.reading.schemas import Span

_I = table("institutions")
_STOPS = frozenset(_I["stops"])
_STOP_WORDS = tuple(words("institutions", "stop_words"))
_NOT_NAMES = tuple(words("institutions", "not_names"))
_PLACES = frozenset(str(_I["places"]).split())
_WEAK = frozenset(words("institutions", "weak_endings"))
_ENDING = re.compile(
    f"(?P<first>{either(*words('institutions', 'endings'))})(?:{either(*words('institutions', 'endings'))})*"
)
_EXTENSION = re.compile(_I["extensions"])
_PLATFORM = re.compile(_I["platform"])
_NOT_PLATFORMS = tuple(words("institutions", "not_platforms"))
_SHORT_BANK = re.compile(rf"{either(*words('institutions', 'short_banks'))}(?=信用卡|借记卡|储蓄卡)")
_OWN_NAME = re.compile(r"[xX×*某○]+银行")
_LONGEST_NAME = 12


@dataclass(frozen=True, slots=True)
class _Named:
    start: int
    end: int
    key: str


def _looked_up(text: str, hits: Iterable[Hit]) -> Iterator[_Named]:
    edges: frozenset[int] | None = None
    for hit in hits:
        if hit.label != "institution":
            continue
        if len(hit) <= 2:
            edges = boundaries(text) if edges is None else edges
            if hit.start not in edges or hit.end not in edges:
                continue
        longer = _EXTENSION.match(text, hit.end)
        end = longer.end() if longer else hit.end
        yield _Named(hit.start, end, hit.key)


def _begins_with_place(stem: str) -> bool:
    return stem[:2] in _PLACES or stem[:3] in _PLACES or stem[:4] in _PLACES


def _is_name(stem: str, endings: str, first: str) -> bool:
    if len(stem) < 2 or stem.startswith(_NOT_NAMES):
        return False
    if stem.endswith(_NOT_NAMES) and not _begins_with_place(stem):
        return False
    if endings in _WEAK:
        return False
    return first != "银行" or _begins_with_place(stem) or endings != first


def _by_ending(text: str, cover: Cover) -> Iterator[_Named]:
    floor = 0
    for m in _ENDING.finditer(text):
        bound = max(floor, cover.floor(m.start()))
        start = walk_left(text, m.start(), stops=_STOPS, stop_words=_STOP_WORDS, limit=_LONGEST_NAME, floor=bound)
        floor = m.end()
        stem = text[start : m.start()]
        if _is_name(stem, m[0], m["first"]) and not _OWN_NAME.fullmatch(text, start, m.end()):
            yield _Named(start, m.end(), text[start : m.end()])


def _platforms(text: str) -> Iterator[_Named]:
    for m in _PLATFORM.finditer(text):
        name = m["name"]
        if not name.startswith(_NOT_PLATFORMS) and not name.endswith(_NOT_PLATFORMS):
            yield _Named(m.start("name"), m.end("name"), name)


def _short_banks(text: str) -> Iterator[_Named]:
    for m in _SHORT_BANK.finditer(text):
        yield _Named(m.start(), m.end(), m[0] + "银行")


def _apart(found: Iterable[_Named]) -> list[_Named]:
    """The longest of those that overlap."""
    kept: list[_Named] = []
    cover = Cover()
    for named in sorted(found, key=lambda n: (n.start - n.end, n.start)):
        if cover.clear(named.start, named.end):
            kept.append(named)
            cover.add(named.start, named.end)
    return sorted(kept, key=lambda n: n.start)


def read_institutions(text: str, hits: list[Hit], *, taken: Iterable[Span] = ()) -> list[Span]:
    """Institutions in `text`, each once in its fullest wording, in the order they are named."""
    known = list(_looked_up(text, hits))
    found = _apart([*known, *_by_ending(text, Cover(taken)), *_platforms(text), *_short_banks(text)])
    keys = {k.start: k.key for k in known}
    fullest: dict[str, _Named] = {}
    for named in found:
        key = keys.get(named.start, named.key)
        best = fullest.get(key)
        if best is None or named.end - named.start > best.end - best.start:
            fullest[key] = named
    spans = [Span(text=text[n.start : n.end], start=n.start, end=n.end) for n in fullest.values()]
    return _outermost(sorted(spans, key=lambda s: s.start))


def _outermost(spans: list[Span]) -> list[Span]:
    """平安 and 平安银行信用卡中心 are one institution."""
    return [s for s in spans if not any(s.text != o.text and s.text in o.text for o in spans)]
