"""The clocks' endpoints: more time, pause, resume, restart; and the calendar, which supervisors keep."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from api.agents.clocks_schemas import Approve, Day, Extend, Pause, PutDay, Restart, Resume, Year
from api.agents.schemas import TicketView
from api.agents.signed_in import StaffDep
from api.agents.view import announce, ticket_view
from api.agents.words import clean
from api.chat.routes import CoreDep
from desk.clock import local
from desk.clocks import deeds
from desk.clocks.calendar import DayView, day_of, days_of_year, hours_of, put_day, remove_day
from desk.policy.hours import ServiceHours

HOLE = "{year}年的节假日还没有录入，现在按周一至周日正常服务推算，可能把放假的日子当成有人值守；请主管尽快录入。"


def add_clocks(router: APIRouter) -> None:
    """The deeds of the regulatory clock, then the calendar."""
    _add_more_time(router)
    _add_stops(router)
    _add_calendar(router)


def _add_more_time(router: APIRouter) -> None:
    @router.post("/tickets/{number}/extend")
    async def extend(core: CoreDep, staff: StaffDep, number: str, new: Extend) -> TicketView:
        async with core.database.transaction() as session:
            ticket = await deeds.extend(
                session,
                number,
                staff,
                version=new.version,
                reason=clean(new.reason),
                complexity=new.complexity,
                days=new.days,
                approver=new.approver,
                policy=core.policy,
                now=core.clock.now(),
            )
            view = await ticket_view(session, ticket, viewer=staff, policy=core.policy, now=core.clock.now())
        return await announce(core, view)

    @router.post("/tickets/{number}/approve")
    async def approve(core: CoreDep, staff: StaffDep, number: str, new: Approve) -> TicketView:
        async with core.database.transaction() as session:
            ticket = await deeds.answer_extension(
                session,
                number,
                staff,
                version=new.version,
                approve=new.approve,
                reason=clean(new.reason),
                policy=core.policy,
                now=core.clock.now(),
            )
            view = await ticket_view(session, ticket, viewer=staff, policy=core.policy, now=core.clock.now())
        return await announce(core, view)


def _add_stops(router: APIRouter) -> None:
    @router.post("/tickets/{number}/pause")
    async def pause(core: CoreDep, staff: StaffDep, number: str, new: Pause) -> TicketView:
        async with core.database.transaction() as session:
            ticket = await deeds.pause(
                session,
                number,
                staff,
                version=new.version,
                why=new.why,
                reason=clean(new.reason),
                agreed=new.agreed,
                policy=core.policy,
                now=core.clock.now(),
            )
            view = await ticket_view(session, ticket, viewer=staff, policy=core.policy, now=core.clock.now())
        return await announce(core, view)

    @router.post("/tickets/{number}/resume")
    async def resume(core: CoreDep, staff: StaffDep, number: str, new: Resume) -> TicketView:
        async with core.database.transaction() as session:
            ticket = await deeds.resume(
                session,
                number,
                staff,
                version=new.version,
                reason=clean(new.reason),
                policy=core.policy,
                now=core.clock.now(),
            )
            view = await ticket_view(session, ticket, viewer=staff, policy=core.policy, now=core.clock.now())
        return await announce(core, view)

    @router.post("/tickets/{number}/restart")
    async def restart(core: CoreDep, staff: StaffDep, number: str, new: Restart) -> TicketView:
        async with core.database.transaction() as session:
            ticket = await deeds.restart(
                session,
                number,
                staff,
                version=new.version,
                facts=clean(new.facts),
                received_at=new.received_at,
                policy=core.policy,
                now=core.clock.now(),
            )
            view = await ticket_view(session, ticket, viewer=staff, policy=core.policy, now=core.clock.now())
        return await announce(core, view)


def _add_calendar(router: APIRouter) -> None:
    @router.get("/calendar")
    async def year_of(core: CoreDep, _: StaffDep, year: Annotated[int | None, Query(ge=1900, le=2999)] = None) -> Year:
        wanted = year or local(core.clock.now()).year
        async with core.database.snapshot() as session:
            hours = await hours_of(session, core.policy)
            days = [_day(hours, view) for view in await days_of_year(session, core.policy, wanted)]
        known = hours.calendar.knows(wanted)
        return Year(year=wanted, known=known, warning=None if known else HOLE.format(year=wanted), days=days)

    @router.get("/calendar/{day}")
    async def one_day(core: CoreDep, _: StaffDep, day: date) -> Day:
        async with core.database.snapshot() as session:
            return _day(await hours_of(session, core.policy), await day_of(session, core.policy, day))

    @router.put("/calendar/{day}")
    async def enter_day(core: CoreDep, staff: StaffDep, day: date, new: PutDay) -> Day:
        async with core.database.transaction() as session:
            await put_day(session, staff, day, kind=new.kind, note=new.note, source=new.source, now=core.clock.now())
            return _day(await hours_of(session, core.policy), await day_of(session, core.policy, day))

    @router.delete("/calendar/{day}")
    async def forget_day(core: CoreDep, staff: StaffDep, day: date) -> Day:
        async with core.database.transaction() as session:
            await remove_day(session, core.policy, staff, day, now=core.clock.now())
            return _day(await hours_of(session, core.policy), await day_of(session, core.policy, day))


def _day(hours: ServiceHours, view: DayView) -> Day:
    return Day(
        day=view.day,
        kind=view.kind,
        staffed=hours.staffed_day(view.day),
        known=hours.calendar.knows(view.day.year),
        note=view.note,
        source=view.source,
        as_of=view.as_of,
    )
