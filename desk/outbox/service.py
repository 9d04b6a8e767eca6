"""The outbox: what must reach a channel is written in the transaction that decided it, and sent afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.outbox.models import Outgoing

if TYPE_CHECKING:
    from desk.conversations.models import Conversation, Message


async def send_out(session: AsyncSession, conversation: Conversation, message: Message, now: datetime) -> None:
    """Queue a stored message for delivery; its id is the idempotency key."""
    session.add(
        Outgoing(
            key=f"message:{message.id}",
            channel=conversation.channel,
            kind="message",
            conversation_id=conversation.id,
            message_id=message.id,
            text=message.text,
            due_at=now,
            state="waiting",
            attempts=0,
        )
    )
    await session.flush()


async def waiting(session: AsyncSession, now: datetime, limit: int = 50) -> list[Outgoing]:
    """What is to be delivered now, oldest first."""
    rows = await session.scalars(
        select(Outgoing)
        .where(Outgoing.state == "waiting", Outgoing.due_at <= now)
        .order_by(Outgoing.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(rows)


def first_delivery() -> Select[datetime | None]:
    """The query for when the next delivery is to be made."""
    return select(func.min(Outgoing.due_at)).where(Outgoing.state == "waiting")


def delivered(row: Outgoing) -> None:
    """It arrived."""
    row.state = "sent"
    row.attempts += 1


def not_delivered(row: Outgoing, now: datetime) -> None:
    """It did not; try again later, ever more slowly, up to ten times."""
    row.attempts += 1
    row.due_at = now + timedelta(seconds=min(300, 2**row.attempts))
    if row.attempts >= 10:
        row.state = "failed"
