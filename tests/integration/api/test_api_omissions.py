"""Nobody's complaint is overlooked: found the next morning, and closed only by somebody who signs (SD074)."""

from __future__ import annotations

from datetime import timedelta

from api_bot import says
from api_world import World, error_of
from sqlalchemy import select

from api.turns.due_daily import plan_looks
from desk.alerts.models import Alert
from desk.omissions.models import OmissionCheck
from desk.tickets.models import Ticket

MINDED = "你们柜员态度太差了，爱理不理的，我很生气"


async def overlooked(world: World, text: str = MINDED) -> str:
    """A bot that only chats, a customer who minds, and a night."""
    customer = await world.customer()
    world.bot.next(says("好的。"))
    await world.told(customer, text)
    async with world.core.database.transaction() as session:
        await plan_looks(session, world.core.policy, world.clock.now())
    await world.tick(days=1)
    return customer.id


async def test_found_in_the_morning_and_registered_from_its_words(world: World) -> None:
    conversation = await overlooked(world)
    boss = await world.agent("0213", "supervisor")
    page = await boss.get("omissions")
    assert [row["conversation_id"] for row in page["items"]] == [conversation]
    assert [alert.to for alert in await world.rows(Alert)] == ["supervisor"]
    done = await boss.did(f"omissions/{page['items'][0]['id']}/judge", {"verdict": "registered"})
    ticket = (await world.rows(Ticket))[0]
    assert (done["ticket"], ticket.state) == (ticket.number, "registered")
    said = (await world.stored(conversation))[0]
    assert ticket.received_at == said.at
    assert (await boss.get("omissions"))["items"] == []
    error_of(await boss.post(f"omissions/{page['items'][0]['id']}/judge", {"verdict": "registered"}), 409)


async def test_none_is_a_signed_decision(world: World) -> None:
    await overlooked(world)
    boss = await world.agent("0213", "supervisor")
    check = (await boss.get("omissions"))["items"][0]["id"]
    error_of(await boss.post(f"omissions/{check}/judge", {"verdict": "not_a_complaint"}), 422)
    done = await boss.did(f"omissions/{check}/judge", {"verdict": "not_a_complaint", "reason": "客户是在夸另一家"})
    assert (done["state"], done["by"]) == ("not_a_complaint", "0213")
    assert await world.rows(Ticket) == []
    agent = await world.agent("0101")
    error_of(await agent.client.get("/api/desk/omissions"), 403)
    error_of(await boss.post("omissions/999/judge", {"verdict": "registered"}), 404)


async def test_what_has_a_ticket_or_is_no_complaint_is_not_found(world: World) -> None:
    await world.complain(await world.customer(), MINDED)
    await overlooked(world, "周末开门吗？")
    assert await world.rows(OmissionCheck) == []


async def test_found_once(world: World) -> None:
    await overlooked(world)
    await world.tick(days=1)
    async with world.core.database.snapshot() as session:
        assert len(list(await session.scalars(select(OmissionCheck)))) == 1


async def test_a_look_that_was_missed_while_nobody_ran_is_taken_late(world: World) -> None:
    """A start after the hour used to put it off to the next morning, every morning."""
    customer = await world.customer()
    world.bot.next(says("好的。"))
    await world.told(customer, MINDED)
    async with world.core.database.transaction() as session:
        await plan_looks(session, world.core.policy, world.clock.now())
    world.clock.advance(timedelta(days=1))
    async with world.core.database.transaction() as session:
        await plan_looks(session, world.core.policy, world.clock.now())
    await world.tick()
    assert len(await world.rows(OmissionCheck)) == 1
