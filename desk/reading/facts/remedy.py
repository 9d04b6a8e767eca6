"""What the customer would be satisfied with, as keys (3-dialogue.md 3.3 `remedy`; 7-real-text.md 3; shared/eval/README.md)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from desk.reading.acts import read_acts
from desk.reading.facts.lookups import either, table, words
from desk.reading.facts.spans import Cover, span
from desk.reading.facts.who import looks_like_somebody
from desk.reading.lexicon import clauses
from desk.reading.schemas import Remedy, Span

_R = table("remedies")
_SAY = {key: re.compile("|".join(_R["keys"][key]["say"])) for key in _R["order"]}
_UNLESS = {key: re.compile("|".join(_R["keys"][key].get("unless") or ["(?!)"])) for key in _R["order"]}
_DENIED = re.compile(_R["denied"])
_OTHER = re.compile(_R["other"])
_NO_ANSWER = re.compile(either(*words("remedies", "no_answer")))
_DEMAND = re.compile(_R["demand"])
_ASKS = re.compile(_R["asks"])
_NOT_WISHED = frozenset(_R["not_wished"])
_STRAY = re.compile(_R["stray"])
_NEAR = 6
_SHORTEST = 2
_SHORTEST_BESIDE = 4
"""Characters beside a fact that make a wish: 下周前给结果 does, 上个月账单 does not."""
_SHORT_DEMAND = 24
_LONGEST_ANSWER = 40


def _remedy(text: str, start: int, end: int, key: str) -> Remedy:
    return Remedy(text=text[start:end], start=start, end=end, key=key)


def _wishes(text: str, key: str) -> Iterator[Remedy]:
    for m in _SAY[key].finditer(text):
        around = text[max(0, m.start() - _NEAR) : m.end() + _NEAR]
        if _UNLESS[key].search(around) or _DENIED.search(text, max(0, m.start() - 10), m.start()):
            continue
        yield _remedy(text, m.start(), m.end(), key)


def _wishes_nothing(clause: str) -> bool:
    """对, 我要匿名, 今天没空: said with the wish, or instead of it."""
    other = read_acts(clause.lower()) & _NOT_WISHED
    asks = _ASKS.search(clause) is not None and not any(_SAY[key].search(clause) for key in _R["order"])
    return bool(other) or asks or looks_like_somebody(clause) or _NO_ANSWER.match(clause) is not None


def _left(text: str, start: int, end: int, told: Cover) -> str:
    """What a clause says beside the facts it tells."""
    return _STRAY.sub("", "".join(text[i] for i in range(start, end) if told.clear(i, i + 1)))


def _wishing(text: str, told: Cover) -> list[tuple[int, int]]:
    """The clauses that may be a wish: neither another fact nor another act."""
    parts = ((start, start + len(clause)) for start, clause in clauses(text))
    return [
        (start, end)
        for start, end in parts
        if len(_left(text, start, end, told)) >= (_SHORTEST if told.clear(start, end) else _SHORTEST_BESIDE)
        and not _wishes_nothing(text[start:end])
    ]


def read_wish(text: str, told: Cover) -> Span | None:
    """Asked for a wish, the answer is the wish, whole (道歉,当面), without what else it tells (电话就不留了)."""
    parts = _wishing(text, told)
    if not parts or text.rstrip().endswith(("吗", "?")):
        return None
    start = parts[0][0]
    end = start
    for part in parts:
        if _wishing(text[end : part[0]], told):
            break
        end = part[1]
    return span(text, start, end) if end - start <= _LONGEST_ANSWER else None


def wish_around(text: str, wishes: Iterable[Span]) -> Span | None:
    """The words around wishes that nobody asked for: the short clauses that hold them (请把钱退回来, not 把钱退)."""
    inside = Cover(wishes)
    parts = [(start, start + len(part)) for start, part in clauses(text)]
    held = [(start, end) for start, end in parts if not inside.clear(start, end) or _DEMAND.search(text[start:end])]
    if all(inside.clear(start, end) for start, end in held):
        return None
    if not held or any(end - start > _SHORT_DEMAND for start, end in held):
        return None
    return span(text, held[0][0], held[-1][1]) if held[-1][1] - held[0][0] <= _LONGEST_ANSWER else None


def _demands(text: str, told: Cover) -> Iterator[Remedy]:
    """A short demand needs no question before it: 以后别再硬推."""
    if len(text) > _SHORT_DEMAND:
        return
    for start, end in _wishing(text, told):
        if _DEMAND.search(text[start:end]):
            yield _remedy(text, start, end, "other")


def read_remedies(text: str, *, asked: bool = False, told: Iterable[Span] = ()) -> list[Remedy]:
    """The wishes in `text` in the order they are said, each key once; `other` only when no key fits.

    `told` are the spans of other facts, which are no wish.
    """
    found = [next(_wishes(text, key), None) for key in _R["order"]]
    named = sorted((r for r in found if r is not None), key=lambda r: r.start)
    if named:
        return named
    known = Cover(told)
    if asked:
        wish = read_wish(text, known)
        return [_remedy(text, wish.start, wish.end, "other")] if wish else []
    m = _OTHER.search(text)
    return [_remedy(text, m.start("wish"), m.end("wish"), "other")] if m else list(_demands(text, known))
