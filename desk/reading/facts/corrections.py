"""Slot repair in one sentence: 不是五百,是五十 or 尾号写错了,应该是… (3-dialogue.md 3.2 F4, 3.13; 4-intents.md `correct_info`)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TypeVar

from desk.reading.facts.amount import read_amounts
from desk.reading.facts.companions import read_tail
from desk.reading.facts.lexicon import lexicon
from desk.reading.facts.lookups import table
from desk.reading.facts.remedy import read_remedies
from desk.reading.facts.when import read_when
from desk.reading.facts.where import read_where
from desk.reading.facts.who import read_people
from desk.reading.schemas import Amount, Span

_C = table("corrections")
_CUE = re.compile(_C["cue"])
_NEW = re.compile(_C["new"])
_OLD = re.compile(_C["old"])
_TAIL_WORDS = re.compile(_C["tail_words"])
_LONGEST = 60
_AnySpan = TypeVar("_AnySpan", bound=Span)


def _parts(text: str) -> tuple[str, int] | None:
    """The part of `text` that holds the new value, and where it starts; None when nothing is corrected."""
    if len(text) > _LONGEST or not _CUE.search(text):
        return None
    kept = _OLD.sub(lambda m: m["lead"] + "�" * (len(m[0]) - len(m["lead"])), text)
    new = list(_NEW.finditer(kept))
    start = new[-1].end() if new else 0
    if "�" in kept[start:] and not kept[start:].strip("� ,。!的"):
        start = 0
    return kept[start:], start


def _moved(found: _AnySpan, by: int) -> _AnySpan:
    return found.model_copy(update={"start": found.start + by, "end": found.end + by})


def read_correction(text: str, now: datetime) -> dict[str, Span]:
    """Slot → new value (an Amount, When, Where, Who, Remedy or Span). Empty when `text` corrects nothing."""
    parts = _parts(text)
    if parts is None:
        return {}
    part, by = parts
    found = _values(part, text, now)
    return {slot: _moved(value, by) for slot, value in found.items()}


def _values(part: str, whole: str, now: datetime) -> dict[str, Span]:
    values: dict[str, Span] = {}
    tail = read_tail(part, asked=bool(_TAIL_WORDS.search(whole)))
    if tail is not None:
        values["account_tail"] = tail
    whens = read_when(part, now)
    taken: list[Span] = [*whens, *([tail] if tail else [])]
    amounts = read_amounts(part, asked=tail is None, taken=taken)
    hits = lexicon().find(part)
    places = read_where(part, hits, taken=taken)
    people, _ = read_people(part, hits)
    remedies = read_remedies(part)
    for slot, candidates in (("when", whens), ("amount", amounts), ("where", places), ("who", people), ("remedy", remedies)):
        known: list[Span] = [c for c in candidates if c.key != "other"] if slot == "remedy" else list(candidates)  # type: ignore[attr-defined]
        if known:
            values[slot] = known[-1]
    return values


def corrected_amount(text: str) -> Amount | None:
    """The new sum of a correction (是五十不是五百 → 五十), or None."""
    parts = _parts(text)
    if parts is None:
        return None
    amounts = read_amounts(parts[0], asked=True)
    return _moved(amounts[-1], parts[1]) if amounts else None
