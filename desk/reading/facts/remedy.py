"""What the customer would be satisfied with, as keys (3-dialogue.md 3.3 `remedy`; 7-real-text.md 3; shared/eval/README.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from desk.reading.facts.lookups import either, table, words
from desk.reading.schemas import Remedy

_R = table("remedies")
_SAY = {key: re.compile("|".join(_R["keys"][key]["say"])) for key in _R["order"]}
_UNLESS = {key: re.compile("|".join(_R["keys"][key].get("unless") or ["(?!)"])) for key in _R["order"]}
_DENIED = re.compile(_R["denied"])
_OTHER = re.compile(_R["other"])
_NO_ANSWER = re.compile(either(*words("remedies", "no_answer")))
_NEAR = 6
_LONGEST_ANSWER = 40


def _remedy(text: str, start: int, end: int, key: str) -> Remedy:
    return Remedy(text=text[start:end], start=start, end=end, key=key)


def _wishes(text: str, key: str) -> Iterator[Remedy]:
    for m in _SAY[key].finditer(text):
        around = text[max(0, m.start() - _NEAR) : m.end() + _NEAR]
        if _UNLESS[key].search(around) or _DENIED.search(text, max(0, m.start() - 10), m.start()):
            continue
        yield _remedy(text, m.start(), m.end(), key)


def _free(text: str) -> Iterator[Remedy]:
    """Asked for a wish, any short answer is one."""
    answer = text.strip(" ,。.!~?")
    start = text.find(answer)
    if 2 <= len(answer) <= _LONGEST_ANSWER and not _NO_ANSWER.match(answer):
        yield _remedy(text, start, start + len(answer), "other")


def read_remedies(text: str, *, asked: bool = False) -> list[Remedy]:
    """The wishes in `text` in the order they are said, each key once; `other` only when no key fits."""
    found = [next(_wishes(text, key), None) for key in _R["order"]]
    named = sorted((r for r in found if r is not None), key=lambda r: r.start)
    if named:
        return named
    if asked:
        return list(_free(text))
    m = _OTHER.search(text)
    return [_remedy(text, m.start("wish"), m.end("wish"), "other")] if m else []
