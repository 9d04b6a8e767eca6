"""Keep which wording a customer agreed to (3-dialogue.md 3.3 `consent`, 3.10)."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.consents.models import Consent, ConsentText


def version_of(purpose: str, text: str) -> str:
    """Names a wording: the same words are the same version, in whatever release they are used."""
    return f"{purpose}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


async def record_consent(
    session: AsyncSession,
    *,
    conversation_id: str,
    ticket: str | None,
    effect: str,
    purpose: str,
    text: str,
    given: bool,
    now: datetime,
    seq: int | None,
) -> Consent:
    """Write an answer down with the wording it was given to; the same `effect` again is the same answer."""
    row = await session.scalar(
        select(Consent).where(Consent.conversation_id == conversation_id, Consent.effect == effect)
    )
    if row is not None:
        return row
    version = version_of(purpose, text)
    if await session.get(ConsentText, version) is None:
        session.add(ConsentText(version=version, purpose=purpose, text=text, first_used_at=now))
        await session.flush()
    row = Consent(
        conversation_id=conversation_id,
        ticket=ticket,
        effect=effect,
        purpose=purpose,
        version=version,
        given=given,
        at=now,
        seq=seq,
    )
    session.add(row)
    await session.flush()
    return row


async def consents_of(session: AsyncSession, conversation_ids: list[str]) -> list[Consent]:
    """Every answer given in these conversations, oldest first."""
    rows = await session.scalars(
        select(Consent).where(Consent.conversation_id.in_(conversation_ids)).order_by(Consent.id)
    )
    return list(rows)


async def consented(session: AsyncSession, conversation_id: str, purpose: str) -> bool:
    """Whether the newest answer for `purpose` is a yes that still stands."""
    row = await session.scalar(
        select(Consent)
        .where(Consent.conversation_id == conversation_id, Consent.purpose == purpose)
        .order_by(Consent.id.desc())
        .limit(1)
    )
    return row is not None and row.given and row.withdrawn_at is None


async def withdraw_consents(session: AsyncSession, conversation_ids: list[str], now: datetime) -> None:
    """From now on these customers' consents count no longer."""
    await session.execute(
        update(Consent)
        .where(Consent.conversation_id.in_(conversation_ids), Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
