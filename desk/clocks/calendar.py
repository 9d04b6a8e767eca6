"""The calendar in force: the shipped days, and before them what the desk has entered. Read anew each time it is asked,
so that a holiday entered here counts at once in every process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.service import raise_alert
from desk.clock import local
from desk.clocks.models import CalendarDay
from desk.errors import Invalid, NotAllowed, NotFound
from desk.policy.hours import ServiceHours
from desk.policy.schemas import Calendar, Policy
from desk.staff.models import Staff

EDITORS = ("supervisor",)


@dataclass(frozen=True)
class DayView:
    """A day as it counts, and who says so."""

    day: date
    kind: str
    note: str | None
    source: str
    as_of: date


async def hours_of(session: AsyncSession, policy: Policy) -> ServiceHours:
    """The service hours with the calendar as it is at this moment."""
    return ServiceHours(policy, in_force(policy.calendar, await session.scalars(select(CalendarDay))))


def in_force(shipped: Calendar, entered: Iterable[CalendarDay]) -> Calendar:
    """The shipped calendar with the days that the desk has entered in place of its own."""
    rows = list(entered)
    if not rows:
        return shipped
    ours = {row.day for row in rows}
    return shipped.model_copy(
        update={
            "holidays": (shipped.holidays - ours) | {row.day for row in rows if row.kind == "holiday"},
            "workdays": (shipped.workdays - ours) | {row.day for row in rows if row.kind == "workday"},
        }
    )


async def notice_hole(session: AsyncSession, hours: ServiceHours, until: datetime, now: datetime) -> None:
    """Tell a supervisor, once a year, that the holidays of a year that dates fall in have not been entered.

    Until somebody enters them the desk goes by Monday–Friday and weekend service: it may promise what a holiday breaks.
    """
    ahead = now + timedelta(days=hours.calendar.look_ahead_days)
    for year in range(local(now).year, local(max(until, ahead)).year + 1):
        if not hours.calendar.knows(year):
            await raise_alert(session, key=f"calendar:{year}", kind="duty", to="supervisor", now=now)


async def days_of_year(session: AsyncSession, policy: Policy, year: int) -> list[DayView]:
    """The days of a year that differ from their weekday, in order."""
    entered = {row.day: row for row in await session.scalars(select(CalendarDay))}
    days = policy.calendar.holidays | policy.calendar.workdays | set(entered)
    views = [_view(policy.calendar, day, entered.get(day)) for day in sorted(days) if day.year == year]
    return [view for view in views if view.kind != "ordinary"]


async def day_of(session: AsyncSession, policy: Policy, day: date) -> DayView:
    """How one day counts."""
    return _view(policy.calendar, day, await session.get(CalendarDay, day))


def _view(shipped: Calendar, day: date, row: CalendarDay | None) -> DayView:
    if row is not None:
        return DayView(day, row.kind, row.note, row.source, row.as_of)
    kind = "holiday" if day in shipped.holidays else "workday" if day in shipped.workdays else "ordinary"
    return DayView(day, kind, None, shipped.source, shipped.as_of)


async def put_day(
    session: AsyncSession, staff: Staff, day: date, *, kind: str, note: str | None, source: str, now: datetime
) -> None:
    """Enter a holiday or a 调休 working day. Dates that customers have been told already stay as they were told."""
    _may_edit(staff)
    if kind not in ("holiday", "workday"):
        raise Invalid("日历里的一天只能是放假（holiday）或上班（workday）。")
    if abs(day.year - local(now).year) > 10:
        raise Invalid(f"{day}离现在太远，请核对年份。")
    row = await session.get(CalendarDay, day)
    if row is None:
        row = CalendarDay(day=day)
        session.add(row)
    row.kind, row.note, row.source, row.as_of, row.by = kind, note, source, local(now).date(), staff.work_no
    await session.flush()


async def remove_day(session: AsyncSession, policy: Policy, staff: Staff, day: date, *, now: datetime) -> None:
    """Let a day follow its weekday again. A shipped day stays on record as ordinary, else it would come back."""
    _may_edit(staff)
    row = await session.get(CalendarDay, day)
    shipped = day in policy.calendar.holidays or day in policy.calendar.workdays
    if (row is None and not shipped) or (row is not None and row.kind == "ordinary"):
        raise NotFound(f"日历里没有{day}这一天。")
    if not shipped:
        await session.delete(row)
    else:
        if row is None:
            row = CalendarDay(day=day)
            session.add(row)
        row.kind, row.note, row.source = "ordinary", None, "工作台"
        row.as_of, row.by = local(now).date(), staff.work_no
    await session.flush()


def _may_edit(staff: Staff) -> None:
    if staff.role not in EDITORS:
        raise NotAllowed("日历由主管维护，请联系主管修改。")
