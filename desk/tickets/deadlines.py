"""When things are due. Functions of receipt and policy alone: no transfer, reopening or appointment moves them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from desk.clock import SHANGHAI, local
from desk.policy.hours import ServiceHours
from desk.policy.schemas import Policy


@dataclass(frozen=True)
class Deadlines:
    """The dates a customer is told. `answer_by_duty` when only the duty rota could answer in time."""

    answer_due: datetime
    answer_by_duty: bool
    decision_due: datetime
    next_update_at: datetime


def decision_due(received_at: datetime, days: int) -> datetime:
    """The end of the `days`-th natural day after receipt, first day not counted (令2020/3 art. 18, 43)."""
    last = local(received_at).date() + timedelta(days=days)
    return datetime.combine(last, time(23, 59, 59), SHANGHAI)


def deadlines(policy: Policy, received_at: datetime, *, priority: str, complexity: str, now: datetime) -> Deadlines:
    """All dates of a case received at `received_at`; the next update counts from `now`."""
    clocks = policy.service.clocks
    hours = ServiceHours(policy)
    latest = received_at + timedelta(hours=clocks.answer_hours)
    if latest <= now:
        # Registered when the 24 hours are over: what is promised then is the nearest time that can still be kept.
        latest = now + timedelta(hours=clocks.late_answer_hours)
    staffed = hours.last_staffed_before(latest, max(received_at, now))
    due = decision_due(received_at, clocks.decision_days[complexity])
    update = now + timedelta(hours=clocks.update_hours[priority])
    told = hours.last_staffed_before(update, now) or update
    return Deadlines(
        answer_due=staffed or latest,
        answer_by_duty=staffed is None,
        decision_due=due,
        next_update_at=min(told, due),
    )
