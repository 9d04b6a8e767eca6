"""Service hours and days: when people are there, and when the first answer can honestly be promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from desk.clock import SHANGHAI, local
from desk.policy.schemas import Calendar, Policy

WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class ServiceHours:
    """Answers "is somebody there". Bank holidays are unstaffed; 调休 working days are staffed.

    Get one from `desk.clocks.calendar.hours_of`: the desk may have changed the calendar a minute ago, in another process.
    """

    policy: Policy
    calendar: Calendar

    def staffed_day(self, day: date) -> bool:
        """Whether the desk is open at all on `day`."""
        if day in self.calendar.workdays:
            return True
        if day in self.calendar.holidays:
            return False
        return day.weekday() < 5 or self.calendar.weekend_service

    def span(self, day: date) -> tuple[datetime, datetime]:
        """Opening and closing time of `day`."""
        hours = self.policy.service.hours
        return (
            datetime.combine(day, hours.open, SHANGHAI),
            datetime.combine(day, hours.close, SHANGHAI),
        )

    def staffed(self, moment: datetime) -> bool:
        """Whether somebody sits at the desk at `moment`."""
        here = local(moment)
        opening, closing = self.span(here.date())
        return self.staffed_day(here.date()) and opening <= here < closing

    def last_staffed_before(self, moment: datetime, not_before: datetime) -> datetime | None:
        """The last moment of service up to `moment` and after `not_before`, or None when nobody is there in between.

        Told as the time of the first answer: 24 wall-clock hours, said honestly (3-dialogue.md 3.8).
        """
        here, floor = local(moment), local(not_before)
        day = here.date()
        while day >= floor.date():
            opening, closing = self.span(day)
            candidate = min(here, closing)
            if self.staffed_day(day) and candidate > max(opening, floor):
                return candidate
            day -= timedelta(days=1)
        return None

    def next_opening(self, moment: datetime) -> datetime:
        """The next time the desk opens after `moment` (or the present moment when it is open)."""
        here = local(moment)
        if self.staffed(moment):
            return here
        day = here.date()
        while True:
            opening, closing = self.span(day)
            if self.staffed_day(day) and here < closing:
                return max(opening, here)
            day += timedelta(days=1)


def quiet_until(policy: Policy, moment: datetime) -> datetime:
    """`moment` itself, or the end of the quiet hours it falls in."""
    here = local(moment)
    quiet = policy.service.quiet
    if here.time() >= quiet.start:
        return datetime.combine(here.date() + timedelta(days=1), quiet.end, SHANGHAI)
    if here.time() < quiet.end:
        return datetime.combine(here.date(), quiet.end, SHANGHAI)
    return here


def before_quiet(policy: Policy, moment: datetime) -> datetime:
    """`moment` itself, or the beginning of the quiet hours it falls in."""
    here, quiet = local(moment), policy.service.quiet
    if quiet.end <= here.time() < quiet.start:
        return here
    day = here.date() if here.time() >= quiet.start else here.date() - timedelta(days=1)
    return datetime.combine(day, quiet.start, SHANGHAI)


def say_date(moment: datetime) -> str:
    """6月26日(周四)."""
    here = local(moment)
    return f"{here.month}月{here.day}日(周{WEEKDAYS[here.weekday()]})"


def say_time(moment: datetime, now: datetime) -> str:
    """明天(6月12日周四)11:20 – with the plain word for today and tomorrow, always with the date."""
    here, today = local(moment), local(now).date()
    plain = {0: "今天", 1: "明天", 2: "后天"}.get((here.date() - today).days)
    stamp = f"{here.month}月{here.day}日周{WEEKDAYS[here.weekday()]}"
    clock = f"{here:%H:%M}"
    return f"{plain}({stamp}){clock}" if plain else f"{here.month}月{here.day}日(周{WEEKDAYS[here.weekday()]}){clock}"
