"""Which way a ticket may go (3-dialogue.md 3.1). One function moves it, and every move is on record (rule P3)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.errors import Conflict
from desk.tickets.models import Ticket, TicketHistory

WAYS: dict[str, frozenset[str]] = {
    "draft": frozenset({"registered", "withdrawn", "merged", "declined"}),
    "registered": frozenset({"assigned", "decided", "withdrawn", "merged", "declined"}),
    "assigned": frozenset({"investigating", "decided", "withdrawn", "merged", "declined"}),
    "investigating": frozenset({"paused", "decided", "withdrawn", "merged"}),
    "paused": frozenset({"investigating", "withdrawn"}),
    "decided": frozenset({"notified"}),
    "notified": frozenset({"rechecked", "reopened"}),
    "rechecked": frozenset({"followed_up", "reopened"}),
    "followed_up": frozenset({"closed", "reopened"}),
    "closed": frozenset({"reopened"}),
    "reopened": frozenset({"assigned", "investigating", "decided", "withdrawn"}),
    "withdrawn": frozenset({"reopened"}),
    "merged": frozenset(),
    "declined": frozenset(),
}

OPEN_STATES = ("draft", "registered", "assigned", "investigating", "paused", "reopened")
"""Nothing has been decided yet."""


class IllegalTransition(Conflict):
    """The ticket cannot go there from where it is."""

    code = "illegal_transition"


def move(session: AsyncSession, ticket: Ticket, to: str, *, by: str, now: datetime, reason: str) -> None:
    """Move `ticket` to state `to`; raises IllegalTransition when the procedure knows no such step."""
    if to not in WAYS[ticket.state]:
        raise IllegalTransition(f"工单{ticket.number}现在是{ticket.state}，不能变为{to}。")
    session.add(TicketHistory(ticket=ticket.number, from_state=ticket.state, to_state=to, by=by, at=now, reason=reason))
    ticket.state = to
    ticket.version += 1
