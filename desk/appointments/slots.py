"""Which times are really free: a colleague's, a room's, or a line of the unit – and never one that is taken (3-dialogue.md 3.6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from desk.appointments.models import Appointment, SlotBooking
from desk.branches.models import Branch
from desk.branches.service import with_rooms
from desk.clock import SHANGHAI, local
from desk.clocks.calendar import hours_of
from desk.errors import Conflict
from desk.policy.hours import ServiceHours
from desk.policy.schemas import Policy
from desk.recusal.service import branches_kept_off, concerns
from desk.staff.models import Staff
from desk.tickets.models import Ticket

CELL = timedelta(minutes=30)
"""What is booked at a time. An appointment that begins off the grid takes every cell it touches."""
CALLERS = ("agent", "supervisor")
SPREADS = (timedelta(hours=4), timedelta(hours=1), CELL)
"""How far apart offered slots lie: wide first, closer when there are too few before the promised answer."""
ROOM = "branch_room"


class SlotTaken(Conflict):
    """Somebody booked it a moment ago, or nobody is free then."""

    code = "slot_taken"


@dataclass(frozen=True)
class Keeper:
    """Who or what keeps an appointment."""

    resource: str
    work_no: str | None = None
    branch: Branch | None = None


@dataclass(frozen=True)
class Slot:
    """A free time; `branch` where it is a room."""

    start: datetime
    end: datetime
    branch: str | None = None


@dataclass
class Times:
    """What is free for one case at one kind of place."""

    hours: ServiceHours
    keepers: list[Keeper]
    taken: set[tuple[str, datetime]]
    length: timedelta
    now: datetime

    def keepers_at(self, start: datetime, end: datetime) -> Iterator[Keeper]:
        """Who could keep it, best first."""
        wanted = cells(start, end)
        for keeper in self.keepers:
            if self.there(keeper, start, end) and not any((keeper.resource, cell) in self.taken for cell in wanted):
                yield keeper

    def there(self, keeper: Keeper, start: datetime, end: datetime) -> bool:
        """Whether the desk – and the branch, for a room – is open from `start` to `end`."""
        hours, last = self.hours, end - timedelta(minutes=1)
        if not (hours.staffed(start) and hours.staffed(last)):
            return False
        branch = keeper.branch
        if branch is None or branch.opens is None or branch.closes is None:
            return True
        day = local(start).date()
        opens, closes = (datetime.combine(day, moment, SHANGHAI) for moment in (branch.opens, branch.closes))
        return opens <= start and end <= closes

    def free(self, start: datetime) -> Slot | None:
        """The slot that begins at `start`, when somebody can keep it."""
        end = start + self.length
        keeper = next(self.keepers_at(start, end), None)
        return None if keeper is None else Slot(start, end, keeper.branch.name if keeper.branch else None)

    def all(self) -> Iterator[Slot]:
        """Every free slot on the grid, soonest first, as far as we look."""
        hours, rules = self.hours, self.hours.policy
        start = round_up(hours.next_opening(self.now + timedelta(minutes=rules.service.appointment.lead_minutes)))
        until = self.now + timedelta(days=rules.changes.slots.look_days)
        while start <= until:
            if not hours.staffed(start):
                start = round_up(hours.next_opening(start))
                continue
            slot = self.free(start)
            if slot is not None:
                yield slot
            start += CELL

    def offer(self, count: int, before: datetime) -> list[Slot]:
        """`count` slots, the soonest first; none after `before`, the promised answer, while there are enough earlier ones.

        Where there are none before it (holidays), or too few, later ones fill up: picking one is then the customer's wish.
        """
        every = list(self.all())
        early = [slot for slot in every if slot.start <= before]
        best: list[Slot] = []
        for spread in SPREADS:
            best = max(best, _spread(early, spread, count), key=len)
            if len(best) == count:
                return best
        later = [slot for slot in every if slot.start > before]
        return [*best, *_spread(later, SPREADS[0], count - len(best))]

    def nearest(self, wish: datetime, count: int = 3) -> list[Slot]:
        """The free slots closest to a wish that cannot be kept, in order of time."""
        closest = sorted(self.all(), key=lambda slot: (abs(slot.start - wish), slot.start))[:count]
        return sorted(closest, key=lambda slot: slot.start)


def _spread(slots: Sequence[Slot], apart: timedelta, count: int) -> list[Slot]:
    chosen: list[Slot] = []
    for slot in slots:
        if len(chosen) < count and (not chosen or slot.start - chosen[-1].start >= apart):
            chosen.append(slot)
    return chosen


def cells(start: datetime, end: datetime) -> list[datetime]:
    """The cells an appointment touches."""
    at = start.astimezone(UTC)
    at = at.replace(minute=at.minute - at.minute % 30, second=0, microsecond=0)
    found = []
    while at < end:
        found.append(at)
        at += CELL
    return found


def round_up(moment: datetime) -> datetime:
    """The next cell's beginning, as customers see it."""
    here = local(moment).replace(second=0, microsecond=0)
    over = here.minute % 30
    return here + timedelta(minutes=30 - over) if over or here < moment else here


