"""A colleague lays hands on a ticket: may he, and is what he saw still so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.recusal.service import check_not_concerned
from desk.staff.models import Staff
from desk.tickets.models import Ticket, TicketHistory
from desk.tickets.service import get_ticket
from desk.tickets.states import check_version


async def access_ticket(session: AsyncSession, number: str, agent: Staff, version: int) -> Ticket:
    """The ticket, locked, for a colleague who saw it at `version`.

    Raises NotFound, NotAllowed for those the rules of recusal keep off it (令2020/3 art. 17), and Conflict with the
    present version when somebody was faster.
    """
    ticket = await get_ticket(session, number, lock=True)
    check_not_concerned(ticket, agent)
    check_version(ticket, version)
    return ticket


def note_step(session: AsyncSession, ticket: Ticket, *, by: str, now: datetime, reason: str) -> None:
    """Write a step that leaves the state as it is into the history; whoever saw the ticket before has to look again."""
    session.add(
        TicketHistory(
            ticket=ticket.number, from_state=ticket.state, to_state=ticket.state, by=by, at=now, reason=reason
        )
    )
    ticket.version += 1
