"""A colleague lays hands on a ticket: may he, and is what he saw still so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.errors import Conflict, NotAllowed, NotFound
from desk.staff.models import Staff
from desk.tickets.models import Ticket, TicketHistory


async def access_ticket(session: AsyncSession, number: str, agent: Staff, version: int) -> Ticket:
    """The ticket, locked, for a colleague who saw it at `version`.

    Raises NotFound, NotAllowed for those the rules of recusal keep off it (令2020/3 art. 17), and Conflict with the
    present version when somebody was faster.
    """
    query = select(Ticket).where(Ticket.number == number).with_for_update().execution_options(populate_existing=True)
    ticket = await session.scalar(query)
    if ticket is None:
        raise NotFound(f"没有编号{number}的工单。")
    if any(mark in (agent.work_no, agent.branch) for mark in ticket.exclusions if mark):
        raise NotAllowed("这张单子涉及您或您所在网点，按回避规定不能由您处理。")
    if ticket.version != version:
        raise Conflict(f"工单{number}刚刚被别人改过，请刷新后再看。", version=ticket.version)
    return ticket


def note_step(session: AsyncSession, ticket: Ticket, *, by: str, now: datetime, reason: str) -> None:
    """Write a step that leaves the state as it is into the history; whoever saw the ticket before has to look again."""
    session.add(
        TicketHistory(
            ticket=ticket.number, from_state=ticket.state, to_state=ticket.state, by=by, at=now, reason=reason
        )
    )
    ticket.version += 1
