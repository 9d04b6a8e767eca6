"""Conversations: what is said, in which order, and who owns them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import ChatSession, Conversation, Event, Message
from desk.customers.models import Customer
from desk.db import insert_new, new_id
from desk.errors import Conflict, NotFound, SignInNeeded
from desk.outbox.service import send_out


@dataclass(frozen=True)
class Opened:
    """A new web session; the token is told once and only its hash kept."""

    conversation: Conversation
    token: str
    expires_at: datetime


def hash_token(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


async def customer_for(
    session: AsyncSession, *, channel: str, external_id: str, now: datetime, locale: str = "zh-CN"
) -> Customer:
    """The customer behind a channel identity, made at first sight."""
    first = {"id": new_id(), "locale": locale, "created_at": now, "tier": "GENERAL", "verified": False}
    await insert_new(session, Customer, {"channel": channel, "external_id": external_id, **first})
    known = select(Customer).where(Customer.channel == channel, Customer.external_id == external_id)
    return (await session.scalars(known)).one()


async def start_conversation(
    session: AsyncSession, customer: Customer, *, channel: str, now: datetime, place: str = "private"
) -> Conversation:
    """A new thread, owned by the bot."""
    conversation = Conversation(
        id=new_id(),
        customer_id=customer.id,
        channel=channel,
        place=place,
        owner="bot",
        version=1,
        priority="P2",
        created_at=now,
        last_at=now,
        last_seq=0,
        answered_seq=0,
        stage="open",
        mood_levels=[],
        mood_score=0.0,
        memory={},
    )
    session.add(conversation)
    await session.flush()
    return conversation


async def open_web_session(session: AsyncSession, *, now: datetime, days: int, locale: str = "zh-CN") -> Opened:
    """A web customer nobody has seen before, with a token that lasts `days` days."""
    customer = await customer_for(session, channel="web", external_id=new_id(), now=now, locale=locale)
    conversation = await start_conversation(session, customer, channel="web", now=now)
    token = secrets.token_urlsafe(32)
    expires = now + timedelta(days=days)
    session.add(
        ChatSession(token_hash=hash_token(token), conversation_id=conversation.id, created_at=now, expires_at=expires)
    )
    await session.flush()
    return Opened(conversation, token, expires)


async def conversation_of_token(session: AsyncSession, token: str, now: datetime) -> str:
    """The conversation a browser's token is for; raises SignInNeeded when it is wrong or over."""
    row = await session.get(ChatSession, hash_token(token))
    if row is None or row.expires_at <= now:
        raise SignInNeeded("会话已失效，请重新打开对话。")
    return row.conversation_id


async def get_conversation(session: AsyncSession, conversation_id: str, *, lock: bool = False) -> Conversation:
    """The conversation, or NotFound; with `lock` nobody else changes it until this transaction ends."""
    conversation = await session.get(Conversation, conversation_id, with_for_update=lock, populate_existing=lock)
    if conversation is None:
        raise NotFound("没有这个会话。")
    return conversation


async def find_repeat(session: AsyncSession, sender: str, external_id: str) -> Message | None:
    """The message that was stored for this id before, if any."""
    return await session.scalar(select(Message).where(Message.sender == sender, Message.external_id == external_id))


async def add_message(
    session: AsyncSession,
    conversation: Conversation,
    *,
    by: str,
    text: str,
    now: datetime,
    sender: str | None = None,
    external_id: str | None = None,
    send_at: datetime | None = None,
    **fields: Any,
) -> Message:
    """Append a message; the caller holds the conversation's lock, which is what makes seqs gapless.

    Replies (anything not by the customer) also get an outbox row, so that they are delivered whatever dies next;
    `send_at` lets one that nobody waits for stand in the thread now and be delivered after the quiet hours.
    """
    conversation.last_seq += 1
    conversation.last_at = now
    fields.setdefault("place", conversation.place)
    message = Message(
        id=new_id(),
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        by=by,
        text=text,
        at=now,
        sender=sender or f"{by}:{conversation.id}",
        external_id=external_id or new_id(),
        **{"kind": "text", "buttons": [], "redacted": [], "asked": [], "answers": [], **fields},
    )
    session.add(message)
    if by == "customer":
        conversation.last_customer_at = now
    await session.flush()
    if by != "customer":
        await send_out(session, conversation, message, send_at or now)
    return message


async def note_event(
    session: AsyncSession, conversation: Conversation, kind: str, actor: str, now: datetime, **data: Any
) -> None:
    """Write down what happened to the conversation."""
    session.add(Event(conversation_id=conversation.id, kind=kind, actor=actor, at=now, data=data))
    await session.flush()


async def messages_after(session: AsyncSession, conversation_id: str, after: int, limit: int = 200) -> list[Message]:
    """Messages with a seq above `after`, in order."""
    rows = await session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.seq > after)
        .order_by(Message.seq)
        .limit(limit)
    )
    return list(rows)


async def unanswered(session: AsyncSession, conversation: Conversation) -> list[Message]:
    """What the customer said that nobody has answered yet."""
    rows = await session.scalars(
        select(Message)
        .where(
            Message.conversation_id == conversation.id,
            Message.seq > conversation.answered_seq,
            Message.by == "customer",
        )
        .order_by(Message.seq)
    )
    return list(rows)


async def recent_bot_texts(session: AsyncSession, conversation_id: str, count: int = 2) -> Sequence[str]:
    """The last things said to the customer, newest first."""
    rows = await session.scalars(
        select(Message.text)
        .where(Message.conversation_id == conversation_id, Message.by != "customer")
        .order_by(Message.seq.desc())
        .limit(count)
    )
    return list(rows)


def set_owner(conversation: Conversation, owner: str, agent_id: str | None = None) -> None:
    """Hand the conversation over. The version grows, which is how a turn in flight learns that it came too late."""
    conversation.owner, conversation.agent_id = owner, agent_id
    conversation.version += 1


def check_version(conversation: Conversation, version: int, present_owner: dict[str, Any]) -> None:
    """Raise Conflict, with the present owner, when somebody was faster."""
    if conversation.version != version:
        raise Conflict("会话刚刚有变化，请刷新后再试。", owner=present_owner, version=conversation.version)
