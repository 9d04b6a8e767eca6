"""The internal date of a second complaint: nearer than the law's, told to nobody outside (3-dialogue.md 3.12)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.clock import stamp
from desk.policy.schemas import Policy
from desk.tickets.models import Ticket
from desk.work.service import cancel_work, plan_work

TARGET = "target"
"""Kind of due work: the internal date has come."""


async def set_target(session: AsyncSession, policy: Policy, ticket: Ticket, *, now: datetime) -> None:
    """A part (`second.part`) of the time left for the decision is what the desk gives itself; never later than before."""
    due = ticket.decision_due
    if due is None or due <= now or not ticket.flags.get("second_complaint"):
        return
    target = now + (due - now) * policy.casework.second.part
    if ticket.target_due is not None and now < ticket.target_due <= target:
        return
    ticket.target_due = target
    await cancel_work(session, f"{TARGET}:{ticket.number}:")
    await plan_work(
        session,
        key=f"{TARGET}:{ticket.number}:{stamp(target)}",
        kind=TARGET,
        due_at=target,
        to="supervisor",
        ticket=ticket.number,
        conversation_id=ticket.conversation_id,
    )
