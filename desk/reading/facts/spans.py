"""Small tools for verbatim spans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from desk.reading.schemas import Span

_TOKEN = re.compile(r"\[[A-Z]{2,12}(?::[^\]\n]{0,40})?\]|(?:TS|ZX|JY|BY|HC)\d{8}-?\d{4}|https?://[^\s一-鿿]{1,200}|[\w.]{1,40}@[\w.]{1,40}")
_CLAUSE = re.compile(r"[^,。!?;、\n…~,!?;]+")


def masked(text: str) -> str:
    """`text` with redaction tokens, ticket numbers and addresses replaced by letters, so that no digit in them is read."""
    return _TOKEN.sub(lambda m: "x" * len(m[0]), text)


def clear_of(taken: Iterable[Span], start: int, end: int) -> bool:
    """Whether no span of `taken` touches [start, end)."""
    return not any(s.start < end and start < s.end for s in taken)


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


def clause_around(text: str, at: int) -> tuple[int, int]:
    """The clause that holds position `at`; an empty one when a mark stands there."""
    for start, end in clauses(text):
        if start <= at < end:
            return start, end
    return at, at


def span(text: str, start: int, end: int) -> Span:
    """The span [start, end) of `text` without outer blanks."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(text=text[start:end], start=start, end=end)


def walk_left(text: str, end: int, *, stops: frozenset[str], stop_words: tuple[str, ...], limit: int, floor: int) -> int:
    """Where a name that ends at `end` begins: at most `limit` letters to the left, not across a stop."""
    start = end
    while start > floor and end - start < limit and _is_name_letter(text[start - 1]) and text[start - 1] not in stops:
        start -= 1
        if any(text.startswith(w, start) and start + len(w) <= end for w in stop_words):
            return start + next(len(w) for w in stop_words if text.startswith(w, start))
    return start


def _is_name_letter(c: str) -> bool:
    return "一" <= c <= "鿿" or (c.isascii() and c.isalpha()) or c == "·"
