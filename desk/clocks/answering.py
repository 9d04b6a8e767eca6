"""The service clock: an answer within 24 wall-clock hours, told as the last moment when somebody is really there (SD068)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.policy.hours import ServiceHours, before_quiet, quiet_until


@dataclass(frozen=True)
class ServiceDates:
    """`answer_by_duty` when only the duty rota can answer in time; the customer is then told so."""

    answer_due: datetime
    answer_by_duty: bool
    next_update_at: datetime


def service_dates(hours: ServiceHours, received_at: datetime, *, priority: str, now: datetime) -> ServiceDates:
    """The dates of a case received at `received_at`; the next update counts from `now`."""
    clocks = hours.policy.service.clocks
    latest = received_at + timedelta(hours=clocks.answer_hours)
    if latest <= now:
        # Registered when the 24 hours are over: what is promised then is the nearest time that can still be kept.
        latest = now + timedelta(hours=clocks.late_answer_hours)
    staffed = hours.last_staffed_before(latest, max(received_at, now))
    return ServiceDates(
        answer_due=staffed or latest,
        answer_by_duty=staffed is None,
        next_update_at=next_update(hours, priority, now),
    )


def next_update(hours: ServiceHours, priority: str, now: datetime, *, chased: bool = False) -> datetime:
    """By when progress is told again (3-dialogue.md 3.8), in service hours when the later half of the time has any; sooner
    when the customer had to ask. A time in the quiet hours is none, except in danger: nobody would hear it then."""
    clocks = hours.policy.service.clocks
    step = timedelta(hours=(clocks.chase_hours if chased else clocks.update_hours)[priority])
    latest = now + step
    # Told at half past five, the last moment of service would be the same day's end again, and again.
    staffed = hours.last_staffed_before(latest, now + step / 2)
    if staffed is not None or priority == "P0":
        return staffed or latest
    evening = before_quiet(hours.policy, latest)
    return evening if evening > now else quiet_until(hours.policy, latest)
