"""When a customer may be asked, and when never (3-dialogue.md 3.11)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.clock import SHANGHAI, local
from desk.conversations.memory import Memory
from desk.conversations.models import Conversation, Message
from desk.customers.service import same_person
from desk.notices.service import last_decision_notice
from desk.policy.schemas import Policy
from desk.reading.mood import ANGRY
from desk.surveys.models import Survey
from desk.tickets.models import Ticket
from desk.tickets.service import tickets_of

IN_THE_MIDDLE = ("soothe", "facts", "confirm")
"""Something else is being told; a question about the old case would break into it."""


def send_time(policy: Policy, moment: datetime) -> datetime:
    """`moment`, moved into the hours in which people may be asked (09:00–20:00)."""
    rule, here = policy.service.survey, local(moment)
    if here.time() < rule.start:
        return datetime.combine(here.date(), rule.start, SHANGHAI)
    if here.time() >= rule.end:
        return datetime.combine(here.date() + timedelta(days=1), rule.start, SHANGHAI)
    return here


async def hindrance(
    session: AsyncSession, ticket: Ticket, conversation: Conversation, now: datetime
) -> Literal["never", "later", "soon"] | None:
    """Why not now. `never`: a life is at risk in one of this customer's cases, or he withdrew one in anger today. `later`: a
    person is in the chat or waited for, something else is being told, or the decision could not be delivered yet. `soon`: it
    is just on its way.
    """
    others = await tickets_of(session, ticket.customer_id)
    if any(one.flags.get("restricted") and one.closed_at is None for one in others):
        return "never"
    for one in others:
        if one.state == "withdrawn" and one.closed_at is not None and await _angry_on(session, one, one.closed_at, now):
            return "never"
    if conversation.owner != "bot" or Memory.model_validate(conversation.memory).urgent is not None:
        return "later"
    notice = await last_decision_notice(session, ticket.number)
    if notice is not None and notice.result != "sent":
        return "later" if notice.attempts else "soon"
    busy = conversation.stage in IN_THE_MIDDLE and now - conversation.last_at < timedelta(hours=1)
    return "later" if busy or conversation.answer_at is not None else None


async def _angry_on(session: AsyncSession, ticket: Ticket, moment: datetime, now: datetime) -> bool:
    """Whether it is still that day, and the customer was angry on it (level 3)."""
    day = local(moment).date()
    if day != local(now).date():
        return False
    start = datetime.combine(day, datetime.min.time(), SHANGHAI)
    said = await session.scalars(
        select(Message.reading).where(
            Message.conversation_id == ticket.conversation_id,
            Message.by == "customer",
            Message.at >= start,
            Message.reading.is_not(None),
        )
    )
    return any(((reading or {}).get("mood") or {}).get("level", 0) >= ANGRY for reading in said)


async def has_refused(session: AsyncSession, ticket: Ticket, policy: Policy, now: datetime) -> bool:
    """Whether this customer asked not to be asked, within `refused_days`."""
    since = now - timedelta(days=policy.service.survey.refused_days)
    rows = await session.scalars(
        select(Survey)
        .join(Ticket, Ticket.number == Survey.ticket)
        .where(Ticket.customer_id.in_(same_person(ticket.customer_id)))
    )
    told = [entry["declined"] for row in rows for entry in row.history if "declined" in entry]
    return any(datetime.fromisoformat(at) >= since for at in told)
