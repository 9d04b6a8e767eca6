"""Due work fires once, and one bad row holds up nobody (promise 8)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from api_world import World
from test_api_turn_failures import living

from desk.outbox.models import Outgoing
from desk.work.models import DueWork
from desk.work.service import plan_work


async def plan(world: World, kind: str, key: str, **data: object) -> None:
    async with world.core.database.transaction() as session:
        await plan_work(session, key=key, kind=kind, due_at=world.clock.now(), to="customer", data=dict(data))


async def done(world: World, key: str) -> bool:
    [row] = await world.rows(DueWork, DueWork.key == key)
    return row.done_at is not None


async def test_a_row_that_cannot_be_done_holds_up_nobody(make_world: Callable[..., World]) -> None:
    """A row of a newer release, or one whose handler fails: what falls due after it is done all the same."""
    world = make_world()
    await plan(world, "of_a_newer_release", "bad:1")
    await plan(world, "survey", "bad:2")
    world.clock.advance(timedelta(seconds=1))
    await plan(world, "promise", "good", promise=4711)
    world.clock.advance(timedelta(seconds=1))
    async with living(world):
        for _ in range(40):
            await asyncio.sleep(0.1)
            if await done(world, "good"):
                break
    assert await done(world, "good")
    assert not await done(world, "bad:1")


async def test_nor_does_it_hold_up_what_customers_are_to_hear(make_world: Callable[..., World]) -> None:
    world = make_world()
    customer = await world.customer()
    await plan(world, "of_a_newer_release", "bad:1")
    async with living(world):
        await customer.say("请问周末开门吗？")
        thread = await customer.fetch(after=1, wait=5)
        assert thread["messages"]
        for _ in range(30):
            await asyncio.sleep(0.1)
            if {row.state for row in await world.rows(Outgoing)} == {"sent"}:
                break
    assert {row.state for row in await world.rows(Outgoing)} == {"sent"}


async def test_two_workers_do_a_row_once(make_world: Callable[..., World]) -> None:
    world = make_world()
    customer = await world.customer()
    await customer.say("有个警察让我把钱转到安全账户，我正在转。")
    world.clock.advance(timedelta(seconds=70))
    await asyncio.gather(*(world.core.worker.do_one_due() for _ in range(8)))
    await world.tick()
    late = [m for m in await world.stored(customer.id) if "还没有同事接入" in m.text]
    assert len(late) == 1
