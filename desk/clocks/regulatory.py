"""The regulatory clock: a pure function of receipt and recorded events. Nothing else moves it (令2020/3 art. 18, 20, 23, 43)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from desk.clock import require_aware
from desk.policy.schemas import Profile

REVIEW = "review"
"""The grade of a 核查: one time limit, no extension (art. 20)."""


class Step(Protocol):
    """As much of a recorded event as the clock looks at."""

    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def grade(self) -> str | None: ...


@dataclass(frozen=True)
class RegulatoryClock:
    """Where the clock stands. While it is paused, `due` is the date that would hold if it went on the same day."""

    due: datetime
    grade: str
    counted_from: datetime
    paused_since: datetime | None
    paused_days: int


def regulatory_clock(
    profile: Profile, received_at: datetime, steps: Iterable[Step], *, review: bool = False
) -> RegulatoryClock:
    """Run `steps`, in the order they were recorded, from receipt.

    A pause adds its length in natural days: from its day to the day it ends. New facts begin the first grade anew from
    the day they are received, and never bring an earlier date than the customer was told already (P).
    """
    first = REVIEW if review and profile.review else next(iter(profile.grades))
    start, grade, paused_days = received_at, first, 0
    paused: datetime | None = None
    told: datetime | None = None
    for step in steps:
        if step.kind == "restarted":
            told = _due(profile, start, grade, paused_days, told)
            start, grade, paused_days, paused = step.at, first, 0, None
        elif step.kind == "extended" and step.grade is not None:
            grade = step.grade
        elif step.kind == "paused":
            paused = paused or step.at
        elif step.kind == "resumed" and paused is not None:
            paused_days += days_between(profile, paused, step.at)
            paused = None
    return RegulatoryClock(_due(profile, start, grade, paused_days, told), grade, start, paused, paused_days)


def _due(profile: Profile, start: datetime, grade: str, paused_days: int, told: datetime | None) -> datetime:
    due = end_of_day(profile, start, days_of(profile, grade) + paused_days)
    return due if told is None else max(due, told)


def days_of(profile: Profile, grade: str) -> int:
    """Natural days that a grade gives."""
    if grade == REVIEW and profile.review is not None:
        return profile.review.decide_days
    return profile.grades[grade].days


def end_of_day(profile: Profile, start: datetime, days: int) -> datetime:
    """The end of the `days`-th natural day from `start`, in the profile's zone; holidays do not move it."""
    counted = days - 1 if profile.first_day_counts else days
    last = _day(profile, start) + timedelta(days=counted)
    return datetime.combine(last, profile.day_ends, ZoneInfo(profile.zone))


def days_between(profile: Profile, start: datetime, end: datetime) -> int:
    """Natural days from one moment's day to another's."""
    return (_day(profile, end) - _day(profile, start)).days


def review_until(profile: Profile, told_at: datetime) -> datetime | None:
    """The last moment to ask for a review of a decision told at `told_at`; None where the regime knows none (art. 20)."""
    return end_of_day(profile, told_at, profile.review.ask_days) if profile.review else None


def _day(profile: Profile, moment: datetime) -> date:
    return require_aware(moment).astimezone(ZoneInfo(profile.zone)).date()
