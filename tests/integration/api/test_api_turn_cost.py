"""What a turn costs in transactions, statements and errands to the database's thread; counted, because a clock would lie."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from api_bot import Answer, Payload, ScriptedBot, answer, held, says
from api_world import Customer, World
from sqlalchemy import event, make_url

from desk import sqlite

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
# What is counted here, write locks and errands to a thread, is SQLite's.
STATEMENTS = 26
"""From a customer's message to his reply, without BEGIN and COMMIT: 24 when this was written."""


class Log(list[str]):
    """The statements that were executed, in order."""

    @property
    def writers(self) -> int:
        return self.count("BEGIN IMMEDIATE")


@contextmanager
def statements(world: World) -> Iterator[Log]:
    """Everything that goes to the database while the block runs."""
    log, engine = Log(), world.core.database.engine.sync_engine

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        log.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield log
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def greeted(world: World) -> Customer:
    """A customer who has been answered once, so that nothing is done for the first time."""
    customer = await world.customer()
    await world.told(customer, "你好，请问有人吗？")
    return customer


async def test_a_turn_is_three_writing_transactions(world: World) -> None:
    customer = await greeted(world)
    with statements(world) as log:
        taken = await customer.say("请问周末开门吗？")
        assert log.writers == 1  # the message
        assert await world.core.runner.run(customer.id)
        assert log.writers == 3  # the lease, and the replies with state and promises
        assert await customer.heard(taken["seq"]) == ["好的，我在听。"]
    assert log.writers == 3
    asked = [statement for statement in log if not statement.startswith("BEGIN")]
    assert len(asked) <= STATEMENTS, "\n".join(asked)


async def test_the_conversation_is_written_once_a_transaction(world: World) -> None:
    customer = await greeted(world)
    with statements(world) as log:
        await customer.say("请问周末开门吗？")
        assert sum(statement.startswith("UPDATE conversations") for statement in log) == 1
        log.clear()
        await world.core.runner.run(customer.id)
        assert sum(statement.startswith("UPDATE conversations") for statement in log) == 2


async def test_the_lease_is_committed_and_nothing_is_open_while_the_bot_is_asked(world: World) -> None:
    customer = await greeted(world)
    seen: list[Any] = []

    async def looks(_bot: ScriptedBot, _payload: Payload, _patience: float) -> Answer:
        with sqlite3.connect(str(make_url(world.core.database.url).database), timeout=0) as other:
            # Raises when anybody holds the write lock.
            other.execute("BEGIN IMMEDIATE")
            seen.extend(other.execute("SELECT from_seq, to_seq FROM turns WHERE state = 'running'").fetchall())
            seen.extend(other.execute("SELECT max(seq) FROM messages WHERE \"by\" = 'customer'").fetchone())
            other.rollback()
        return answer("周末照常开门。")

    world.bot.next(looks)
    await world.told(customer, "请问周末开门吗？")
    assert seen == [(3, 3), 3]


async def test_a_finished_sentence_is_answered_without_looking_who_else_waits(
    make_world: Callable[..., World], until: asyncio.Event
) -> None:
    world = make_world(run_worker=True)
    async with world.app.router.lifespan_context(world.app):
        await asyncio.sleep(0.1)
        customer = await world.customer()
        world.bot.next(held(until, says("您好，我在听。")))
        with statements(world) as log:
            taken = await customer.say("你好，请问有人吗？")
            await asyncio.wait_for(world.bot.asked.wait(), 5)
            assert not [statement for statement in log if "answer_at <=" in statement or "min(" in statement]
            until.set()
            assert (await customer.fetch(taken["seq"], wait=5))["messages"][0]["text"] == "您好，我在听。"


async def test_what_came_while_the_bot_was_asked_is_answered_next(
    make_world: Callable[..., World], until: asyncio.Event
) -> None:
    """The worker is told of it when a turn is under way, and must not forget."""
    world = make_world(run_worker=True)
    async with world.app.router.lifespan_context(world.app):
        await asyncio.sleep(0.1)
        customer = await world.customer()
        world.bot.next(held(until, says("一。")), says("二。"))
        await customer.say("你好，请问有人吗？")
        await asyncio.wait_for(world.bot.asked.wait(), 5)
        taken = await customer.say("请问周末开门吗？")
        until.set()
        heard: list[str] = []
        while len(heard) < 2:
            heard = await customer.heard()
            await asyncio.wait_for(customer.fetch(taken["seq"], wait=0.2), 5)
        assert heard == ["一。", "二。"]
        assert len(world.bot.seen) == 2


async def test_a_statement_is_one_errand(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each errand wakes two threads that share one lock; aiosqlite's own cursor takes four for a query."""
    customer = await greeted(world)
    errands = 0
    errand = sqlite.Connection._execute

    def counted(self: sqlite.Connection, *arguments: Any) -> Awaitable[Any]:
        nonlocal errands
        errands += 1
        return errand(self, *arguments)

    monkeypatch.setattr(sqlite.Connection, "_execute", counted)
    with statements(world) as log:
        await customer.say("请问周末开门吗？")
        await world.core.runner.run(customer.id)
    transactions = sum(statement.startswith("BEGIN") for statement in log)
    # One for the commit, and one when the pool makes sure that nothing is left open.
    assert len(log) < errands <= len(log) + 2 * transactions


@pytest.fixture
def until() -> asyncio.Event:
    return asyncio.Event()
