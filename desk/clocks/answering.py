"""The service clock: an answer within 24 wall-clock hours, told as the last moment when somebody is really there (SD068)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.policy.hours import ServiceHours


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


def next_update(hours: ServiceHours, priority: str, now: datetime) -> datetime:
    """By when progress is told again (3-dialogue.md 3.8), in service hours when there are any before it."""
    latest = now + timedelta(hours=hours.policy.service.clocks.update_hours[priority])
    return hours.last_staffed_before(latest, now) or latest
