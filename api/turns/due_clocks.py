"""Before a decision's date: the internal alarm, and the word to a customer whose date is at risk (3-dialogue.md 3.8)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from desk.alerts.service import raise_alert
from desk.clock import stamp
from desk.clocks.models import Extension
from desk.clocks.notices import tell
from desk.clocks.service import AT_RISK
from desk.notices.service import may_be_told_from
from desk.policy.hours import say_date
from desk.tickets.models import Ticket
from desk.tickets.states import OPEN_STATES
from desk.work.service import forget_work

if TYPE_CHECKING:
    from api.turns.due import Due

NOT_BEGUN = ("registered", "assigned", "reopened")


async def do_decision_near(due: Due) -> datetime | None:
    """Two days left: the supervisor and the owner are told, and the customer too when nobody has begun to look into it."""
    ticket = await _undecided(due)
    if ticket is None or ticket.decision_due is None:
        return None
    for to in dict.fromkeys(("supervisor", ticket.owner or "supervisor")):
        await raise_alert(
            due.session,
            key=f"{due.row.key}:{to}",
            kind="compliance",
            to=to,
            now=due.now,
            ticket=ticket.number,
            conversation_id=ticket.conversation_id,
        )
    if ticket.state in NOT_BEGUN or await _more_time_asked(due, ticket):
        later = await _tell(due, ticket)
        if later is not None:
            return later
        await forget_work(due.session, f"{AT_RISK}:{ticket.number}:{stamp(ticket.decision_due)}")
    return None


async def do_decision_at_risk(due: Due) -> datetime | None:
    """The day before, and still no decision: the customer hears it from us before he has to ask."""
    ticket = await _undecided(due)
    return None if ticket is None else await _tell(due, ticket)


async def _undecided(due: Due) -> Ticket | None:
    ticket = await due.ticket()
    if ticket is None or ticket.state not in OPEN_STATES or ticket.state in ("draft", "paused"):
        return None
    return ticket


async def _more_time_asked(due: Due, ticket: Ticket) -> bool:
    waiting = select(Extension.id).where(Extension.ticket == ticket.number, Extension.state == "requested")
    return await due.session.scalar(waiting) is not None


async def _tell(due: Due, ticket: Ticket) -> datetime | None:
    if ticket.conversation_id is None or ticket.decision_due is None:
        return None
    if ticket.flags.get("restricted"):
        # Danger to life: whoever stays with the customer talks with him; no automatic word about dates.
        return None
    later = may_be_told_from(ticket, due.now)
    if later > due.now:
        return later
    due_on = say_date(ticket.decision_due)
    await tell(due.session, ticket, "at_risk", by="system", now=due.now, effect=due.row.key, decision_due=due_on)
    return None
