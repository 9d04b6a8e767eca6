"""Where it happened: a branch, a channel, a device (3-dialogue.md 3.3 `where`; 7-real-text.md 8)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from desk.reading.facts.lexicon import Hit
from desk.reading.facts.lookups import either, table, words
from desk.reading.facts.spans import clear_of, walk_left
from desk.reading.schemas import Span, Where, WhereKind

_B = table("branches")
_C = table("channels")["channels"]
_NAMES = {str(b["name"]): b for b in _B["branches"]}
_STEMS = {str(a): str(b["name"]) for b in _B["branches"] for a in b["aliases"]}
_ENDING = re.compile(either(*words("branches", "endings")))
_POINTING = re.compile(rf"(?:的)?{either(*words('branches', 'pointing'))}(?:支行|分行|网点|银行|ATM|取款机|机器|柜员机)?")
_NOT_NAMES = frozenset(words("branches", "not_names"))
_STOPS = frozenset(table("institutions")["stops"]) | frozenset("办跑回出进不没很最再")
_STOP_WORDS = tuple(words("institutions", "stop_words"))
_SOUNDS = str.maketrans(_B["homophones"])
_WINDOW = re.compile(r"(?:\d{1,2}|[一二三四五六七八九十]{1,2})号(?:窗口|柜台|窗)")
_IN = re.compile(r"(?:在|到|去|跑到|来到)[ ]?$")
_SAYS_NOTHING = re.compile(r"不知道|不清楚|忘了|不记得|记不|跳过|没有|不方便|不说")
_LONGEST_NAME = 12
_SHORT_ANSWER = 16


def canonical_branch(name: str) -> str:
    """The branch meant by `name`: itself, by alias (城南), or by a typing mistake that sounds alike (成南支行)."""
    if name in _NAMES or name in _STEMS:
        return _STEMS.get(name, name)
    ending = next((e for e in words("branches", "endings") if name.endswith(e)), "")
    stem = name.removesuffix(ending)
    if stem in _STEMS:
        return _STEMS[stem]
    repaired = stem.translate(_SOUNDS)
    if repaired != stem and repaired in _STEMS:
        return _STEMS[repaired]
    inner = next((n for n in _NAMES if name.endswith(n)), None)
    return inner or name


def _where(text: str, start: int, end: int, kind: WhereKind, canonical: str) -> Where:
    return Where(text=text[start:end], start=start, end=end, kind=kind, canonical=canonical)


def _by_ending(text: str, taken: list[Span]) -> Iterator[Where]:
    floor = 0
    for m in _ENDING.finditer(text):
        bound = max([floor, *(s.end for s in taken if s.end <= m.start())])
        start = walk_left(
            text, m.start(), stops=_STOPS, stop_words=_STOP_WORDS, limit=_LONGEST_NAME, floor=bound
        )
        floor = m.end()
        stem = text[start : m.start()]
        if len(stem) < 2 or stem in _NOT_NAMES or any(stem.endswith(n) for n in ("哪家", "附近", "其他")):
            continue
        name = text[start : m.end()]
        yield _where(text, start, m.end(), "branch", canonical_branch(name))


def _by_alias(text: str, hits: Iterable[Hit], asked: bool) -> Iterator[Where]:
    for hit in hits:
        if hit.label != "branch":
            continue
        word = text[hit.start : hit.end]
        pointing = _POINTING.match(text, hit.end)
        if word in _NAMES:
            yield _where(text, hit.start, hit.end, "branch", word)
        elif pointing and (asked or _IN.search(text, 0, hit.start) or pointing[0] not in ("的", "店")):
            yield _where(text, hit.start, pointing.end(), "branch", hit.key)
        elif asked:
            yield _where(text, hit.start, hit.end, "branch", hit.key)


def _by_channel(text: str, hits: Iterable[Hit], asked: bool) -> Iterator[Where]:
    for hit in hits:
        if hit.label == "channel":
            yield _where(text, hit.start, hit.end, _C[hit.key]["kind"], hit.key)
        elif hit.label == "place" and asked:
            yield _where(text, hit.start, hit.end, "place", text[hit.start : hit.end])


def _windows(text: str) -> Iterator[Where]:
    for m in _WINDOW.finditer(text):
        yield _where(text, m.start(), m.end(), "place", m[0])


def _whole(text: str, taken: list[Span]) -> Iterator[Where]:
    """Asked where, a short answer that nothing else explains is a place."""
    answer = text.strip(" ,。.!?~")
    start = text.find(answer)
    if 2 <= len(answer) <= _SHORT_ANSWER and not _SAYS_NOTHING.search(answer) and clear_of(taken, start, start + len(answer)):
        yield _where(text, start, start + len(answer), "place", answer)


def read_where(text: str, hits: list[Hit], *, asked: bool = False, taken: Iterable[Span] = ()) -> list[Where]:
    """Branches and channels in `text`, each once. `taken`: spans that cannot be part of a branch's name (times)."""
    spans = list(taken)
    found: list[Where] = []
    for source in (_by_ending(text, spans), _by_alias(text, hits, asked), _by_channel(text, hits, asked)):
        for place in source:
            if clear_of(found, place.start, place.end):
                found.append(place)
    if asked and not found:
        found.extend(_windows(text))
        found.extend(_whole(text, spans) if not found else ())
    return _once(found)


def _once(found: list[Where]) -> list[Where]:
    seen: set[str] = set()
    result = []
    for place in sorted(found, key=lambda w: w.start):
        if place.text not in seen:
            seen.add(place.text)
            result.append(place)
    return result


def channel_used(places: Iterable[Where]) -> str | None:
    """The channel through which the business was done (JR/T 0169 axis A), in its canonical name."""
    used = words("channels", "used")
    named = [p.canonical for p in places if p.kind in ("channel", "device") and p.canonical in used]
    return min(named, key=lambda n: n == "电话") if named else None
