"""变时 and 变地 carried out: free slots, none taken twice, attempts on record, and no clock moved (3-dialogue.md 3.6)."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from desk.appointments.models import Appointment, Attempt, SlotBooking
from desk.appointments.service import answer_limit, book, cancel, free_slots, nearest_slots
from desk.appointments.slots import SlotTaken, cells, times_for
from desk.changes.places import places_for
from desk.clock import SHANGHAI
from desk.errors import Conflict, Invalid
from desk.promises.models import Promise
from desk.recusal.service import keep_off
from desk.tickets.service import get_ticket


def at(hour, minute=0, day=11):
    return datetime(2025, 6, day, hour, minute, tzinfo=SHANGHAI)


async def make(bank, conversation, number, start, place="phone", **more):
    async with bank.database.transaction() as session:
        row = await book(
            session,
            policy=bank.policy,
            conversation_id=conversation,
            ticket=number,
            effect=f"a:{conversation}",
            start=start,
            now=bank.clock.now(),
            turn_id=None,
            place=place,
            **more,
        )
        return row.id


async def slots(bank, number, place="phone", now=None):
    async with bank.database.snapshot() as session:
        ticket = await get_ticket(session, number)
        found = await free_slots(session, bank.policy, ticket, now or bank.clock.now(), place=place)
    return [(slot.start, slot.branch) for slot in found]


async def rows(bank, model, *where):
    async with bank.database.snapshot() as session:
        return list(await session.scalars(select(model).where(*where)))


class TestFreeSlots:
    async def test_the_soonest_within_two_hours_and_none_after_the_promised_answer(self, bank):
        await bank.hire("0101")
        _, number = await bank.case()
        found = [start for start, _ in await slots(bank, number)]
        assert len(found) == 3
        assert found[0] <= bank.clock.now() + timedelta(hours=bank.policy.changes.slots.soonest_hours)
        ticket = await bank.ticket(number)
        assert all(start <= answer_limit(bank.policy, ticket, bank.clock.now()) for start in found)

    async def test_after_hours_the_next_morning(self, bank):
        await bank.hire("0101")
        _, number = await bank.case()
        found = await slots(bank, number, now=at(20))
        assert found[0][0] == at(9, day=12)

    async def test_what_one_colleague_has_promised_is_not_offered_again(self, bank):
        await bank.hire("0101")
        first, one = await bank.case("one")
        _, two = await bank.case("two")
        soonest = (await slots(bank, two))[0][0]
        await make(bank, first, one, soonest)
        assert (await slots(bank, two))[0][0] == soonest + timedelta(minutes=30)
        await bank.hire("0102")
        assert (await slots(bank, two))[0][0] == soonest

    async def test_nobody_who_is_kept_off_keeps_it(self, bank):
        await bank.hire("0101")
        await bank.hire("0102")
        conversation, number = await bank.case()
        async with bank.database.transaction() as session:
            ticket = await get_ticket(session, number)
            await keep_off(session, ticket, kind="staff", value="0101", reason="named", now=bank.clock.now())
        await make(bank, conversation, number, at(14))
        [row] = await rows(bank, Appointment)
        assert row.with_staff == "0102"

    async def test_a_wish_that_is_taken_has_three_neighbours(self, bank):
        await bank.hire("0101")
        first, one = await bank.case("one")
        _, two = await bank.case("two")
        await make(bank, first, one, at(15))
        async with bank.database.snapshot() as session:
            ticket = await get_ticket(session, two)
            near = await nearest_slots(session, bank.policy, ticket, bank.clock.now(), at(15))
        assert [slot.start for slot in near] == [at(14), at(14, 30), at(15, 30)]

    async def test_a_time_off_the_grid_takes_both_cells_it_touches(self, bank):
        await bank.hire("0101")
        conversation, number = await bank.case()
        assert cells(at(15, 10), at(15, 40)) == [at(15), at(15, 30)]
        await make(bank, conversation, number, at(15, 10))
        assert len(await rows(bank, SlotBooking)) == 2


class TestNothingIsTakenTwice:
    async def test_two_customers_want_the_last_room(self, bank):
        async with bank.database.transaction() as session:
            await session.execute(text("update branches set rooms = 0 where name <> '城北支行'"))
        cases = [await bank.case(f"c{n}") for n in range(2)]
        done = await asyncio.gather(
            *(make(bank, conversation, number, at(14), "branch_room") for conversation, number in cases),
            return_exceptions=True,
        )
        assert sorted(type(one).__name__ for one in done) == ["SlotTaken", "int"]
        [row] = await rows(bank, Appointment)
        assert (row.branch, row.place, row.kind) == ("城北支行", "branch_room", "visit")

    async def test_the_table_itself_refuses(self, bank):
        await bank.hire("0101")
        conversation, number = await bank.case()
        row = await make(bank, conversation, number, at(14))
        with pytest.raises(IntegrityError):
            async with bank.database.transaction() as session:
                session.add(SlotBooking(resource="staff:0101", cell=at(14), appointment_id=row))

    async def test_a_view_that_is_old_by_a_moment_finds_the_next_colleague(self, bank):
        await bank.hire("0101")
        await bank.hire("0102")
        first, one = await bank.case("one")
        second, two = await bank.case("two")
        async with bank.database.snapshot() as session:
            stale = await times_for(session, bank.policy, None, bank.clock.now())
        await make(bank, first, one, at(14))
        async with bank.database.transaction() as session:
            from desk.appointments.slots import take_slot

            row = Appointment(
                conversation_id=second,
                ticket=two,
                effect="x",
                kind="call",
                start=at(14),
                end=at(14, 30),
                state="booked",
            )
            session.add(row)
            await session.flush()
            await take_slot(session, row, stale)
            assert row.with_staff == "0102"

    async def test_moved_or_cancelled_it_is_free_again(self, bank):
        await bank.hire("0101")
        first, one = await bank.case("one")
        second, two = await bank.case("two")
        await make(bank, first, one, at(14))
        await make(bank, first, one, at(16))
        await make(bank, second, two, at(14))
        [mine] = await rows(bank, Appointment, Appointment.conversation_id == first)
        async with bank.database.transaction() as session:
            await cancel(session, await session.get_one(Appointment, mine.id))
        third, three = await bank.case("three")
        await make(bank, third, three, at(16))

    async def test_without_anybody_listed_the_unit_keeps_so_many_and_no_more(self, bank):
        lines = bank.policy.changes.slots.unit_lines
        cases = [await bank.case(f"c{n}") for n in range(lines + 1)]
        for conversation, number in cases[:lines]:
            await make(bank, conversation, number, at(14))
        with pytest.raises(SlotTaken):
            await make(bank, *cases[lines], at(14))


class TestBadTimes:
    @pytest.fixture
    async def case(self, bank):
        await bank.hire("0101")
        return await bank.case()

    async def test_in_the_past(self, bank, case):
        with pytest.raises(Invalid, match="已经过去"):
            await make(bank, *case, at(9))

    async def test_further_than_anybody_plans(self, bank, case):
        with pytest.raises(Invalid, match="天以内"):
            await make(bank, *case, datetime(9999, 12, 31, 23, 59, tzinfo=SHANGHAI))

    async def test_when_nobody_is_there(self, bank, case):
        with pytest.raises(Conflict):
            await make(bank, *case, at(20))

    async def test_beyond_the_promised_answer_it_is_stored_as_the_customers_wish(self, bank, case):
        await make(bank, *case, at(15, day=13))
        [row] = await rows(bank, Appointment)
        assert row.own_wish
        await make(bank, *case, at(15))
        [row] = await rows(bank, Appointment)
        assert not row.own_wish


class TestPlaces:
    async def places(self, bank, number, **flags):
        async with bank.database.transaction() as session:
            ticket = await get_ticket(session, number)
            ticket.flags = {**ticket.flags, **flags}
            return await places_for(session, bank.policy, ticket, bank.clock.now())

    async def test_two_at_least_and_no_phone_for_who_cannot_hear(self, bank):
        _, number = await bank.case()
        assert len(await self.places(bank, number)) >= bank.policy.changes.least_places
        found = await self.places(bank, number, needs=["hearing"])
        assert "phone" not in found
        assert len(found) >= 2

    async def test_a_visit_at_home_for_who_cannot_walk_and_for_nobody_else(self, bank):
        _, number = await bank.case()
        assert (await self.places(bank, number, needs=["mobility"]))[0] == "home_visit"
        assert "home_visit" not in await self.places(bank, number, needs=["elderly"])

    async def test_never_a_room_where_it_happened(self, bank):
        async with bank.database.transaction() as session:
            await session.execute(text("update branches set rooms = 0 where name not in ('城南支行', '城北支行')"))
        _, number = await bank.case()
        async with bank.database.transaction() as session:
            ticket = await get_ticket(session, number)
            await keep_off(session, ticket, kind="branch", value="城南支行", reason="branch", now=bank.clock.now())
        assert {branch for _, branch in await slots(bank, number, "branch_room")} == {"城北支行"}
        async with bank.database.transaction() as session:
            await session.execute(text("update branches set rooms = 0 where name = '城北支行'"))
        assert "branch_room" not in await self.places(bank, number)

    async def test_a_room_is_open_when_its_branch_is(self, bank):
        conversation, _ = await bank.case("late")
        async with bank.database.transaction() as session:
            # Without hours of its own a branch keeps the desk's, which are longer.
            await session.execute(text("update branches set rooms = 0 where opens is null"))
        with pytest.raises(SlotTaken):
            await make(bank, conversation, None, at(17, 30), "branch_room")


async def test_no_clock_is_moved_by_any_appointment(bank):
    """The regulatory clock and the 24 hours run on, whatever is agreed (3.6)."""
    await bank.hire("0101")
    conversation, number = await bank.case()
    async with bank.database.transaction() as session:
        ticket = await get_ticket(session, number)
        ticket.answer_due, ticket.decision_due = at(10, day=12), at(10, day=26)
    for start in (at(14), at(16), at(11, day=13)):
        await make(bank, conversation, number, start)
        ticket = await bank.ticket(number)
        assert (ticket.answer_due, ticket.decision_due, ticket.received_at) == (
            at(10, day=12),
            at(10, day=26),
            bank.clock.now(),
        )
    promises = await rows(bank, Promise, Promise.kind == "call")
    assert [one.state for one in promises] == ["voided", "voided", "open"]
    assert await rows(bank, Attempt) == []
