"""What the tests of the clocks' deeds share: dates as customers read them, and short ways to do and to be refused."""

from datetime import datetime

import pytest
from sqlalchemy import select

from desk.clock import SHANGHAI
from desk.clocks.models import ClockEvent
from desk.promises.models import Promise
from desk.tickets.deciding import Findings, decide_and_notify

# The house's clock begins on Wednesday 2025-06-11, 10:00.
FIRST, SECOND, THIRD = "2025-06-26", "2025-07-11", "2025-08-10"


def at(*parts):
    return datetime(*parts, tzinfo=SHANGHAI)


async def due(house, number):
    stored = (await house.ticket(number)).decision_due
    assert stored == (await house.clock_of(number)).due, "the stored copy differs from the clock"
    return f"{stored.astimezone(SHANGHAI):%Y-%m-%d}"


async def promised(house, number):
    rows = await house.all(select(Promise).where(Promise.ticket == number, Promise.kind == "decision"))
    return [(row.state, f"{row.due_at.astimezone(SHANGHAI):%Y-%m-%d}") for row in rows]


async def decide(house, number, by="0101"):
    ticket = await house.ticket(number)
    async with house.transaction() as session:
        await decide_and_notify(
            session,
            number,
            house.staff[by],
            version=ticket.version,
            findings=Findings("upheld", text="经核实，属实，已退回。"),
            policy=house.rules,
            now=house.clock.now(),
            survey_delay_hours=24,
        )


async def write(house, row):
    async with house.transaction() as session:
        session.add(row)


async def refused(house, kind, deed, number, *words, **args):
    """The deed is refused in Chinese words, and nothing of it stays."""
    before = (await house.ticket(number), await house.told(number), await house.all(select(ClockEvent)))
    with pytest.raises(kind) as error:
        await house.do(deed, number, **args)
    assert all(word in error.value.detail for word in words), error.value.detail
    after = (await house.ticket(number), await house.told(number), await house.all(select(ClockEvent)))
    assert (after[0].decision_due, after[0].version) == (before[0].decision_due, before[0].version)
    assert (after[1], len(after[2])) == (before[1], len(before[2]))
