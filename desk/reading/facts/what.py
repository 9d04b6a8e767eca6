"""何事 and 何因: the part of a message that tells what happened, and why the customer thinks it did (SD008).

A message that only announces (我要投诉), feels (气死我了), wishes or answers another question tells nothing that happened.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from desk.reading.acts import read_acts
from desk.reading.facts.lookups import table
from desk.reading.facts.spans import Cover, clauses, span
from desk.reading.schemas import Span

_W = table("story")["what"]
_Y = table("story")["why"]


def _pattern(raw: str) -> str:
    """A pattern that stands on several lines of the data file."""
    return re.sub(r"\s*\n\s*|(?<=\|) +| +(?=\|)", "", raw.strip())


_EMPTY = re.compile(f"(?:{_pattern(_W['empty'])})[ 啊呀吧了的哦呢嘛]*")
_FEELING = re.compile(_pattern(_W["feeling"]))
_QUESTION = re.compile(_pattern(_W["question"]))
_WISH_CUE = re.compile(_W["wish_cue"])
_NOT_TOLD = re.compile(_pattern(_W["not_told"]))
_LEAD = re.compile(_pattern(_W["lead"]))
_EVENT = re.compile(_pattern(_W["event"]))
_LONGEST = int(_W["longest"])
_CAUSE = re.compile(_Y["cue"])
_VIEW = re.compile(_Y["view"])
_LACK = re.compile(_Y["lack"])
_CANNOT = re.compile(_Y["cannot"])
_FILLER = re.compile(r"[\s在的了吧呢啊是就大概大约左右去到那个你们我于和还有,。.!?:;、()~-]+")
_HAN = re.compile(r"[一-鿿]|[A-Za-z0-9]+")
_ACTS = frozenset(
    [
        "skip",
        "refuse",
        "correct",
        "cancel",
        "busy",
        "goodbye",
        "resume",
        "ask_human",
        "ask_supervisor",
        "ask_other_person",
        "ask_other_place",
        "decline_change",
    ]
)
"""A short clause that does one of these (没空, 我要匿名) is no story."""
_SHORT = 12
_DONE_TO_ME = re.compile(r"[一-鿿](?:了)?(?:我|人)(?!们|的)$")
"""骂我, 吼了我: one verb tells it."""
_STRAY = 2
_PLENTY = 8
_LONGEST_ANSWER = 80
_LONGEST_WHY = 60


def _left_over(text: str, start: int, end: int, explained: Cover) -> str:
    """What remains of a clause when times, places, persons, sums and wishes are taken out."""
    rest = "".join(text[i] for i in range(start, end) if explained.clear(i, i + 1))
    return _FILLER.sub("", rest)


def _is_wish(clause: str, start: int, end: int, wishes: list[Span]) -> bool:
    """Mostly a wish, or announced as one (希望, 请)."""
    inside = [w for w in wishes if w.start < end and start < w.end]
    return any(w.end - w.start >= (end - start) // 2 for w in inside) or bool(inside and _WISH_CUE.match(clause))


def _tells(text: str, start: int, end: int, explained: Cover, wishes: list[Span]) -> bool:
    clause = text[start:end]
    if _EMPTY.fullmatch(clause) or _QUESTION.search(clause) or _NOT_TOLD.search(clause):
        return False
    if _is_wish(clause, start, end, wishes) or (end - start <= _SHORT and read_acts(clause.lower()) & _ACTS):
        return False
    rest = _left_over(text, start, end, explained)
    if len(_HAN.findall(rest)) < (1 if _DONE_TO_ME.search(clause) else _STRAY):
        return False
    event = _EVENT.search(clause)
    if _FEELING.search(clause) and (event is None or len(clause) <= 12):
        return False
    return event is not None or len(_HAN.findall(rest)) >= _PLENTY


def _trim_lead(text: str, start: int, end: int) -> int:
    m = _LEAD.match(text, start, end)
    return m.end() if m and end - m.end() >= 3 else start


def _pieces(text: str) -> list[tuple[int, int]]:
    """Clauses, cut at blanks as well: many customers write 城北支行 昨天."""
    pieces = []
    for start, end in clauses(text):
        at = start
        for m in re.finditer(r"\s+", text[start:end]):
            if _is_cut(text[at : start + m.start()], text[start + m.end() : end]):
                pieces.append((at, start + m.start()))
                at = start + m.end()
        pieces.append((at, end))
    return pieces


def _is_cut(left: str, right: str) -> bool:
    """A blank between Chinese words ends a clause; one beside Latin letters or a number does not."""
    return len(left) >= 2 and "一" <= left[-1:] <= "鿿" and "一" <= right[:1] <= "鿿"


def read_what(text: str, *, explained: Iterable[Span], wishes: Iterable[Span], asked: bool = False) -> Span | None:
    """The first run of clauses that tell what happened, at most about ninety characters; None when there is none."""
    known, wanted = Cover(explained), list(wishes)
    first = last = -1
    skipped = 0
    for start, end in _pieces(text):
        if _tells(text, start, end, known, wanted):
            first = _trim_lead(text, start, end) if first < 0 else first
            if last > 0 and end - first > _LONGEST:
                break
            last, skipped = end, 0
        elif first >= 0:
            skipped += 1
            if skipped > 1:
                break
    if first >= 0:
        return span(text, first, min(last, first + 2 * _LONGEST))
    return _answer(text, known) if asked else None


def _answer(text: str, explained: Cover) -> Span | None:
    """Asked what happened, an answer that is neither empty nor only a time or place is what happened."""
    whole = span(text, 0, len(text))
    if _EMPTY.fullmatch(whole.text) or _QUESTION.search(whole.text):
        return None
    rest = _left_over(text, whole.start, whole.end, explained)
    return whole if len(_HAN.findall(rest)) >= 4 else None


def read_why(text: str, *, asked: bool = False) -> Span | None:
    """Why the bank is wrong or why the customer cannot, as they see it; never a finding (3-dialogue.md 3.3 `why`)."""
    for pattern in (_CAUSE, _LACK, _CANNOT, _VIEW):
        m = pattern.search(text)
        if m is None:
            continue
        start = m.end() if pattern in (_CAUSE, _VIEW) else m.start()
        end = next((e for s, e in clauses(text) if s <= max(start, m.start()) < e), len(text))
        found = span(text, start, min(end, start + _LONGEST_WHY))
        if len(found.text) >= 3:
            return found
    whole = span(text, 0, len(text))
    if asked and 3 <= len(whole.text) <= _LONGEST_ANSWER and not _EMPTY.fullmatch(whole.text):
        return whole
    return None