async def times_for(
    session: AsyncSession, policy: Policy, ticket: Ticket | None, now: datetime, *, place: str = "phone"
) -> Times:
    """What is free for a talk about `ticket` at `place`; nobody and no branch that is kept off the case."""
    rule = policy.changes.places.get(place)
    keepers = await _rooms(session, ticket) if place == ROOM else await _callers(session, policy, ticket)
    until = now + timedelta(days=policy.changes.slots.look_days + 1)
    rows = await session.execute(
        select(SlotBooking.resource, SlotBooking.cell).where(SlotBooking.cell >= now - CELL, SlotBooking.cell <= until)
    )
    length = timedelta(minutes=rule.minutes if rule else policy.service.appointment.length_minutes)
    return Times(await hours_of(session, policy), keepers, {(row[0], row[1]) for row in rows}, length, now)


async def _rooms(session: AsyncSession, ticket: Ticket | None) -> list[Keeper]:
    needs = (ticket.flags.get("needs") or []) if ticket else []
    branches = await with_rooms(session, avoid=branches_kept_off(ticket), accessible="elderly" in needs)
    return [Keeper(f"room:{b.name}:{n}", branch=b) for b in branches for n in range(1, b.rooms + 1)]


async def _callers(session: AsyncSession, policy: Policy, ticket: Ticket | None) -> list[Keeper]:
    """Colleagues on the roster who take calls; without any, the lines that the unit itself keeps."""
    query = select(Staff).where(Staff.active.is_(True), Staff.on_duty != "off", Staff.role.in_(CALLERS))
    people = [person for person in await session.scalars(query) if not concerns(ticket, person)]
    people.sort(key=lambda person: (CALLERS.index(person.role), person.work_no))
    lines = [Keeper(f"unit:{n}") for n in range(1, policy.changes.slots.unit_lines + 1)]
    return [Keeper(f"staff:{person.work_no}", work_no=person.work_no) for person in people] or lines


async def take_slot(session: AsyncSession, row: Appointment, times: Times) -> None:
    """Book the cells of `row` with the first keeper who is free. Raises SlotTaken; the table's key decides a race."""
    await release(session, row)
    for keeper in times.keepers_at(row.start, row.end):
        try:
            async with session.begin_nested():
                session.add_all(
                    SlotBooking(resource=keeper.resource, cell=cell, appointment_id=row.id)
                    for cell in cells(row.start, row.end)
                )
                await session.flush()
        except IntegrityError:
            continue
        row.with_staff, row.branch = keeper.work_no, keeper.branch.name if keeper.branch else None
        await session.flush()
        return
    raise SlotTaken("这个时间刚刚被约走了，请另选一个。")


async def release(session: AsyncSession, row: Appointment) -> None:
    """The time is free again."""
    await session.execute(delete(SlotBooking).where(SlotBooking.appointment_id == row.id))
