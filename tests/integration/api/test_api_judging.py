"""A complaint that was begun and never confirmed is judged by a colleague, who signs (SD074, 3-dialogue.md 3.1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from api_bot import acts
from api_world import Agent, Customer, World, error_of

from desk.notices.models import Notice
from desk.promises.models import Promise
from desk.tickets.models import Ticket, TicketAddition

WORDS = "城南支行三号窗口的柜员对我爱理不理，等了四十分钟"


Begun = Callable[[World], Awaitable[tuple[Customer, Agent, str]]]


async def begun(world: World) -> tuple[Customer, str]:
    customer = await world.customer()
    world.bot.next(acts("action_thank_and_apologise", intent="complain_service_attitude"))
    await world.told(customer, WORDS)
    [ticket] = await world.rows(Ticket)
    return customer, ticket.number


async def left(world: World) -> tuple[Customer, Agent, str]:
    """A customer who told it and went away."""
    customer, number = await begun(world)
    return customer, await world.agent(), number


async def overdue(world: World) -> tuple[Customer, Agent, str]:
    """The same, and nobody came back within the 72 hours."""
    customer, number = await begun(world)
    await world.until(world.clock.now() + timedelta(hours=80))
    return customer, await world.agent(), number


@pytest.mark.parametrize("begin", [left, overdue])
async def test_registered_from_the_words_with_the_dates_told(world: World, begin: Begun) -> None:
    customer, agent, number = await begin(world)
    view = await agent.done(number, "judge", verdict="register")
    assert view["state"] in ("registered", "assigned")
    assert view["history"][-1]["by"] == "0101"
    error_of(await agent.deed(number, "judge", verdict="unreachable", note="打了三次"), 409)
    await world.tick(hours=12)
    assert [said for said in await customer.heard(0) if f"已按投诉登记，编号{number}" in said]
    assert await world.rows(Promise, Promise.ticket == number, Promise.kind == "decision")


@pytest.mark.parametrize("begin", [left, overdue])
@pytest.mark.parametrize(("verdict", "told"), [("unreachable", "没能联系上"), ("not_a_complaint", "我要投诉")])
async def test_archived_with_who_and_why_and_the_customer_told(
    world: World, begin: Begun, verdict: str, told: str
) -> None:
    customer, agent, number = await begin(world)
    error_of(await agent.deed(number, "judge", verdict=verdict, note=" "), 422)
    view = await agent.done(number, "judge", verdict=verdict, note="二十号和二十一号各打了一次")
    assert (view["state"], view["history"][-1]["by"]) == ("declined", "0101")
    await world.tick()
    assert told in (await customer.heard(0))[-1]
    [notice] = await world.rows(Notice, Notice.ticket == number)
    assert (notice.kind, notice.by) == ("declined", "0101")
    assert "二十号" in "".join(row.text for row in await world.rows(TicketAddition, TicketAddition.ticket == number))
    assert not [row for row in await world.rows(Promise, Promise.ticket == number) if row.state in ("open", "broken")]
    before = await customer.heard(0)
    await world.tick(days=5)
    assert await customer.heard(0) == before


async def test_what_the_customer_confirmed_is_not_judged_away(world: World) -> None:
    customer, agent = await world.customer(), await world.agent()
    number = await world.complain(customer)
    view = await agent.get(f"tickets/{number}")
    assert "judge" not in [step["deed"] for step in view["next_steps"]]
    error_of(await agent.deed(number, "judge", verdict="not_a_complaint", note="不像"), 409)


async def test_an_unknown_verdict(world: World) -> None:
    _, agent, number = await left(world)
    error_of(await agent.deed(number, "judge", verdict="forget", note="x"), 422)
