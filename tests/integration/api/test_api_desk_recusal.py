"""Who is concerned keeps away (令2020/3 art. 17): from the conversation and from the ticket."""

from __future__ import annotations

from api_world import World, error_of

from desk.recusal.service import keep_off
from desk.tickets.models import Ticket


async def exclude(world: World, number: str, *marks: str) -> None:
    async with world.core.database.transaction() as session:
        ticket = await session.get(Ticket, number)
        assert ticket is not None
        for mark in marks:
            kind = "staff" if mark.isdigit() else "branch"
            await keep_off(session, ticket, kind=kind, value=mark, reason="supervisor", now=world.clock.now())


async def test_the_colleague_concerned_may_not_take_it(world: World) -> None:
    concerned, other, customer = await world.agent("0101"), await world.agent("0102"), await world.customer()
    number = await world.complain(customer)
    await exclude(world, number, "0101")
    version = (await concerned.view(customer.id))["version"]
    error_of(await concerned.post(f"conversations/{customer.id}/take", {"version": version}), 403)
    assert (await customer.fetch())["owner"] == "bot"
    await other.take(customer.id)
    error_of(await other.post(f"conversations/{customer.id}/transfer", {"to": "0101"}), 403)


async def test_nor_anybody_of_the_branch(world: World) -> None:
    branch, customer = await world.agent("0107", "branch", branch="城南支行"), await world.customer()
    number = await world.complain(customer)
    await exclude(world, number, "城南支行")
    version = (await branch.view(customer.id))["version"]
    error_of(await branch.post(f"conversations/{customer.id}/take", {"version": version}), 403)


async def test_nor_decide_it(world: World) -> None:
    concerned, customer = await world.agent("0101"), await world.customer()
    number = await world.complain(customer)
    await exclude(world, number, "0101")
    error_of(await concerned.decide(number), 403)
    assert (await concerned.get(f"tickets/{number}"))["state"] == "registered"
