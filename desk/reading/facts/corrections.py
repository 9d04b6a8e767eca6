"""Slot repair in one sentence: 尾号写错了,应该是… or 不是这个,是那个 (3-dialogue.md 3.2 F4, 3.13; `correct_info`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from desk.reading.facts.amount import read_amounts
from desk.reading.facts.companions import read_tail
from desk.reading.facts.lexicon import encodable, lexicon
from desk.reading.facts.lookups import table
from desk.reading.facts.remedy import read_remedies
from desk.reading.facts.when import read_when
from desk.reading.facts.when_join import expressions
from desk.reading.facts.where import read_where
from desk.reading.facts.who import read_people
from desk.reading.schemas import Amount, Span

_C = table("corrections")
_CUE = re.compile(re.sub(r"\|\s+", "|", _C["cue"]))
_WEAK_CUE = re.compile(_C["weak_cue"])
_SLIP = re.compile(_C["slip"])
_NEW = re.compile(_C["new"])
_OLD = re.compile(_C["old"])
_TAIL_WORDS = re.compile(_C["tail_words"])
_LONGEST = 60
_GONE = "�"
_AnySpan = TypeVar("_AnySpan", bound=Span)


@dataclass(frozen=True, slots=True)
class _Repair:
    """The part that holds the new value, where it begins, and the old value when it is named."""

    part: str
    start: int
    old: str
    weak: bool


def takes_back(text: str) -> bool:
    """Whether the message mends itself: 昨天,啊不是,前天. The 不是 in it answers nobody."""
    slip = _slip(encodable(text))
    return slip is not None


def _slip(text: str) -> _Repair | None:
    """The last value of a message that takes back what it has just said."""
    slips = list(_SLIP.finditer(text))
    if not slips or not text[: slips[-1].start()].strip():
        return None
    start = slips[-1].end()
    part = _OLD.sub(lambda m: _GONE * len(m[0]), text[start:])
    return _Repair(part, start, text[: slips[-1].start()], weak=True)


def _repair(text: str) -> _Repair | None:
    if len(text) > _LONGEST:
        return None
    slip = _slip(text)
    if slip is not None:
        return slip
    strong = _CUE.search(text) is not None
    if not strong and not _WEAK_CUE.search(text):
        return None
    old = "".join(m["old"] + " " for m in _OLD.finditer(text))
    kept = _OLD.sub(lambda m: _GONE * len(m[0]), text)
    new = list(_NEW.finditer(kept)) if strong else []
    start = new[-1].end() if new else 0
    if not kept[start:].strip(f"{_GONE} ,。!的"):
        start = 0
    return _Repair(kept[start:], start, old, not strong)


def _moved(found: _AnySpan, by: int) -> _AnySpan:
    return found.model_copy(update={"start": found.start + by, "end": found.end + by})


def _last(spans: Sequence[Span]) -> Span | None:
    return spans[-1] if spans else None


def _values(part: str, now: datetime, *, tail_asked: bool) -> dict[str, Span]:
    """The last value of each slot in `part`."""
    tail = read_tail(part, asked=tail_asked)
    whens = read_when(part, now)
    taken: list[Span] = [*whens, *([tail] if tail else [])]
    hits = lexicon().find(part)
    people, _ = read_people(part, hits)
    found = {
        "account_tail": tail,
        "when": _last(whens),
        "amount": _last(read_amounts(part, asked=tail is None, taken=taken)),
        "where": _last(read_where(part, hits, taken=taken)),
        "who": _last(people),
        "remedy": _last([r for r in read_remedies(part) if r.key != "other"]),
    }
    return {slot: value for slot, value in found.items() if value is not None}


def read_correction(text: str, now: datetime) -> dict[str, Span]:
    """Slot → new value (an Amount, When, Where, Who, Remedy or Span). Empty when `text` corrects nothing.

    `text` is Simplified and half width; spans are offsets into it. Slots: account_tail, when, amount, where, who, remedy.
    """
    plain = encodable(text)
    repair = _repair(plain)
    if repair is None:
        return {}
    tail_asked = bool(_TAIL_WORDS.search(plain))
    new = _values(repair.part, now, tail_asked=tail_asked)
    if repair.weak:
        old = _values(repair.old.strip(), now, tail_asked=tail_asked)
        new = {slot: value for slot, value in new.items() if slot in old}
    return {slot: _moved(value, repair.start) for slot, value in new.items()}


def corrected_amount(text: str) -> Amount | None:
    """The new sum of a correction (the second of 不是八百,是八十), or None."""
    plain = encodable(text)
    repair = _repair(plain)
    if repair is None or _TAIL_WORDS.search(plain):
        return None
    times = [Span(text="", start=e.start, end=e.end) for e in expressions(repair.part)]
    amounts = read_amounts(repair.part, asked=True, taken=times)
    if repair.weak and not read_amounts(repair.old.strip(), asked=True):
        return None
    return _moved(amounts[-1], repair.start) if amounts else None
