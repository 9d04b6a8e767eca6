"""Exactly one owner at any time, and who it was before (SD034, 首问负责)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.staff.models import Staff
from desk.tickets.models import Ticket, TicketOwner

RELEASED = "按回避规定交回"
"""Why a case went back to its unit when its owner was kept off it."""
KEPT = "客户不要换人"
"""Why it came back to him."""
LEADERS = ("supervisor", "compliance")
"""Who may act on another colleague's ticket."""


async def own(
    session: AsyncSession,
    ticket: Ticket,
    owner: str,
    *,
    by: str,
    now: datetime,
    reason: str,
    handler: Staff | None = None,
    told: bool = False,
) -> None:
    """Make `owner` (work number, role or unit) the one responsible; the earlier one is so no longer, and it is on record.

    `told`: the customer hears who he is in this very transaction.
    """
    ticket.handler_id = handler.id if handler is not None else None
    before = await session.scalar(
        select(TicketOwner).where(TicketOwner.ticket == ticket.number, TicketOwner.until_at.is_(None))
    )
    ticket.owner = owner
    if before is not None and before.owner == owner:
        before.told_at = before.told_at or (now if told else None)
        return
    if before is not None:
        before.until_at = now
        # The next owner may stand only when the last one's time has ended: one at a time, says the database.
        await session.flush()
    told_at = now if told else None
    session.add(TicketOwner(ticket=ticket.number, owner=owner, from_at=now, by=by, reason=reason, told_at=told_at))
    await session.flush()


async def owners_of(session: AsyncSession, number: str) -> list[TicketOwner]:
    """All owners of a ticket, the first one first."""
    rows = await session.scalars(select(TicketOwner).where(TicketOwner.ticket == number).order_by(TicketOwner.id))
    return list(rows)


def handled_by(ticket: Ticket) -> str:
    """Who decided it, or else who is responsible for it."""
    return str((ticket.decision or {}).get("by") or ticket.owner or "")
