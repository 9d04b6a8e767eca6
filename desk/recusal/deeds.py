"""What a supervisor does about recusal: keep somebody off a case, and say whom a customer's words mean."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation
from desk.conversations.service import get_conversation, note_event, set_owner
from desk.errors import NotAllowed
from desk.policy.schemas import Policy
from desk.queue.packet import hand_over_packet
from desk.queue.service import enter, reroute
from desk.recusal.service import check_known, check_not_concerned, concerns, keep_off, settle
from desk.staff.models import Staff
from desk.tickets.models import Ticket
from desk.tickets.service import get_ticket
from desk.tickets.states import check_version

MAY = ("supervisor", "compliance")


async def exclude(
    session: AsyncSession,
    number: str,
    by: Staff,
    *,
    version: int,
    kind: str,
    value: str,
    policy: Policy,
    now: datetime,
) -> Ticket:
    """Keep a colleague or a branch off a case from now on. Raises NotAllowed, NotFound, or Conflict when `version` is old."""
    ticket = await _ticket(session, number, by, version)
    await check_known(session, kind, value)
    await keep_off(session, ticket, kind=kind, value=value, reason="supervisor", now=now, by=by.work_no)
    await _take_away(session, ticket, policy, now)
    return ticket


async def say_who(
    session: AsyncSession,
    number: str,
    by: Staff,
    *,
    version: int,
    words: str,
    meant: str,
    policy: Policy,
    now: datetime,
) -> Ticket:
    """Say which colleague the customer's `words` mean (三号窗口 → 0412). Raises as `exclude` does."""
    ticket = await _ticket(session, number, by, version)
    await settle(session, ticket, words, meant=meant, by=by, now=now)
    await _take_away(session, ticket, policy, now)
    return ticket


async def _ticket(session: AsyncSession, number: str, by: Staff, version: int) -> Ticket:
    if by.role not in MAY:
        raise NotAllowed("回避由主管或合规同事指定，请找他们。")
    ticket = await get_ticket(session, number, lock=True)
    check_version(ticket, version)
    check_not_concerned(ticket, by, "这张单子涉及您或您所在网点，回避由别的主管指定。")
    ticket.version += 1
    await session.flush()
    return ticket


async def _take_away(session: AsyncSession, ticket: Ticket, policy: Policy, now: datetime) -> None:
    """A colleague who talks with the customer right now and is concerned hands over; the customer waits, first in line."""
    if ticket.conversation_id is None:
        return
    conversation = await get_conversation(session, ticket.conversation_id, lock=True)
    agent = await session.get(Staff, conversation.agent_id) if conversation.agent_id else None
    if agent is not None and concerns(ticket, agent):
        await _requeue(session, conversation, agent, policy, now)
    else:
        await reroute(session, conversation, policy, now)


async def _requeue(
    session: AsyncSession, conversation: Conversation, agent: Staff, policy: Policy, now: datetime
) -> None:
    set_owner(conversation, "queue")
    await note_event(session, conversation, "recused", "system", now, agent=agent.work_no)
    await enter(
        session,
        conversation,
        reason="recusal",
        priority=min(conversation.priority, "P1"),
        skill=agent.role,
        policy=policy,
        now=now,
        packet={**await hand_over_packet(session, conversation, "recusal"), "from": agent.work_no},
    )
