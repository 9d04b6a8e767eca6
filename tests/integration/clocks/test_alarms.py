"""Before the date: colleagues are told two days ahead, the customer when it is at risk (3-dialogue.md 3.8)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from sqlalchemy import select

from api.core import Core, make_core
from desk.alerts.models import Alert
from desk.clock import SHANGHAI
from desk.clocks.models import CalendarDay
from desk.db import Database
from desk.promises.models import Promise
from desk.settings import Settings
from desk.tickets.models import Ticket
from desk.tickets.states import move


@pytest.fixture
async def core(house, tmp_path) -> AsyncIterator[Core]:
    """The process that does what is due, on the same database and clock."""
    settings = Settings(database_url=house.database.url, var_dir=tmp_path / "var")
    core = make_core(settings, clock=house.clock, rules=house.rules)
    yield core
    await core.database.close()


def at(*parts):
    return datetime(*parts, tzinfo=SHANGHAI)


async def until(house, core, moment):
    """Let everything happen up to a moment, each thing at its time."""
    while (due := await core.worker.next_moment()) is not None and due <= moment:
        house.clock.advance_to(due)
        await core.worker.tick()
    house.clock.advance_to(moment)


async def begun(house, number):
    async with house.transaction() as session:
        ticket = await session.get_one(Ticket, number)
        for state in ("assigned", "investigating"):
            move(session, ticket, state, by="0101", now=house.clock.now(), reason="x")
        ticket.owner = "0101"


async def near(house):
    rows = await house.all(select(Alert).where(Alert.key.startswith("decision_near:")))
    return [(row.to, row.at.astimezone(SHANGHAI)) for row in rows]


async def at_risk(house, number):
    return [text for text in await house.told(number) if "如果需要更多时间" in text]


async def test_two_days_before_colleagues_know_and_the_day_before_the_customer(house, core):
    number = await house.complain()
    await begun(house, number)
    await until(house, core, at(2025, 6, 24, 8, 59))
    assert await near(house) == []
    await until(house, core, at(2025, 6, 24, 9, 1))
    assert await near(house) == [("supervisor", at(2025, 6, 24, 9)), ("0101", at(2025, 6, 24, 9))]
    assert await at_risk(house, number) == []
    await until(house, core, at(2025, 6, 26, 12))
    [told] = await at_risk(house, number)
    assert "6月26日" in told
    assert len(await near(house)) == 2


async def test_a_case_that_nobody_has_begun_is_at_risk_two_days_before_and_told_once(house, core):
    number = await house.complain()
    await until(house, core, at(2025, 6, 24, 9, 1))
    assert len(await at_risk(house, number)) == 1
    await until(house, core, at(2025, 6, 26, 12))
    assert len(await at_risk(house, number)) == 1


async def test_the_alarm_goes_with_the_date(house, core):
    number = await house.complain()
    await begun(house, number)
    await house.do("extend", number, days=30)
    await until(house, core, at(2025, 7, 9, 8))
    assert await near(house) == []
    await until(house, core, at(2025, 7, 9, 10))
    assert [moment for _, moment in await near(house)] == [at(2025, 7, 9, 9)] * 2


async def test_while_it_is_paused_no_alarm_rings_and_no_promise_breaks(house, core):
    number = await house.complain()
    await house.do("pause", number)
    await until(house, core, at(2025, 7, 5, 12))
    assert await near(house) == []
    broken = await house.all(select(Promise).where(Promise.state == "broken"))
    assert {promise.kind for promise in broken} == {"first_answer"}
    await house.do("resume", number)
    assert (await house.ticket(number)).decision_due == at(2025, 7, 20, 23, 59, 59)


async def test_resumed_late_in_the_evening_colleagues_know_at_once_and_the_customer_after_the_quiet_hours(house, core):
    number = await house.complain()
    house.clock.advance_to(at(2025, 6, 26, 22, 30))
    await house.do("pause", number)
    await house.do("resume", number)
    await until(house, core, at(2025, 6, 26, 22, 31))
    assert len(await near(house)) == 2
    assert await at_risk(house, number) == []


class TestTheCalendar:
    async def test_a_holiday_entered_here_counts_at_once_in_every_process(self, house):
        house.clock.advance_to(at(2025, 6, 11, 20))
        elsewhere = Database(house.database.url)
        async with elsewhere.transaction() as session:
            session.add(
                CalendarDay(
                    day=at(2025, 6, 12).date(),
                    kind="holiday",
                    source="本行通知",
                    as_of=at(2025, 6, 11).date(),
                    by="0213",
                )
            )
        await elsewhere.close()
        number = await house.complain()
        # Nobody is there on the 12th: 24 hours are kept by the duty rota; the law's date does not care.
        ticket = await house.ticket(number)
        assert ticket.answer_due == at(2025, 6, 12, 20)
        assert ticket.decision_due == at(2025, 6, 26, 23, 59, 59)

    async def test_a_year_nobody_has_entered_is_told_once_and_stops_nothing(self, house):
        house.clock.advance_to(at(2026, 10, 1))
        await house.complain()
        assert await house.all(select(Alert)) == []
        house.clock.advance_to(at(2026, 12, 20, 10))
        for _ in range(2):
            await house.complain()
        assert [(a.key, a.to) for a in await house.all(select(Alert))] == [("calendar:2027", "supervisor")]
        house.clock.advance_to(at(2027, 10, 1, 10))
        number = await house.complain()
        # By weekdays 1 October 2027 is a plain Friday: all that can be known until somebody enters it.
        assert (await house.ticket(number)).answer_due == at(2027, 10, 2, 10)
        assert [a.key for a in await house.all(select(Alert))] == ["calendar:2027"]
