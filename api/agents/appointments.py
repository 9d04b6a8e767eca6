"""Appointments and changes at the desk: attempt, keep, miss, reschedule, cancel, change."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.agents.signed_in import StaffDep
from api.agents.view import change_view
from api.agents.words import clean
from api.chat.routes import CoreDep
from desk.appointments import deeds
from desk.appointments.models import Appointment
from desk.appointments.service import attempts_of
from desk.changes.deeds import note_answer, propose
from desk.clock import SHANGHAI
from desk.conversations.models import Conversation
from desk.errors import Invalid

FIRST_YEAR, LAST_YEAR = 2000, 2200


class About(BaseModel):
    """Which appointment; without one, the one that stands."""

    version: int
    appointment: int | None = Field(default=None, ge=1, le=2**31 - 1)


class Attempted(About):
    """What came of a try to reach the customer."""

    result: Literal["reached", "no_answer", "wrong_number"]


class Missed(About):
    """Who was not there."""

    by: Literal["customer", "us"]


class Moved(About):
    """To when; `own_wish` when the customer himself wants it later than the promised answer."""

    start: AwareDatetime
    own_wish: bool = False


class Proposed(BaseModel):
    """A change put to the customer, or – with `answer` – what he said to it."""

    version: int
    kind: Literal["change_person", "change_place", "change_time"]
    asked: bool = False
    """The customer asked for it himself, so a refusal of earlier no longer counts."""
    answer: Literal["accepted", "declined"] | None = None
    place: Literal["phone", "branch_room", "private_chat", "video", "home_visit"] | None = None
    start: AwareDatetime | None = None
    note: str | None = Field(default=None, max_length=500)


class AppointmentView(BaseModel):
    """An appointment with its attempts."""

    id: int
    conversation_id: str
    ticket: str | None
    kind: str
    place: str | None
    branch: str | None
    with_staff: str | None
    start: datetime
    end: datetime
    state: str
    own_wish: bool
    attempts: list[dict[str, Any]]


class AppointmentPage(BaseModel):
    """The appointments of a day."""

    items: list[AppointmentView]
    next: str | None = None


async def view_of(session: AsyncSession, row: Appointment) -> AppointmentView:
    """As the desk sees it."""
    return AppointmentView(
        **{name: getattr(row, name) for name in AppointmentView.model_fields if name != "attempts"},
        attempts=[{"at": one.at, "by": one.by, "result": one.result} for one in await attempts_of(session, row)],
    )


def add_appointments(router: APIRouter) -> None:
    """The day's list, and the deeds on a conversation's appointment."""

    @router.get("/appointments")
    async def of_day(core: CoreDep, _: StaffDep, day: Annotated[date | None, Query()] = None) -> AppointmentPage:
        if day is not None and not FIRST_YEAR <= day.year < LAST_YEAR:
            raise Invalid("没有这一天的预约。")
        start = datetime.combine(day or core.clock.now().astimezone(SHANGHAI).date(), datetime.min.time(), SHANGHAI)
        within = (Appointment.start >= start, Appointment.start < start + timedelta(days=1))
        async with core.database.snapshot() as session:
            rows = await session.scalars(select(Appointment).where(*within).order_by(Appointment.start, Appointment.id))
            return AppointmentPage(items=[await view_of(session, row) for row in rows])

    @router.post("/conversations/{conversation_id}/attempt")
    async def attempt(core: CoreDep, staff: StaffDep, conversation_id: str, new: Attempted) -> AppointmentView:
        async with core.database.transaction() as session:
            here, row = await _row(session, conversation_id, staff, new)
            await deeds.attempt(session, here, row, staff, result=new.result, policy=core.policy, now=core.clock.now())
            view = await view_of(session, row)
        await core.hint(conversation_id)
        return view

    @router.post("/conversations/{conversation_id}/keep")
    async def keep(core: CoreDep, staff: StaffDep, conversation_id: str, new: About) -> AppointmentView:
        async with core.database.transaction() as session:
            here, row = await _row(session, conversation_id, staff, new)
            await deeds.keep(session, here, row, staff, core.clock.now())
            view = await view_of(session, row)
        await core.hint(conversation_id)
        return view

    @router.post("/conversations/{conversation_id}/miss")
    async def miss(core: CoreDep, staff: StaffDep, conversation_id: str, new: Missed) -> AppointmentView:
        async with core.database.transaction() as session:
            here, row = await _row(session, conversation_id, staff, new)
            await deeds.miss(session, here, row, staff, missed_by=new.by, policy=core.policy, now=core.clock.now())
            view = await view_of(session, row)
        await core.hint(conversation_id)
        return view

    @router.post("/conversations/{conversation_id}/reschedule")
    async def reschedule(core: CoreDep, staff: StaffDep, conversation_id: str, new: Moved) -> AppointmentView:
        async with core.database.transaction() as session:
            here, row = await _row(session, conversation_id, staff, new)
            await deeds.reschedule(
                session,
                here,
                row,
                staff,
                start=new.start,
                own_wish=new.own_wish,
                policy=core.policy,
                now=core.clock.now(),
            )
            view = await view_of(session, row)
        core.worker.wake()
        await core.hint(conversation_id)
        return view

    @router.post("/conversations/{conversation_id}/cancel")
    async def cancel(core: CoreDep, staff: StaffDep, conversation_id: str, new: About) -> AppointmentView:
        async with core.database.transaction() as session:
            here, row = await _row(session, conversation_id, staff, new)
            await deeds.call_off(session, here, row, staff, core.clock.now())
            view = await view_of(session, row)
        await core.hint(conversation_id)
        return view

    add_change(router)


def add_change(router: APIRouter) -> None:
    """One of the three changes, from colleague to customer."""

    @router.post("/conversations/{conversation_id}/change")
    async def change(core: CoreDep, staff: StaffDep, conversation_id: str, new: Proposed) -> dict[str, Any]:
        now, note = core.clock.now(), clean(new.note) if new.note else None
        async with core.database.transaction() as session:
            if new.answer is None:
                row = await propose(
                    session,
                    conversation_id,
                    staff,
                    version=new.version,
                    kind=new.kind,
                    asked=new.asked,
                    note=note,
                    policy=core.policy,
                    now=now,
                )
            else:
                row = await note_answer(
                    session,
                    conversation_id,
                    staff,
                    version=new.version,
                    kind=new.kind,
                    accepted=new.answer == "accepted",
                    place=new.place,
                    start=new.start,
                    note=note,
                    policy=core.policy,
                    now=now,
                )
            view = change_view(row)
        core.worker.wake()
        await core.hint(conversation_id)
        return view


async def _row(
    session: AsyncSession, conversation_id: str, staff: StaffDep, new: About
) -> tuple[Conversation, Appointment]:
    return await deeds.booked_for(session, conversation_id, staff, version=new.version, appointment=new.appointment)
