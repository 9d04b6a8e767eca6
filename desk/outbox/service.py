"""The outbox: what must reach a channel is written in the transaction that decided it, and sent afterwards.

Sending leaves the database, so no transaction can hold it. A worker takes a lease (committed), sends with the row's key, and
marks. Killed before sending, or between sending and marking, the lease runs out and another worker sends again, with the same
key: whoever receives must drop a key it knows. A worker that wakes up after its lease may send late, but its mark is refused.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import CursorResult, Select, and_, case, func, or_, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.db import UtcDateTime
from desk.outbox.models import Outgoing

if TYPE_CHECKING:
    from desk.conversations.models import Conversation, Message

LEASE = timedelta(seconds=60)
"""Longer than a delivery may take. How long a killed worker's deliveries wait for another."""
MOST_ATTEMPTS = 10


async def send_out(session: AsyncSession, conversation: Conversation, message: Message, at: datetime) -> None:
    """Queue a stored message for delivery from `at` on; its id is the idempotency key."""
    session.add(
        Outgoing(
            key=f"message:{message.id}",
            channel=conversation.channel,
            kind="message",
            conversation_id=conversation.id,
            message_id=message.id,
            text=message.text,
            due_at=at,
            state="waiting",
            attempts=0,
        )
    )
    await session.flush()


async def claim(session: AsyncSession, now: datetime, limit: int = 50) -> list[Outgoing]:
    """What is to be delivered now, oldest first, each under a fresh lease. Committed before anything is sent.

    A lease that ends later than any lease can was given before the clock was set back: it counts for nothing.
    """
    free = or_(Outgoing.lease_until.is_(None), Outgoing.lease_until <= now, Outgoing.lease_until > now + LEASE)
    rows = await session.scalars(
        select(Outgoing)
        .where(Outgoing.state == "waiting", Outgoing.due_at <= now, free)
        .order_by(Outgoing.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = list(rows)
    for row in claimed:
        row.lease_until, row.token = now + LEASE, row.token + 1
    await session.flush()
    return claimed


async def settle(session: AsyncSession, row: Outgoing, *, arrived: bool, now: datetime) -> bool:
    """Write down how a claimed delivery ended; tried again later when it did not arrive, ever more slowly, ten times.

    False, and nothing is written, when the lease was lost meanwhile: whoever holds the newer one tells the outcome.
    """
    attempts = row.attempts + 1
    ended: dict[str, object] = {"state": "sent", "sent_at": now}
    if not arrived:
        state = "failed" if attempts >= MOST_ATTEMPTS else "waiting"
        ended = {"state": state, "due_at": now + timedelta(seconds=min(300, 2**attempts))}
    done = await session.execute(
        update(Outgoing)
        .where(Outgoing.id == row.id, Outgoing.token == row.token, Outgoing.state == "waiting")
        .values(attempts=attempts, lease_until=None, **ended)
    )
    return bool(cast("CursorResult[Any]", done).rowcount)


def first_delivery(now: datetime) -> Select[datetime | None]:
    """The query for when something is to be delivered next; what is being sent counts from the end of its lease."""
    held = and_(Outgoing.lease_until > Outgoing.due_at, Outgoing.lease_until <= now + LEASE)
    later = case((held, Outgoing.lease_until), else_=Outgoing.due_at)
    return select(type_coerce(func.min(later), UtcDateTime)).where(Outgoing.state == "waiting")
