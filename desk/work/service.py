"""Due work is data: a row with a time. Whoever runs then takes it, does it and marks it done in one transaction.

On SQLite the write lock (BEGIN IMMEDIATE) makes that transaction the claim; on PostgreSQL FOR UPDATE SKIP LOCKED does.
A process killed in the middle leaves the row as it was, so it fires again, once. No lease is needed because no effect
leaves the database: what must leave it is an outbox row, and that has one. `done_at` alone says whether a row has fired;
a clock set back therefore fires nothing twice.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, column, func, select, table, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.clock import SHANGHAI, local
from desk.db import insert_new
from desk.work.models import OPEN, DueWork

AT_ONCE = 20
"""How many due rows a worker looks at for one that no other worker is busy with."""


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
    about = {"to": to, "ticket": ticket, "conversation_id": conversation_id, "data": data or {}}
    new = await insert_new(session, DueWork, {"key": key, "kind": kind, "due_at": due_at, **about})
    row = (await session.scalars(_locked(select(DueWork).where(DueWork.key == key)))).one()
    if not new and row.done_at is None:
        row.due_at, row.cancelled = due_at, False
        await session.flush()
    return row


async def plan_daily(session: AsyncSession, kind: str, at: time, to: str, now: datetime) -> None:
    """A row that comes back every day at `at`. One that stands is left alone: what was missed while nobody ran is done late."""
    values = {"key": kind, "kind": kind, "due_at": next_time(at, now), "to": to, "data": {}}
    await insert_new(session, DueWork, values)


def next_time(at: time, now: datetime) -> datetime:
    """The next time of day `at` in Shanghai, after `now`."""
    moment = datetime.combine(local(now).date(), at, SHANGHAI)
    return moment if moment > now else moment + timedelta(days=1)


async def forget_work(session: AsyncSession, key: str) -> None:
    """Forget one open row."""
    await session.execute(update(DueWork).where(DueWork.key == key, DueWork.done_at.is_(None)).values(cancelled=True))


async def cancel_work(session: AsyncSession, key_prefix: str) -> None:
    """Forget open work whose key begins so."""
    # As a range of the unique index: `like` would look at every row there is, with every step of every ticket.
    behind = key_prefix[:-1] + chr(ord(key_prefix[-1]) + 1)
    await session.execute(
        update(DueWork)
        .where(DueWork.key >= key_prefix, DueWork.key < behind, DueWork.done_at.is_(None))
        .values(cancelled=True)
    )


async def take_due(session: AsyncSession, now: datetime) -> DueWork | None:
    """The oldest due row that nobody else is busy with, locked with its conversation; None when there is none.

    The conversation comes first, as in requests: a colleague who takes it over cancels its due rows under its lock.
    """
    query = select(DueWork.id, DueWork.conversation_id).where(*_open(now)).order_by(DueWork.due_at, DueWork.id)
    for id, conversation_id in await session.execute(query.limit(AT_ONCE)):
        if conversation_id is not None and not await _lock_conversation(session, conversation_id):
            continue
        row = await session.scalar(_locked(select(DueWork).where(DueWork.id == id, *_open(now)), skip=True))
        if row is not None:
            return row
    return None


def _open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return OPEN, DueWork.due_at <= now


def _locked(query: Select[DueWork], *, skip: bool = False) -> Select[DueWork]:
    return query.with_for_update(skip_locked=skip).execution_options(populate_existing=True)


async def _lock_conversation(session: AsyncSession, conversation_id: str) -> bool:
    # By name: conversations rest on due work, not the other way round.
    conversations = table("conversations", column("id"))
    query = select(conversations.c.id).where(conversations.c.id == conversation_id)
    return await session.scalar(query.with_for_update(skip_locked=True)) is not None


def first_due() -> Select[datetime | None]:
    """The query for when the next row falls due."""
    return select(func.min(DueWork.due_at)).where(OPEN)
