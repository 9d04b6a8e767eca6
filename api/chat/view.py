"""What a customer sees of a conversation."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.chat.schemas import Agent, Button, ChatMessage, Queue, Thread
from api.core import Core
from desk.conversations.models import Conversation, Message
from desk.conversations.service import get_conversation, messages_after
from desk.queue.service import wait_of
from desk.staff.models import ROLE_NAMES, Staff


async def agents_of(session: AsyncSession, messages: Iterable[Message]) -> dict[str, Agent]:
    """The colleagues who wrote some of these messages, by id."""
    ids = {message.agent_id for message in messages if message.agent_id}
    if not ids:
        return {}
    people = await session.scalars(select(Staff).where(Staff.id.in_(ids)))
    return {person.id: Agent(work_no=person.work_no, role=person.title or ROLE_NAMES[person.role]) for person in people}


def to_chat(message: Message, agents: dict[str, Agent]) -> ChatMessage:
    """One stored message as it is sent to a browser."""
    return ChatMessage(
        seq=message.seq,
        id=message.id,
        by=message.by,
        text=message.text,
        buttons=[Button(**button) for button in message.buttons],
        agent=agents.get(message.agent_id or ""),
        client_id=message.external_id if message.by == "customer" else None,
        at=message.at,
    )


async def thread(core: Core, session: AsyncSession, conversation_id: str, after: int) -> Thread:
    """Everything after `after`, and who owns the conversation now."""
    conversation = await get_conversation(session, conversation_id)
    rows = await messages_after(session, conversation_id, after)
    agents = await agents_of(session, rows)
    wait = None
    if conversation.owner == "queue":
        wait = await wait_of(session, conversation_id, core.policy, core.clock.now())
    owner = await session.get(Staff, conversation.agent_id) if conversation.agent_id else None
    return Thread(
        agent=Agent(work_no=owner.work_no, role=owner.title or ROLE_NAMES[owner.role]) if owner else None,
        messages=[to_chat(row, agents) for row in rows],
        owner=conversation.owner,
        queue=Queue(position=wait.position, eta_s=wait.eta_s) if wait else None,
        typing=_typing(conversation),
        last_seq=rows[-1].seq if rows else conversation.last_seq,
        version=conversation.version,
    )


def _typing(conversation: Conversation) -> bool:
    # A turn that runs owes its answer when its lease ends (`take_lease`), so this covers it as well.
    return conversation.owner != "agent" and conversation.answer_at is not None
