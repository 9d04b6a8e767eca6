"""When a conversation is over: a colleague ends it, or nobody has written for long and nothing is to come.

Nothing is lost by it: a customer who writes again goes on where he was.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation
from desk.conversations.service import note_event
from desk.policy.schemas import Policy
from desk.tickets.models import Ticket
from desk.tickets.states import OPEN_STATES
from desk.work.models import DueWork
from desk.work.service import plan_work

LOOK = "close"
"""The kind of the due row that looks whether a conversation is over."""


async def close(session: AsyncSession, conversation: Conversation, *, by: str, now: datetime) -> None:
    """It is over."""
    conversation.closed_at = now
    await note_event(session, conversation, "closed", by, now)


async def go_on(session: AsyncSession, conversation: Conversation, policy: Policy, now: datetime) -> None:
    """It begins, or begins again: open, and looked at when nobody has written for long."""
    if conversation.closed_at is not None:
        # How urgent it was then says nothing about what the customer comes with now.
        conversation.closed_at, conversation.priority, conversation.reason = None, "P2", None
        await note_event(session, conversation, "reopened", "system", now)
    await plan_work(
        session,
        key=f"{LOOK}:{conversation.id}:{conversation.last_seq}",
        kind=LOOK,
        due_at=idle_until(conversation, policy),
        to="agent",
        conversation_id=conversation.id,
    )


def idle_until(conversation: Conversation, policy: Policy) -> datetime:
    """When nobody will have written for long, if nobody does."""
    return conversation.last_at + timedelta(hours=policy.service.clocks.close_idle_hours)


async def something_to_come(session: AsyncSession, conversation: Conversation) -> bool:
    """Whether an answer, a person, a case or anything planned is still owed to this customer."""
    if conversation.owner != "bot" or conversation.answer_at is not None:
        return True
    planned = exists().where(
        DueWork.conversation_id == conversation.id,
        DueWork.kind != LOOK,
        DueWork.done_at.is_(None),
        DueWork.cancelled.is_(False),
    )
    cases = exists().where(Ticket.conversation_id == conversation.id, Ticket.state.in_(OPEN_STATES))
    return bool(await session.scalar(select(planned | cases)))
