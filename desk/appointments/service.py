"""Appointments: slots people can keep, bookings that move no deadline (SD020, 3-dialogue.md 3.6)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.service import raise_alert
from desk.appointments.models import Appointment, Attempt
from desk.appointments.slots import Slot, release, take_slot, times_for
from desk.changes.models import Change
from desk.clock import local, stamp
from desk.errors import Conflict, Invalid
from desk.policy.hours import say_date
from desk.policy.schemas import Policy
from desk.promises.models import Promise
from desk.promises.service import make_promise
from desk.tickets.models import Ticket
from desk.work.service import cancel_work, forget_work, plan_work

STATES = {
    "offered": "待客户确认",
    "booked": "已约好",
    "kept": "已完成",
    "missed_by_customer": "客户未接",
    "missed_by_us": "我方未履约",
    "cancelled": "已取消",
}


def say_slot(start: datetime, branch: str | None = None) -> str:
    """6月12日(周四)12:30, with the branch where it is a room."""
    return f"{say_date(start)}{local(start):%H:%M}{branch or ''}"


def answer_limit(policy: Policy, ticket: Ticket | None, now: datetime) -> datetime:
    """The promised first answer: a later slot is the customer's own wish, never our proposal (3.6)."""
    hours = timedelta(hours=policy.service.clocks.answer_hours)
    if ticket is None:
        return now + hours
    limit = ticket.answer_due or ticket.received_at + hours
    # After that answer was due the case is talked about all the same; then a day from now counts.
    return limit if limit > now else now + hours


async def free_slots(
    session: AsyncSession, policy: Policy, ticket: Ticket | None, now: datetime, *, place: str = "phone", count: int = 3
) -> list[Slot]:
    """The slots to offer: really free, soonest first, before the promised answer as far as possible."""
    times = await times_for(session, policy, ticket, now, place=place)
    return times.offer(count, answer_limit(policy, ticket, now))


async def nearest_slots(
    session: AsyncSession, policy: Policy, ticket: Ticket | None, now: datetime, wish: datetime, *, place: str = "phone"
) -> list[Slot]:
    """The three free slots closest to a wish that cannot be kept."""
    return (await times_for(session, policy, ticket, now, place=place)).nearest(wish)


def furthest(policy: Policy, now: datetime) -> datetime:
    """No appointment is made later than this."""
    return now + timedelta(days=policy.changes.slots.look_days)


def check_ahead(start: datetime, policy: Policy, now: datetime) -> None:
    """Raise Invalid for a time that is past, or further away than anybody plans."""
    if start <= now:
        raise Invalid("这个时间已经过去，请另选一个。")
    if start > furthest(policy, now):
        raise Invalid(f"只能约{policy.changes.slots.look_days}天以内的时间。")


async def can_keep(
    session: AsyncSession,
    policy: Policy,
    ticket: Ticket | None,
    now: datetime,
    start: datetime,
    *,
    place: str = "phone",
) -> bool:
    """Whether a time the customer names lies ahead, not too far, in hours, and somebody is free then."""
    if not now < start <= furthest(policy, now):
        return False
    return (await times_for(session, policy, ticket, now, place=place)).free(start) is not None


async def book(
    session: AsyncSession,
    *,
    policy: Policy,
    conversation_id: str,
    ticket: str | None,
    effect: str,
    start: datetime,
    now: datetime,
    turn_id: str | None,
    place: str = "phone",
    branch: str | None = None,
) -> Appointment:
    """Book `start`; an earlier booking of the conversation is moved, not doubled. A promise and a reminder go with it.

    No deadline moves by it. Raises Invalid for a time that is past and SlotTaken when nobody is free then.
    """
    check_ahead(start, policy, now)
    rule = policy.changes.places[place]
    end = start + timedelta(minutes=rule.minutes)
    row = await session.scalar(
        select(Appointment).where(
            Appointment.conversation_id == conversation_id, Appointment.state.in_(("booked", "offered"))
        )
    )
    if row is None:
        row = Appointment(conversation_id=conversation_id, effect=effect, ticket=ticket, start=start, end=end)
        session.add(row)
    row.kind, row.start, row.end, row.state = rule.kind or "call", start, end, "booked"
    row.ticket = row.ticket or ticket
    case = await session.get(Ticket, row.ticket) if row.ticket else None
    row.own_wish = start > answer_limit(policy, case, now)
    await session.flush()
    await release(session, row)
    times = await times_for(session, policy, case, now, place=place)
    if branch is not None:
        times.keepers.sort(key=lambda keeper: keeper.branch is None or keeper.branch.name != branch)
    await take_slot(session, row, times)
    row.place = place
    await session.flush()
    await _void_old_promise(session, row)
    await make_promise(
        session,
        conversation_id=conversation_id,
        ticket=row.ticket,
        effect=f"call:{row.id}:{stamp(start)}",
        kind="call",
        content=f"{say_slot(start, row.branch)}专人联系客户",
        due_at=end,
        turn_id=turn_id,
    )
    await plan_reminder(session, row, policy, now)
    return row


async def plan_reminder(session: AsyncSession, row: Appointment, policy: Policy, now: datetime) -> None:
    """Ten minutes before; one for an earlier time is called off."""
    await cancel_work(session, f"remind:{row.id}:")
    await plan_work(
        session,
        key=f"remind:{row.id}:{stamp(row.start)}",
        kind="reminder",
        due_at=max(now, row.start - timedelta(minutes=policy.service.appointment.remind_minutes)),
        to="customer",
        ticket=row.ticket,
        conversation_id=row.conversation_id,
        data={"appointment": row.id},
    )


