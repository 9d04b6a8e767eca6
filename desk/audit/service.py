"""Write the audit trail and read it back (PIPL art. 51, 54; JR/T 0171-2020)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.audit.models import AuditEntry


async def note(
    session: AsyncSession, *, by: str, verb: str, kind: str, ref: str, now: datetime, reason: str | None = None
) -> None:
    """Add an entry. `reason` is what a colleague wrote, redacted by the caller."""
    session.add(AuditEntry(at=now, by=by, verb=verb, kind=kind, ref=ref, reason=reason))
    await session.flush()


async def entries(
    session: AsyncSession, *, ref: str | None = None, by: str | None = None, before: int | None = None, limit: int = 50
) -> list[AuditEntry]:
    """Newest first, of one thing or one person; `before` is the id where the last page ended."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if ref is not None:
        query = query.where(AuditEntry.ref == ref)
    if by is not None:
        query = query.where(AuditEntry.by == by)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return list(await session.scalars(query))
