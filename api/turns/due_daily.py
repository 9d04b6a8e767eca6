"""What is looked at once a day: old things to erase, complaints without a ticket."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from desk.omissions import service as omissions
from desk.policy.schemas import Policy
from desk.retention import service as retention
from desk.work.service import next_time, plan_daily

if TYPE_CHECKING:
    from api.turns.due import Due


async def plan_looks(session: AsyncSession, rules: Policy, now: datetime) -> None:
    """At every start; a look that stands, also an overdue one, stays as it is."""
    await plan_daily(session, retention.LOOK, rules.retention.at, "system", now)
    await plan_daily(session, omissions.LOOK, rules.service.omissions.at, "supervisor", now)


async def do_retention(due: Due) -> datetime | None:
    """Erase what has been kept long enough; comes back soon while there is more."""
    if await retention.sweep(due.session, due.policy, due.now):
        return due.now + timedelta(minutes=due.policy.retention.again_minutes)
    return next_time(due.policy.retention.at, due.now)


async def do_omissions(due: Due) -> datetime | None:
    """Find complaints without a ticket."""
    await omissions.look(due.session, due.policy, due.now)
    return next_time(due.policy.service.omissions.at, due.now)
