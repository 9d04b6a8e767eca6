"""Raise an alarm once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.models import Alert
from desk.db import insert_new


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
    told = {"kind": kind, "to": to, "at": now, "ticket": ticket, "conversation_id": conversation_id}
    await insert_new(session, Alert, {"key": key, **told})
    return (await session.scalars(select(Alert).where(Alert.key == key))).one()
