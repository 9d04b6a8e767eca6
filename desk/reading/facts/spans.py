"""Small tools for verbatim spans."""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator

from desk.reading.schemas import Span

_TOKEN = re.compile(
    r"\[[A-Z]{2,12}(?::[^\]\n]{0,40})?\]|(?:TS|ZX|JY|BY|HC)\d{8}-?\d{4}"
    r"|https?://[^\s一-鿿]{1,200}|[A-Za-z0-9_.]{1,40}@[A-Za-z0-9_.]{1,40}"
)
_CLAUSE = re.compile(r"[^,。!?;、\n…~,!?;]+")


def masked(text: str) -> str:
    """`text` with redaction tokens, ticket numbers and addresses replaced by letters, so that no digit in them is read."""
    return _TOKEN.sub(lambda m: "x" * len(m[0]), text)


class Cover:
    """The positions that spans take up, so that asking stays cheap however many there are."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._taken: set[int] = set()
        self._ends: list[int] = []
        for taken in spans:
            self.add(taken.start, taken.end)

    def add(self, start: int, end: int) -> None:
        """Take up [start, end)."""
        self._taken.update(range(start, end))
        insort(self._ends, end)

    def clear(self, start: int, end: int) -> bool:
        """Whether nothing in [start, end) is taken."""
        return self._taken.isdisjoint(range(start, end))

    def floor(self, at: int) -> int:
        """Where the last span that ends at or before `at` ends; 0 when there is none."""
        i = bisect_right(self._ends, at)
        return self._ends[i - 1] if i else 0


def clauses(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of the clauses, without the marks between them and without outer blanks."""
    for m in _CLAUSE.finditer(text):
        start, end = m.start(), m.end()
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if start < end:
            yield start, end


def span(text: str, start: int, end: int) -> Span:
    """The span [start, end) of `text` without outer blanks."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(text=text[start:end], start=start, end=end)


def walk_left(
    text: str, end: int, *, stops: frozenset[str], stop_words: tuple[str, ...], limit: int, floor: int
) -> int:
    """Where a name that ends at `end` begins: at most `limit` letters to the left, not across a stop."""
    start = end
    while start > floor and end - start < limit and _is_name_letter(text[start - 1]) and text[start - 1] not in stops:
        start -= 1
        if any(text.startswith(w, start) and start + len(w) <= end for w in stop_words):
            return start + next(len(w) for w in stop_words if text.startswith(w, start))
    return start


def _is_name_letter(c: str) -> bool:
    return "一" <= c <= "鿿" or (c.isascii() and c.isalpha()) or c == "·"
