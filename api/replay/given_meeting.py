"""Given appointments: as they stand, with the reminder, the promise and the open offer that each would have by now."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.replay.cases.given import AppointmentIn
from api.replay.given_message import said_before
from desk.appointments.models import Appointment
from desk.appointments.offering import slot_options
from desk.appointments.service import plan_reminder, say_slot
from desk.appointments.slots import Slot, SlotTaken, take_slot, times_for
from desk.changes.service import offer
from desk.clock import stamp
from desk.conversations.models import Conversation
from desk.conversations.voice import voice_of
from desk.policy.schemas import Policy
from desk.promises.models import Promise
from desk.promises.service import make_promise
from desk.texts.service import texts
from desk.tickets.models import Ticket

PLACES = {"call": "phone", "video": "video", "visit": "branch_room"}
"""Where a meeting of this kind is proposed to be."""


async def seed_appointment(
    session: AsyncSession, given: AppointmentIn, n: int, case: Ticket | None, place: Conversation, *, policy: Policy,
    now: datetime,
) -> Appointment:  # fmt: skip
    """One appointment. What stands is watched: one whose time is over already is missed before the first turn."""
    row = Appointment(
        conversation_id=place.id,
        ticket=given.ticket,
        effect=f"given:{n}",
        kind=given.kind,
        start=given.start,
        end=given.end or given.start + timedelta(minutes=policy.service.appointment.length_minutes),
        state=given.state,
    )
    session.add(row)
    await session.flush()
    if given.state == "booked":
        await _stands(session, row, case, policy, now)
    elif given.state == "missed_by_us":
        promise = await _promise(session, row)
        if promise.state == "open":
            promise.state, promise.broken_at = "broken", row.end
    return row


async def _stands(session: AsyncSession, row: Appointment, case: Ticket | None, policy: Policy, now: datetime) -> None:
    if row.start > now:
        with suppress(SlotTaken):
            # What was agreed out of hours, or with more people than there are, stands all the same.
            await take_slot(session, row, await times_for(session, policy, case, now))
        await plan_reminder(session, row, policy, now)
    await _promise(session, row)


async def _promise(session: AsyncSession, row: Appointment) -> Promise:
    """That somebody will be there: the promise that was given about this hour, else one of the appointment's own."""
    told = await session.scalar(
        select(Promise).where(
            Promise.conversation_id == row.conversation_id, Promise.due_at >= row.start, Promise.due_at <= row.end
        )
    )
    if told is not None:
        return told
    return await make_promise(
        session,
        conversation_id=row.conversation_id,
        ticket=row.ticket,
        effect=f"call:{row.id}:{stamp(row.start)}",
        kind="call",
        content=f"{say_slot(row.start)}专人联系客户",
        due_at=row.end,
    )


async def offer_appointments(
    session: AsyncSession, rows: Sequence[Appointment], conversation: Conversation, *, now: datetime
) -> None:
    """Those that were only offered are the question the customer's next word or tap answers."""
    if not rows:
        return
    place = PLACES[rows[0].kind]
    slots = [Slot(row.start, row.end) for row in rows]
    await offer(
        session,
        conversation_id=conversation.id,
        ticket=rows[0].ticket,
        effect="given:slots",
        kind="change_time",
        rows=[18],
        now=now,
        mood=0,
        target=None,
        options=[slot.start.isoformat() for slot in slots],
    )
    options = [
        {"id": f"given-slot-{n}", "title": title, "payload": payload}
        for n, (title, payload) in enumerate(slot_options(slots, place))
    ]
    voice, say = await voice_of(session, conversation), texts().say
    text = voice(say("changes.time.slots") + "、".join(say_slot(slot.start) for slot in slots))
    shown = [{**option, "title": voice(str(option["title"]))} for option in options]
    await said_before(session, conversation, text, at=now, key="slots", phase="escalate", options=shown)
    conversation.open_question = {"kind": "slots", "call": place, "options": options}
