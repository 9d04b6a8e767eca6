"""The database is busy or gone: 503, nothing stored, nothing pretended (promise 10)."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from api_world import World, error_of

from desk.audit.models import AuditEntry
from desk.conversations.models import Conversation, Message


@asynccontextmanager
async def locked(world: World) -> AsyncIterator[None]:
    """Another program writes and does not end."""
    connection = sqlite3.connect(world.file, isolation_level=None, check_same_thread=False)
    # In a thread: waiting here for a worker in the middle of a write would keep that worker from ending it.
    await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world(busy_s=0.1)


async def test_a_message_is_refused_and_can_be_sent_again(world: World) -> None:
    customer = await world.customer()
    async with locked(world):
        response = await customer.post("请问周末开门吗？", client_id="a")
        error = error_of(response, 503)
        assert error["error"] == "unavailable"
        assert "没有收到" in error["detail"]
        assert int(response.headers["Retry-After"]) >= 1
    assert await world.rows(Message) == []
    taken = await customer.say("请问周末开门吗？", client_id="a")
    assert taken["duplicate"] is False
    await world.tick()
    assert len(await customer.heard()) == 1


async def test_danger_too(world: World) -> None:
    customer = await world.customer()
    async with locked(world):
        error_of(await customer.post("有个警察让我把钱转到安全账户，我正在转。"), 503)
    assert await world.rows(Message) == []


async def test_no_session_is_opened(world: World) -> None:
    client = world.client()
    async with locked(world):
        error_of(await client.post("/api/chat/sessions"), 503)
    assert await world.rows(Conversation) == []


async def test_reading_goes_on(world: World) -> None:
    customer, agent = await world.customer(), await world.agent()
    await world.told(customer, "请问周末开门吗？")
    async with locked(world):
        assert len((await customer.fetch())["messages"]) == 2
        assert (await agent.view(customer.id))["id"] == customer.id
        assert (await world.client().get("/readyz")).status_code == 200


async def test_a_look_that_cannot_be_written_down_is_written_later(world: World) -> None:
    customer, agent = await world.customer(), await world.agent()
    await world.told(customer, "请问周末开门吗？")
    async with locked(world):
        version = (await agent.view(customer.id))["version"]
    assert await world.rows(AuditEntry) == []
    await agent.take(customer.id, version)
    assert [row.verb for row in await world.rows(AuditEntry)] == ["view", "take"]


async def test_the_desk_is_told_as_well(world: World) -> None:
    customer, agent = await world.customer(), await world.agent()
    await world.told(customer, "请问周末开门吗？")
    version = (await agent.view(customer.id))["version"]
    async with locked(world):
        error_of(await agent.post(f"conversations/{customer.id}/take", {"version": version}), 503)
    assert (await customer.fetch())["owner"] == "bot"
    await agent.take(customer.id, version)
    async with locked(world):
        body = {"client_id": "a", "text": "您好。"}
        error_of(await agent.post(f"conversations/{customer.id}/messages", body), 503)
    assert not [m for m in await world.stored(customer.id) if m.by == "agent"]


async def test_many_at_once(world: World) -> None:
    """More requests than connections: the rest is refused just as plainly."""
    customers = [await world.customer() for _ in range(40)]
    async with locked(world):
        answers = await asyncio.gather(*(customer.post("请问周末开门吗？") for customer in customers))
    assert {answer.status_code for answer in answers} == {503}
    for response in answers:
        error_of(response, 503)
    assert await world.rows(Message) == []


async def test_no_connection_to_be_had(world: World) -> None:
    """All connections are taken for too long; that is our trouble too, not the caller's."""
    from desk.db import Database

    customer = await world.customer()
    small = Database(world.core.settings.database, busy_timeout_s=0.1)
    small.engine.sync_engine.pool._timeout = 0.1  # type: ignore[attr-defined]
    small.engine.sync_engine.pool._max_overflow = 0  # type: ignore[attr-defined]
    first, world.core.database = world.core.database, small
    held = [await small.engine.connect() for _ in range(5)]
    try:
        error_of(await customer.post("请问周末开门吗？"), 503)
    finally:
        for connection in held:
            await connection.close()
        await small.close()
        world.core.database = first


async def test_the_worker_survives_it(make_world: Callable[..., World]) -> None:
    world = make_world(busy_s=0.1, run_worker=True)
    customer = await world.customer()
    async with world.app.router.lifespan_context(world.app):
        await customer.say("请问周末开门吗？")
        assert (await customer.fetch(after=1, wait=5))["messages"]
        async with locked(world):
            world.core.worker.wake()
            await asyncio.sleep(1.5)
        await customer.say("那周日呢？")
        assert (await customer.fetch(after=3, wait=8))["messages"]


class TestHealth:
    async def test_alive(self, world: World) -> None:
        response = await world.client().get("/healthz")
        assert response.status_code == 200

    @pytest.mark.parametrize("bot", ["ok", "starting", "down"])
    async def test_ready_whatever_the_bot_does(self, world: World, bot: str) -> None:
        """Customers need the queue most when the bot is down."""
        world.bot.health = bot
        response = await world.client().get("/readyz")
        assert response.status_code == 200
        assert response.json() == {"database": "ok", "bot": bot}

    async def test_not_ready_without_a_database(self, world: World) -> None:
        for file in world.file.parent.glob("api.db*"):
            file.unlink()
        await world.core.database.close()
        world.file.mkdir()
        response = await world.client().get("/readyz")
        assert response.status_code == 503
        assert response.json()["database"] == "down"
        assert (await world.client().get("/healthz")).status_code == 200
        error_of(await world.client().post("/api/chat/sessions"), 503)
