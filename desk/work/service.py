"""Due work is data: a row with a time. Whoever runs then takes it, does it and marks it done in one transaction.

On SQLite the write lock (BEGIN IMMEDIATE) makes that transaction the claim; on PostgreSQL FOR UPDATE SKIP LOCKED does.
A process killed in the middle leaves the row as it was, so it fires again, once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.work.models import DueWork


async def plan_work(
    session: AsyncSession,
    *,
    key: str,
    kind: str,
    due_at: datetime,
    to: str,
    ticket: str | None = None,
    conversation_id: str | None = None,
    data: dict[str, Any] | None = None,
) -> DueWork:
    """Plan something for `due_at`. The same `key` again moves what is still open and leaves what is done alone."""
    row = await session.scalar(select(DueWork).where(DueWork.key == key))
    if row is None:
        row = DueWork(key=key, kind=kind, due_at=due_at, to=to, ticket=ticket, conversation_id=conversation_id)
        row.data = data or {}
        session.add(row)
    elif row.done_at is None:
        row.due_at, row.cancelled = due_at, False
    await session.flush()
    return row


async def forget_work(session: AsyncSession, key: str) -> None:
    """Forget one open row."""
    await session.execute(update(DueWork).where(DueWork.key == key, DueWork.done_at.is_(None)).values(cancelled=True))


async def cancel_work(session: AsyncSession, key_prefix: str) -> None:
    """Forget open work whose key begins so."""
    await session.execute(
        update(DueWork)
        .where(DueWork.key.startswith(key_prefix, autoescape=True), DueWork.done_at.is_(None))
        .values(cancelled=True)
    )


async def take_due(session: AsyncSession, now: datetime) -> DueWork | None:
    """The oldest due row, locked for this transaction; None when nothing is due."""
    query = (
        select(DueWork)
        .where(DueWork.done_at.is_(None), DueWork.cancelled.is_(False), DueWork.due_at <= now)
        .order_by(DueWork.due_at, DueWork.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return await session.scalar(query)


def first_due() -> Select[datetime | None]:
    """The query for when the next row falls due."""
    return select(func.min(DueWork.due_at)).where(DueWork.done_at.is_(None), DueWork.cancelled.is_(False))
