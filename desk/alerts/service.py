"""Raise an alarm once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.models import Alert


async def raise_alert(
    session: AsyncSession,
    *,
    key: str,
    kind: str,
    to: str,
    now: datetime,
    ticket: str | None = None,
    conversation_id: str | None = None,
) -> Alert:
    """Tell `to` (a work number or role) about `kind`. The same `key` again is the same alarm."""
    row = await session.scalar(select(Alert).where(Alert.key == key))
    if row is None:
        row = Alert(key=key, kind=kind, to=to, at=now, ticket=ticket, conversation_id=conversation_id)
        session.add(row)
        await session.flush()
    return row
