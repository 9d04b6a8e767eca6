"""Who owns a conversation: taking, returning, ending, transferring. Each is atomic under the conversation's lock and version."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.changes.service import executed
from desk.conversations.closing import close
from desk.conversations.memory import Memory
from desk.conversations.models import Conversation, Message, Turn
from desk.conversations.service import (
    add_message,
    check_version,
    find_repeat,
    get_conversation,
    note_event,
    set_owner,
)
from desk.conversations.voice import speak
from desk.errors import Conflict, NotAllowed, NotFound
from desk.policy.schemas import Policy
from desk.promises.service import note_spoken, void_unsaid
from desk.queue.packet import hand_over_packet
from desk.queue.service import accept, enter
from desk.recusal.service import concerns
from desk.staff.models import ROLES, Staff
from desk.texts.service import texts
from desk.tickets.models import Ticket
from desk.tickets.owning import own
from desk.tickets.states import WAYS, move
from desk.updates.answers import note_answer


async def present_owner(session: AsyncSession, conversation: Conversation) -> dict[str, Any]:
    """The owner as the desk shows it."""
    agent = await session.get(Staff, conversation.agent_id) if conversation.agent_id else None
    return {"kind": conversation.owner, **({"work_no": agent.work_no, "role": agent.role} if agent else {})}


async def excluded(session: AsyncSession, conversation: Conversation, agent: Staff) -> bool:
    """Whether this colleague must not touch the case (recusal, 令2020/3 art. 17)."""
    ticket = await session.get(Ticket, conversation.case_number) if conversation.case_number else None
    return concerns(ticket, agent)


async def take(
    session: AsyncSession, conversation_id: str, agent: Staff, *, version: int, now: datetime, title: str
) -> Conversation:
    """The colleague takes over; from this moment the bot says nothing. Raises Conflict with the owner who was faster."""
    conversation = await get_conversation(session, conversation_id, lock=True)
    check_version(conversation, version, await present_owner(session, conversation))
    if conversation.closed_at is not None:
        raise Conflict("会话已结束；客户再来时会接着谈。", owner=await present_owner(session, conversation))
    if conversation.owner == "agent":
        raise Conflict("已有同事接手。", owner=await present_owner(session, conversation), version=conversation.version)
    if await excluded(session, conversation, agent):
        raise NotAllowed("这个会话涉及您或您所在网点，按回避规定不能接手。")
    source = conversation.owner
    await accept(session, conversation, agent, now)
    await executed(
        session,
        conversation.id,
        "change_person",
        now,
        target=agent.work_no,
        source="bot" if source != "agent" else None,
    )
    await _silence_bot(session, conversation, now)
    await _assign(session, conversation, agent, now)
    text = texts().say("changes.waiting.taken", work_no=agent.work_no, role=title)
    await speak(session, conversation, text, by="system", now=now, phase="handoff")
    return conversation


async def _silence_bot(session: AsyncSession, conversation: Conversation, now: datetime) -> None:
    """A turn in flight will find the version changed; what it promised was never said."""
    running = await session.scalar(select(Turn).where(Turn.conversation_id == conversation.id, Turn.state == "running"))
    if running is not None:
        await void_unsaid(session, conversation.id, running.id)
    conversation.answer_at = conversation.burst_since = None
    conversation.open_question = None
    conversation.answered_seq = conversation.last_seq
    memory = Memory.model_validate(conversation.memory)
    memory.urgent, memory.asked = None, []
    conversation.memory = memory.model_dump()


async def _assign(session: AsyncSession, conversation: Conversation, agent: Staff, now: datetime) -> None:
    ticket = await session.get(Ticket, conversation.case_number) if conversation.case_number else None
    if ticket is None or ticket.state == "draft":
        return
    await own(session, ticket, agent.work_no, by=agent.work_no, now=now, reason="接手会话", handler=agent, told=True)
    for state in ("assigned", "investigating"):
        if state in WAYS[ticket.state]:
            move(session, ticket, state, by=agent.work_no, now=now, reason=f"工号{agent.work_no}接手")


async def say(
    session: AsyncSession,
    conversation_id: str,
    agent: Staff,
    *,
    text: str,
    client_id: str,
    policy: Policy,
    now: datetime,
) -> tuple[Message, bool]:
    """The colleague writes to the customer; a repeat of `client_id` is the same message. Only the owner may.

    A time promised in it is a promise like any other, and watched (rule P2).
    """
    sender = f"staff:{agent.work_no}"
    conversation = await get_conversation(session, conversation_id, lock=True)
    external = f"{conversation_id}:{client_id}"
    known = await find_repeat(session, sender, external)
    if known is not None:
        return known, True
    if conversation.agent_id != agent.id:
        raise Conflict("这个会话现在不归您，先接手再回复。", owner=await present_owner(session, conversation))
    message = await add_message(
        session,
        conversation,
        by="agent",
        text=text,
        now=now,
        sender=sender,
        external_id=external,
        agent_id=agent.id,
        phase="handoff",
    )
    await note_spoken(
        session,
        conversation_id=conversation_id,
        ticket=conversation.case_number,
        message_id=message.id,
        text=text,
        policy=policy,
        now=now,
    )
    ticket = await session.get(Ticket, conversation.case_number) if conversation.case_number else None
    await note_answer(session, ticket, agent, text, policy=policy, now=now)
    return message, False


async def give_back(
    session: AsyncSession, conversation_id: str, agent: Staff, *, version: int | None, now: datetime
) -> Conversation:
    """The colleague is done; the bot goes on, and says so."""
    conversation = await get_conversation(session, conversation_id, lock=True)
    await _check_mine(session, conversation, agent, version)
    await _to_bot(session, conversation)
    await note_event(session, conversation, "returned", agent.work_no, now)
    await speak(session, conversation, texts().say("changes.waiting.returned"), now=now, phase="handoff")
    return conversation


async def end(
    session: AsyncSession, conversation_id: str, agent: Staff, *, version: int, now: datetime
) -> Conversation:
    """The colleague is done and so is the customer; should he write again, the bot goes on with everything still there."""
    conversation = await get_conversation(session, conversation_id, lock=True)
    await _check_mine(session, conversation, agent, version)
    await _to_bot(session, conversation)
    await speak(session, conversation, texts().say("system.agent_left"), by="system", now=now, phase="handoff")
    await close(session, conversation, by=agent.work_no, now=now)
    return conversation


async def _to_bot(session: AsyncSession, conversation: Conversation) -> None:
    set_owner(conversation, "bot")
    ticket = await session.get(Ticket, conversation.case_number) if conversation.case_number else None
    conversation.stage = "open" if ticket is None else "facts" if ticket.state == "draft" else "registered"
    conversation.bot_state = None


async def transfer(
    session: AsyncSession,
    conversation_id: str,
    agent: Staff,
    *,
    version: int | None,
    to: str,
    note: str,
    policy: Policy,
    now: datetime,
) -> Conversation:
    """Hand over to a colleague or role. It must be accepted; until then the conversation waits in the queue (SD034)."""
    conversation = await get_conversation(session, conversation_id, lock=True)
    await _check_mine(session, conversation, agent, version)
    person = await session.scalar(select(Staff).where(Staff.work_no == to, Staff.active.is_(True)))
    if person is None and to not in ROLES:
        raise NotFound(f"没有工号或岗位“{to}”。")
    if person is not None and await excluded(session, conversation, person):
        raise NotAllowed(f"工号{to}按回避规定不能接手这个会话。")
    set_owner(conversation, "queue")
    packet = await hand_over_packet(session, conversation, "transfer")
    await enter(
        session,
        conversation,
        reason="transfer",
        priority=conversation.priority,
        skill=person.role if person else to,
        policy=policy,
        now=now,
        packet={**packet, "note": note, "from": agent.work_no, "to": to},
        proposed=person.work_no if person else None,
        branch=person.branch if person and person.role == "branch" else None,
    )
    await note_event(session, conversation, "transferred", agent.work_no, now, to=to)
    return conversation


async def _check_mine(session: AsyncSession, conversation: Conversation, agent: Staff, version: int | None) -> None:
    owner = await present_owner(session, conversation)
    if version is not None:
        check_version(conversation, version, owner)
    if conversation.agent_id != agent.id:
        raise Conflict("这个会话现在不归您。", owner=owner, version=conversation.version)
