"""What colleagues do with an appointment: log a try, keep, miss, move, cancel. None of it moves a deadline."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.appointments.models import Appointment
from desk.appointments.offering import offer_again
from desk.appointments.service import (
    STATES,
    answer_limit,
    book,
    can_keep,
    cancel,
    changes_of,
    check_ahead,
    keep_appointment,
    log_attempt,
    missed_by_customer,
    missed_by_us,
    nearest_slots,
    say_slot,
)
from desk.clock import local, require_aware, stamp
from desk.conversations.models import Conversation
from desk.conversations.service import check_version, get_conversation, note_event
from desk.conversations.voice import speak
from desk.errors import Conflict, Invalid, NotFound
from desk.policy.hours import say_time
from desk.policy.schemas import Policy
from desk.recusal.service import check_not_concerned
from desk.staff.models import Staff
from desk.texts.service import texts
from desk.tickets.models import Ticket


async def booked_for(
    session: AsyncSession, conversation_id: str, by: Staff, *, version: int, appointment: int | None
) -> tuple[Conversation, Appointment]:
    """The appointment a deed is about, under the conversation's lock: the one named, else the one that stands.

    Raises NotFound, NotAllowed for who is kept off the case, and Conflict for an old version or one that is over.
    """
    conversation = await get_conversation(session, conversation_id, lock=True)
    check_version(conversation, version, {"kind": conversation.owner})
    query = select(Appointment).where(Appointment.conversation_id == conversation_id)
    query = query.where(Appointment.id == appointment) if appointment else query.where(Appointment.state == "booked")
    row = await session.scalar(query.order_by(Appointment.id.desc()).limit(1))
    if row is None:
        raise NotFound("这个会话没有约好的时间。")
    if row.state != "booked":
        raise Conflict(f"这个预约现在是{STATES[row.state]}，不能再改。")
    ticket = await session.get(Ticket, row.ticket) if row.ticket else None
    check_not_concerned(ticket, by, "这张单子涉及您或您所在网点，按回避规定不能由您联系客户。")
    return conversation, row


async def attempt(
    session: AsyncSession,
    conversation: Conversation,
    row: Appointment,
    by: Staff,
    *,
    result: str,
    policy: Policy,
    now: datetime,
) -> None:
    """One try to reach the customer; after the last one he may miss he is told, and offered new times."""
    over = await log_attempt(session, row, by=by.work_no, result=result, policy=policy, now=now)
    await note_event(session, conversation, "attempt", by.work_no, now, appointment=row.id, result=result)
    if over:
        await offer_again(session, row, lead="changes.time.missed_by_customer", policy=policy, now=now)


async def keep(session: AsyncSession, conversation: Conversation, row: Appointment, by: Staff, now: datetime) -> None:
    """It took place. Raises Invalid before its time."""
    if now < row.start - timedelta(minutes=30):
        raise Invalid(f"约的是{say_slot(row.start)}，还没到时间。")
    await keep_appointment(session, row, now)
    await note_event(session, conversation, "kept", by.work_no, now, appointment=row.id)


async def miss(
    session: AsyncSession,
    conversation: Conversation,
    row: Appointment,
    by: Staff,
    *,
    missed_by: str,
    policy: Policy,
    now: datetime,
) -> None:
    """One side was not there; ours is a broken promise. The customer hears about it either way, with new times."""
    if now < row.start:
        raise Invalid(f"约的是{say_slot(row.start)}，还没到时间。")
    if missed_by == "us":
        await missed_by_us(session, row, now)
    else:
        await missed_by_customer(session, row, now)
    await note_event(session, conversation, "missed", by.work_no, now, appointment=row.id, by=missed_by)
    await offer_again(session, row, lead=f"changes.time.missed_by_{missed_by}", policy=policy, now=now)


async def reschedule(
    session: AsyncSession,
    conversation: Conversation,
    row: Appointment,
    by: Staff,
    *,
    start: datetime,
    own_wish: bool,
    policy: Policy,
    now: datetime,
) -> None:
    """Move it. Raises Invalid for a time that is past, out of hours, or later than the promised answer unless the customer
    wants it so (`own_wish`); Conflict, with the nearest free slots, when nobody can keep it."""
    start = require_aware(start)
    ticket = await session.get(Ticket, row.ticket) if row.ticket else None
    place = row.place or "phone"
    check_ahead(start, policy, now)
    limit = answer_limit(policy, ticket, now)
    if start > limit and not own_wish:
        raise Invalid(f"这个时间晚于答应的首次答复（{say_time(limit, now)}），只有客户自己要求才能这样约。")
    if not await can_keep(session, policy, ticket, now, start, place=place):
        near = await nearest_slots(session, policy, ticket, now, start, place=place)
        raise Conflict("那个时间没有人能接待。", free=[slot.start.isoformat() for slot in near])
    tied = await changes_of(session, row)
    await book(
        session,
        policy=policy,
        conversation_id=row.conversation_id,
        ticket=row.ticket,
        effect=row.effect,
        start=start,
        now=now,
        turn_id=None,
        place=place,
        branch=row.branch,
    )
    for change in tied:
        change.start, change.end = row.start, row.end
    await note_event(session, conversation, "rescheduled", by.work_no, now, appointment=row.id)
    await _tell(
        session,
        conversation,
        "changes.time.moved",
        f"moved:{row.id}:{stamp(row.start)}",
        now,
        start=say_slot(row.start, row.branch),
        end=f"{local(row.end):%H:%M}",
        remind=policy.service.appointment.remind_minutes,
    )


async def call_off(
    session: AsyncSession, conversation: Conversation, row: Appointment, by: Staff, now: datetime
) -> None:
    """Cancel it, and say so: silence would be a broken promise."""
    said = say_slot(row.start, row.branch)
    await cancel(session, row)
    await note_event(session, conversation, "cancelled", by.work_no, now, appointment=row.id)
    await _tell(session, conversation, "changes.time.cancelled_by_us", f"cancelled:{row.id}", now, start=said)


async def _tell(
    session: AsyncSession, conversation: Conversation, key: str, effect: str, now: datetime, **values: Any
) -> None:
    question = conversation.open_question
    await speak(
        session,
        conversation,
        texts().say(key, **values),
        by="system" if conversation.owner == "agent" else "bot",
        now=now,
        external_id=f"appointment:{effect}",
        phase="escalate",
    )
    conversation.open_question = question
