"""Offers, answers and executions of the three changes, each a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.changes.models import Change


async def of_conversation(session: AsyncSession, conversation_id: str) -> list[Change]:
    """All changes of a conversation, oldest first."""
    rows = await session.scalars(select(Change).where(Change.conversation_id == conversation_id).order_by(Change.id))
    return list(rows)


async def _by_effect(session: AsyncSession, conversation_id: str, effect: str) -> Change | None:
    return await session.scalar(
        select(Change).where(Change.conversation_id == conversation_id, Change.effect == effect)
    )


async def offer(
    session: AsyncSession,
    *,
    conversation_id: str,
    ticket: str | None,
    effect: str,
    kind: str,
    rows: Sequence[int],
    now: datetime,
    mood: int,
    target: str | None,
    options: Sequence[str] = (),
    initiated_by: str = "system",
) -> Change:
    """Record an offer; the same `effect` again is the same offer."""
    row = await _by_effect(session, conversation_id, effect)
    if row is None:
        row = Change(
            conversation_id=conversation_id,
            ticket=ticket,
            effect=effect,
            kind=kind,
            trigger_rows=list(rows),
            initiated_by=initiated_by,
            offered=list(options),
            offered_at=now,
            answer="pending",
            mood_before=mood,
            target=target,
            data={},
        )
        session.add(row)
        await session.flush()
    return row


async def record(
    session: AsyncSession,
    *,
    conversation_id: str,
    ticket: str | None,
    effect: str,
    kind: str,
    rows: Sequence[int],
    answer: str,
    now: datetime,
    mood: int,
    target: str | None = None,
    source: str | None = None,
    initiated_by: str = "customer",
    executed: bool = False,
    consent_text_version: str | None = None,
) -> Change:
    """Record a change that needed no offer: the customer asked for it, refused it unasked, or a rule demands it.

    An offer of this kind that is still open is answered by it instead of a second row.
    """
    row = await _by_effect(session, conversation_id, effect) or await pending(session, conversation_id, kind)
    if row is None:
        row = Change(
            conversation_id=conversation_id,
            ticket=ticket,
            effect=effect,
            kind=kind,
            trigger_rows=list(rows),
            initiated_by=initiated_by,
            offered=[],
            data={},
            mood_before=mood,
        )
        session.add(row)
    row.ticket = row.ticket or ticket
    row.answer, row.answered_at = answer, row.answered_at or now
    row.target, row.source = target or row.target, source or row.source
    row.consent_text_version = consent_text_version or row.consent_text_version
    if executed and row.executed_at is None:
        row.executed_at = now
    await session.flush()
    return row


async def pending(session: AsyncSession, conversation_id: str, kind: str) -> Change | None:
    """The open offer of this kind, if any."""
    return await session.scalar(
        select(Change)
        .where(Change.conversation_id == conversation_id, Change.kind == kind, Change.answer == "pending")
        .order_by(Change.id.desc())
        .limit(1)
    )


async def decline(session: AsyncSession, conversation_id: str, kinds: Iterable[str] | None, now: datetime) -> list[str]:
    """Mark open offers (of `kinds`, or all) as declined; returns their kinds."""
    rows = await session.scalars(
        select(Change).where(Change.conversation_id == conversation_id, Change.answer == "pending")
    )
    wanted = None if kinds is None else set(kinds)
    declined = []
    for row in rows:
        if wanted is None or row.kind in wanted:
            row.answer, row.answered_at = "declined", now
            declined.append(row.kind)
    await session.flush()
    return declined


async def drop_other_offers(session: AsyncSession, conversation_id: str, chosen: str, now: datetime) -> None:
    """The customer chose one of several offers: the others are no longer wanted, yet nobody refused them."""
    rows = await session.scalars(
        select(Change).where(
            Change.conversation_id == conversation_id, Change.answer == "pending", Change.kind != chosen
        )
    )
    for row in rows:
        row.answer, row.answered_at = "no_answer", now
    await session.flush()


async def executed(
    session: AsyncSession, conversation_id: str, kind: str, now: datetime, *, target: str | None, source: str | None
) -> Change | None:
    """The accepted change of this kind has really happened."""
    row = await session.scalar(
        select(Change)
        .where(
            Change.conversation_id == conversation_id,
            Change.kind == kind,
            Change.answer.in_(("accepted", "not_needed")),
            Change.executed_at.is_(None),
        )
        .order_by(Change.id.desc())
        .limit(1)
    )
    if row is not None:
        row.executed_at, row.target, row.source = now, target or row.target, source or row.source
        row.result = None
        await session.flush()
    return row


async def first_exchange(session: AsyncSession, conversation_id: str, now: datetime) -> None:
    """The customer has written in the private place: only now the change of place has happened (3.6)."""
    row = await session.scalar(
        select(Change)
        .where(
            Change.conversation_id == conversation_id,
            Change.kind == "change_place",
            Change.target == "private_chat",
            Change.answer == "accepted",
            Change.executed_at.is_(None),
        )
        .order_by(Change.id.desc())
        .limit(1)
    )
    if row is not None:
        row.executed_at = now
        await session.flush()


async def executed_in_case(session: AsyncSession, conversation_id: str, ticket: str | None) -> int:
    """How often this case has changed hands, place or time already, in whichever conversation (3.5: at most three).

    A talk at another place and time is one change, though it is two rows.
    """
    mine = Change.ticket == ticket if ticket is not None else Change.conversation_id == conversation_id
    rows = list(await session.scalars(select(Change).where(mine, Change.executed_at.is_not(None))))
    times = {row.start for row in rows if row.kind == "change_time" and row.start is not None}
    return sum(1 for row in rows if not (row.kind == "change_place" and row.start in times))


async def note_mood_after(session: AsyncSession, conversation_id: str, mood: int) -> None:
    """The first mood read after a change tells whether it helped (3.6)."""
    row = await session.scalar(
        select(Change)
        .where(Change.conversation_id == conversation_id, Change.executed_at.is_not(None), Change.mood_after.is_(None))
        .order_by(Change.id.desc())
        .limit(1)
    )
    if row is None:
        return
    before = row.mood_before or 0
    row.mood_after = mood
    row.result = "calmed" if mood <= 1 or before - mood >= 2 else ("worse" if mood > before else "same")
    await session.flush()