async def _void_old_promise(session: AsyncSession, row: Appointment) -> None:
    for promise in await _promises(session, row):
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
    await _over(session, row)
    for promise in await _promises(session, row):
        promise.state = "voided"
        await forget_work(session, f"promise:{promise.id}")
    await session.flush()


async def keep_appointment(session: AsyncSession, row: Appointment, now: datetime) -> None:
    """It took place: the promise is kept, and a change of place has happened now that words were exchanged there (3.6)."""
    row.state = "kept"
    await _over(session, row)
    await _kept(session, row, now)
    for change in await changes_of(session, row):
        change.executed_at = change.executed_at or now
    await session.flush()


async def missed_by_customer(session: AsyncSession, row: Appointment, now: datetime) -> None:
    """We were there and he was not: our promise is kept, the change came to nothing."""
    row.state = "missed_by_customer"
    await _over(session, row)
    await _kept(session, row, now)
    await _came_to(session, row, "no_show")


async def missed_by_us(session: AsyncSession, row: Appointment, now: datetime) -> None:
    """Nobody of ours was there: a broken promise, the case becomes P1, a supervisor has to answer for it (3.6)."""
    row.state = "missed_by_us"
    await _over(session, row)
    ticket = await session.get(Ticket, row.ticket) if row.ticket else None
    if ticket is not None:
        ticket.priority = min(ticket.priority, "P1")
    for promise in await _promises(session, row):
        promise.state, promise.broken_at = "broken", now
        await forget_work(session, f"promise:{promise.id}")
    await raise_alert(
        session,
        key=f"appointment:{row.id}:{stamp(row.start)}",
        kind="promise_broken",
        to="supervisor",
        now=now,
        ticket=row.ticket,
        conversation_id=row.conversation_id,
    )
    await _came_to(session, row, "failed")


async def log_attempt(
    session: AsyncSession, row: Appointment, *, by: str, result: str, policy: Policy, now: datetime
) -> bool:
    """Write down one try to reach the customer; True when it was the last one he may miss and he missed it.

    Raises Invalid before the agreed time: being called early is no missed call.
    """
    if row.state != "booked":
        raise Conflict(f"这个预约现在是{STATES[row.state]}，不能再记联系结果。")
    early = timedelta(minutes=policy.service.appointment.remind_minutes)
    if result != "reached" and now < row.start - early:
        raise Invalid(f"约的是{say_slot(row.start)}，还没到时间，不算客户没接。")
    session.add(Attempt(appointment_id=row.id, at=now, by=by, result=result))
    await session.flush()
    if result == "reached":
        await keep_appointment(session, row, now)
        return False
    tries = [one for one in await attempts_of(session, row) if one.result != "reached" and one.at >= row.start - early]
    if len(tries) < policy.changes.slots.most_missed:
        return False
    await missed_by_customer(session, row, now)
    return True


async def attempts_of(session: AsyncSession, row: Appointment) -> list[Attempt]:
    """Every try, oldest first."""
    return list(await session.scalars(select(Attempt).where(Attempt.appointment_id == row.id).order_by(Attempt.id)))


async def changes_of(session: AsyncSession, row: Appointment) -> list[Change]:
    """The changes that this appointment carries out: another time, and with it perhaps another place."""
    rows = await session.scalars(
        select(Change)
        .where(
            Change.conversation_id == row.conversation_id,
            Change.kind.in_(("change_time", "change_place")),
            Change.answer == "accepted",
            Change.start == row.start,
        )
        .order_by(Change.id)
    )
    return list(rows)


async def tie_place(session: AsyncSession, row: Appointment) -> None:
    """A place that was agreed and waits for its time is this appointment's."""
    change = await session.scalar(
        select(Change)
        .where(
            Change.conversation_id == row.conversation_id,
            Change.kind == "change_place",
            Change.answer == "accepted",
            Change.executed_at.is_(None),
            Change.target == row.place,
        )
        .order_by(Change.id.desc())
        .limit(1)
    )
    if change is not None:
        change.start, change.end = row.start, row.end
        await session.flush()


async def of_promise(session: AsyncSession, promise: Promise) -> Appointment | None:
    """The appointment that a promise of a call is about, while it stands as it was promised."""
    parts = promise.effect.split(":")
    if parts[0] != "call" or len(parts) < 2 or not parts[1].isdigit():
        return None
    row = await session.get(Appointment, int(parts[1]))
    return row if row is not None and row.state == "booked" and row.end == promise.due_at else None


async def _over(session: AsyncSession, row: Appointment) -> None:
    await release(session, row)
    await cancel_work(session, f"remind:{row.id}:")


async def _promises(session: AsyncSession, row: Appointment) -> list[Promise]:
    rows = await session.scalars(
        select(Promise).where(
            Promise.conversation_id == row.conversation_id,
            Promise.effect.startswith(f"call:{row.id}:", autoescape=True),
            Promise.state.in_(("open", "unsent")),
        )
    )
    return list(rows)


async def _kept(session: AsyncSession, row: Appointment, now: datetime) -> None:
    for promise in await _promises(session, row):
        promise.state, promise.kept_at = "kept", now
        await forget_work(session, f"promise:{promise.id}")


async def _came_to(session: AsyncSession, row: Appointment, result: str) -> None:
    for change in await changes_of(session, row):
        change.result = result
    await session.flush()
