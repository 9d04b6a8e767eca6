"""A promise of ours that was broken is named once, when the customer is heard again (3.7 no. 12)."""

from __future__ import annotations

from api_bot import acts
from api_world import World

from desk.promises.models import Promise

ASKS = "到底什么时候有结果？"


async def broken(world: World) -> list[Promise]:
    return [row for row in await world.rows(Promise) if row.state == "broken"]


async def test_said_once_and_written_with_the_reply(world: World) -> None:
    customer = await world.customer()
    await world.complain(customer)
    await world.tick(hours=30)
    assert [row.kind for row in await broken(world)] == ["first_answer"]
    world.bot.next(acts("action_thank_and_apologise", intent="complain_unresolved"))
    first = "".join(await world.told(customer, ASKS))
    assert "我们没做到，这是我们的问题" in first
    assert first.count("抱歉") == 1
    assert all(row.apologised_at is not None for row in await broken(world))
    world.bot.next(acts("action_thank_and_apologise", intent="complain_unresolved"))
    assert "没做到" not in "".join(await world.told(customer, ASKS))


async def test_a_turn_that_failed_has_not_apologised(world: World) -> None:
    customer = await world.customer()
    await world.complain(customer)
    await world.tick(hours=30)
    world.bot.next(acts("action_thank_and_apologise", "action_nobody_knows", intent="complain_unresolved"))
    world.bot.next(acts("action_thank_and_apologise", intent="complain_unresolved"))
    said = "".join(await world.told(customer, ASKS))
    assert said.count("没做到") == 1


async def test_nothing_is_owned_up_to_while_nothing_is_broken(world: World) -> None:
    customer = await world.customer()
    await world.complain(customer)
    world.bot.next(acts("action_thank_and_apologise", intent="complain_unresolved"))
    assert "没做到" not in "".join(await world.told(customer, ASKS))
