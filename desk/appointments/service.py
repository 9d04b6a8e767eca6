"""Appointments: slots people can keep, bookings that move no deadline (SD020, 3-dialogue.md 3.6)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.appointments.models import Appointment
from desk.clock import local, stamp
from desk.policy.hours import ServiceHours, say_date
from desk.policy.schemas import Policy
from desk.promises.models import Promise
from desk.promises.service import make_promise
from desk.work.service import cancel_work, forget_work, plan_work


def free_slots(hours: ServiceHours, now: datetime, count: int = 3) -> list[tuple[datetime, datetime]]:
    """The next slots in service hours: the soonest, later the same or next day, and the day after."""
    rule = hours.policy.service.appointment
    length = timedelta(minutes=rule.length_minutes)
    start = _round_up(hours.next_opening(now + timedelta(minutes=rule.lead_minutes)), rule.length_minutes)
    slots: list[tuple[datetime, datetime]] = []
    while len(slots) < count:
        start = _round_up(hours.next_opening(start), rule.length_minutes)
        if hours.staffed(start) and hours.staffed(start + length - timedelta(minutes=1)):
            slots.append((start, start + length))
            start += timedelta(hours=4)
        else:
            start += length
    return slots


def _round_up(moment: datetime, minutes: int) -> datetime:
    here = local(moment).replace(second=0, microsecond=0)
    over = here.minute % minutes
    if over or here < moment:
        here += timedelta(minutes=minutes - over)
    return here


def say_slot(start: datetime) -> str:
    """6月12日(周四)12:30."""
    return f"{say_date(start)}{local(start):%H:%M}"


async def book(
    session: AsyncSession,
    *,
    policy: Policy,
    conversation_id: str,
    ticket: str | None,
    effect: str,
    kind: str,
    start: datetime,
    now: datetime,
    turn_id: str | None,
    end: datetime | None = None,
    place: str | None = None,
) -> Appointment:
    """Book `start`; an earlier booking of the conversation is moved, not doubled. A promise and a reminder go with it."""
    rule = policy.service.appointment
    end = end or start + timedelta(minutes=rule.length_minutes)
    row = await session.scalar(
        select(Appointment).where(
            Appointment.conversation_id == conversation_id, Appointment.state.in_(("booked", "offered"))
        )
    )
    if row is None:
        row = Appointment(conversation_id=conversation_id, effect=effect, ticket=ticket, start=start, end=end)
        session.add(row)
    row.kind, row.start, row.end, row.place, row.state = kind, start, end, place, "booked"
    row.ticket = row.ticket or ticket
    await session.flush()
    await _void_old_promise(session, row)
    await make_promise(
        session,
        conversation_id=conversation_id,
        ticket=row.ticket,
        effect=f"call:{row.id}:{stamp(start)}",
        kind="call",
        content=f"{say_slot(start)}专人联系客户",
        due_at=end,
        turn_id=turn_id,
    )
    await cancel_work(session, f"remind:{row.id}:")
    await plan_work(
        session,
        key=f"remind:{row.id}:{stamp(start)}",
        kind="reminder",
        due_at=max(now, start - timedelta(minutes=rule.remind_minutes)),
        to="customer",
        ticket=row.ticket,
        conversation_id=conversation_id,
        data={"appointment": row.id},
    )
    return row


async def _void_old_promise(session: AsyncSession, row: Appointment) -> None:
    for promise in await session.scalars(
        select(Promise).where(
            Promise.conversation_id == row.conversation_id,
            Promise.effect.startswith(f"call:{row.id}:", autoescape=True),
            Promise.state.in_(("open", "unsent")),
        )
    ):
        if promise.due_at != row.end:
            promise.state = "voided"
            await forget_work(session, f"promise:{promise.id}")


async def booked(session: AsyncSession, conversation_id: str) -> Appointment | None:
    """The appointment that stands, if any."""
    return await session.scalar(
        select(Appointment).where(Appointment.conversation_id == conversation_id, Appointment.state == "booked")
    )


async def of_conversation(session: AsyncSession, conversation_id: str) -> list[Appointment]:
    """All appointments of a conversation."""
    rows = await session.scalars(
        select(Appointment).where(Appointment.conversation_id == conversation_id).order_by(Appointment.id)
    )
    return list(rows)


async def cancel(session: AsyncSession, row: Appointment) -> None:
    """Call it off; its promise with it."""
    row.state = "cancelled"
    await cancel_work(session, f"remind:{row.id}:")
    for promise in await session.scalars(
        select(Promise).where(
            Promise.conversation_id == row.conversation_id,
            Promise.effect.startswith(f"call:{row.id}:", autoescape=True),
            Promise.state.in_(("open", "unsent")),
        )
    ):
        promise.state = "voided"
        await forget_work(session, f"promise:{promise.id}")
    await session.flush()


async def missed_by_us(session: AsyncSession, promise: Promise) -> None:
    """Nobody called: the appointment is marked as ours to answer for (3-dialogue.md 3.6)."""
    appointment_id = promise.effect.split(":")[1]
    row = await session.get(Appointment, int(appointment_id)) if appointment_id.isdigit() else None
    if row is not None and row.state == "booked" and row.end == promise.due_at:
        row.state = "missed_by_us"
        await session.flush()
