"""What a colleague promises in so many words is a promise too (rule P2): 今天17点前给您答复. The words are data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from desk.clock import local
from desk.policy.hours import ServiceHours
from desk.reading.facts.when import parse_appointment
from desk.reading.lexicon import clauses, load, sentences, union
from desk.reading.normalise import normalise


class Spoken(NamedTuple):
    """What was promised, in the colleague's words, and by when."""

    content: str
    due_at: datetime


@lru_cache
def _words(name: str) -> re.Pattern[str]:
    source = load("lexicon", "spoken")[name]
    return union(source) if isinstance(source, list) else re.compile(str(source))


def spoken_promises(text: str, now: datetime, hours: ServiceHours) -> Iterator[Spoken]:
    """The dated promises in what a colleague writes to a customer, one a sentence at most."""
    for start, sentence in sentences(normalise(text)):
        due = _promised(sentence, now, hours)
        if due is not None:
            yield Spoken(text[start : start + len(sentence)].strip(), due)


def _promised(sentence: str, now: datetime, hours: ServiceHours) -> datetime | None:
    """When what this sentence commits us to is due: the time that stands nearest, in its own clause or before it."""
    if _words("unless").search(sentence.rstrip("。!")):
        return None
    times: list[datetime] = []
    for _, clause in clauses(sentence.rstrip("。!;")):
        due = _due(clause, now, hours)
        times += [due] if due is not None else []
        if times and _words("commits").search(clause):
            return times[-1]
    return None


def _due(clause: str, now: datetime, hours: ServiceHours) -> datetime | None:
    """The time told here. A clock time is meant as told; a mere day ends when the desk closes."""
    when = parse_appointment(_words("within").sub(r"\1后", clause), now)
    if when is None or when.start_at is None or when.end_at is None:
        return None
    due = when.start_at if when.precision in ("minute", "hour") else when.end_at
    if when.precision == "day":
        _, due = hours.span(local(when.start_at).date())
    furthest = timedelta(days=load("lexicon", "spoken")["furthest_days"])
    return due if now < due <= now + furthest else None
