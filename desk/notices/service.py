"""Telling customers, with proof: channel, content hash, when it left, whether it arrived, how often it was tried."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.service import raise_alert
from desk.conversations.models import Message
from desk.conversations.service import get_conversation
from desk.conversations.voice import speak
from desk.errors import Invalid
from desk.notices.models import ANSWERS, BY_HAND, Notice
from desk.outbox.models import Outgoing
from desk.policy.hours import quiet_until
from desk.policy.schemas import policy
from desk.tickets.models import Ticket

WAYS = {"phone": "电话", "written": "书面", "sms": "短信", "email": "邮件"}


def content_hash(text: str) -> str:
    """SHA-256 of the words as sent, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


async def tell(
    session: AsyncSession,
    ticket: Ticket,
    text: str,
    *,
    kind: str,
    by: str,
    now: datetime,
    parts: dict[str, Any] | None = None,
    effect: str | None = None,
) -> Message | None:
    """Tell the customer in his conversation and in his script; None when the ticket has no conversation.

    The outbox delivers it, and what becomes of that is noted by `note_delivery`. `effect` names what may be told only
    once; without it each version of the ticket may be told once.
    """
    if ticket.conversation_id is None:
        return None
    conversation = await get_conversation(session, ticket.conversation_id, lock=True)
    message = await speak(
        session,
        conversation,
        text,
        # While a colleague speaks the bot is silent; the notice then comes from the house itself.
        by="system" if conversation.owner == "agent" else "bot",
        now=now,
        external_id=effect or f"{kind}:{ticket.number}:{ticket.version}",
        phase="track",
        send_at=now if kind in ANSWERS else _delivered_from(ticket, now),
    )
    session.add(
        Notice(
            ticket=ticket.number,
            kind=kind,
            channel=conversation.channel,
            message_id=message.id,
            parts=parts or {},
            content_hash=content_hash(message.text),
            by=by,
            created_at=now,
            result="waiting",
            attempts=0,
        )
    )
    await session.flush()
    return message


def may_be_told_from(ticket: Ticket, now: datetime) -> datetime:
    """When the customer may hear of it unasked: not in the quiet hours, except in danger or at his own wish (3.8)."""
    if ticket.priority == "P0" or ticket.flags.get("any_hour"):
        return now
    return quiet_until(policy(), now)


def _delivered_from(ticket: Ticket, now: datetime) -> datetime:
    """The same, but never later than the law's date: a notice in time comes before a quiet night (令2020/3 art. 18, 21)."""
    morning = may_be_told_from(ticket, now)
    return now if ticket.decision_due is not None and now < ticket.decision_due < morning else morning


async def told_by_hand(
    session: AsyncSession,
    ticket: Ticket,
    text: str,
    *,
    kind: str,
    channel: str,
    by: str,
    now: datetime,
    note: str,
    parts: dict[str, Any] | None = None,
) -> Notice:
    """A colleague told the customer himself: dialled, posted or handed over counts as told (art. 21)."""
    if channel not in BY_HAND:
        raise Invalid(f"没有这种告知方式：{channel}。可以是：{'、'.join(WAYS.values())}。", allowed=list(BY_HAND))
    if not note.strip():
        raise Invalid("请写明怎么告知的，例如拨打时间、寄送单号。")
    row = Notice(
        ticket=ticket.number,
        kind=kind,
        channel=channel,
        parts=parts or {},
        content_hash=content_hash(text),
        by=by,
        created_at=now,
        sent_at=now,
        result="sent",
        attempts=1,
        note=note.strip(),
    )
    session.add(row)
    await session.flush()
    return row


async def notices_of(session: AsyncSession, number: str) -> list[Notice]:
    """Every notice about a ticket, oldest first."""
    return list(await session.scalars(select(Notice).where(Notice.ticket == number).order_by(Notice.id)))


async def last_decision_notice(session: AsyncSession, number: str) -> Notice | None:
    """The newest notice of a decision."""
    return await session.scalar(
        select(Notice).where(Notice.ticket == number, Notice.kind == "decision").order_by(Notice.id.desc()).limit(1)
    )


async def note_delivery(session: AsyncSession, outgoing_id: int, now: datetime) -> None:
    """Write down what became of a notice's delivery; a supervisor hears of one that failed for good.

    One statement for what is no notice: every reply of the bot comes through here.
    """
    found = await session.execute(
        select(Notice, Outgoing)
        .join(Outgoing, Outgoing.message_id == Notice.message_id)
        .where(Outgoing.id == outgoing_id)
    )
    pair = found.one_or_none()
    if pair is None:
        return
    notice, row = pair
    notice.attempts, notice.result = row.attempts, row.state
    if row.state == "sent":
        notice.sent_at = notice.sent_at or now
    if row.state == "failed":
        await raise_alert(
            session,
            key=f"notice:{notice.id}",
            kind="duty",
            to="supervisor",
            now=now,
            ticket=notice.ticket,
            conversation_id=row.conversation_id,
        )
    await session.flush()
