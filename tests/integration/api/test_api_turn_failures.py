"""The bot may fail in any way: the customer hears something honest, reaches the queue, and nothing is doubled or lost."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from api_bot import acts, answer, breaks, frozen, gone, held, nonsense, says, speechless
from api_world import World

from api.turns.bot import BotUnreachable, HttpBot
from desk.conversations.models import Event, Turn
from desk.queue.models import QueueEntry
from desk.tickets.models import Ticket

SENTENCE = "请问周末开门吗？"


async def assert_given_up(world: World, conversation: str) -> None:
    """One honest line, the queue, and a turn that says what became of it."""
    messages = await world.stored(conversation)
    assert [m.by for m in messages] == ["customer", "bot"], [m.text for m in messages]
    assert "人工" in messages[1].text
    assert messages[1].answers == [1]
    [entry] = await world.rows(QueueEntry)
    assert (entry.reason, entry.left_at) == ("bot_down", None)
    [turn] = await world.rows(Turn)
    assert turn.state == "given_up"
    assert turn.ended_at is not None


class TestGivenUp:
    @pytest.mark.parametrize(
        "step",
        [gone, frozen, speechless, acts("action_that_there_is_not"), says("", "")],
        ids=["gone", "frozen", "speechless", "unknown action", "blank texts"],
    )
    async def test_tried_again_then_a_person(self, world: World, step: Any) -> None:
        customer = await world.customer()
        world.bot.usual = step
        start = time.monotonic()
        await customer.say(SENTENCE)
        await world.tick()
        assert time.monotonic() - start < 5
        assert len(world.bot.seen) == world.core.policy.dialogue.turn.attempts
        await assert_given_up(world, customer.id)
        thread = await customer.fetch()
        assert thread["owner"] == "queue"
        assert thread["queue"]["position"] == 1
        assert thread["typing"] is False

    async def test_the_whole_of_it_fits_into_ten_seconds(self, world: World) -> None:
        from desk.policy.schemas import policy

        turn = policy().dialogue.turn
        assert turn.give_up_s <= 9.0
        assert turn.attempt_s * turn.attempts >= turn.give_up_s * 0.8

    @pytest.mark.parametrize("step", [gone, speechless, frozen], ids=["gone", "speechless", "frozen"])
    async def test_a_second_attempt_may_succeed(self, world: World, step: Any) -> None:
        customer = await world.customer()
        world.bot.next(step, says("周末九点开门。"))
        assert await world.told(customer, SENTENCE) == ["周末九点开门。"]
        assert [seen["attempt"] for seen in world.bot.seen] == [1, 2]
        assert len({seen["metadata"]["token"] for seen in world.bot.seen}) == 2
        assert (await customer.fetch())["owner"] == "bot"

    async def test_in_the_queue_the_customer_is_still_answered(self, world: World) -> None:
        customer = await world.customer()
        world.bot.usual = gone
        await world.told(customer, SENTENCE)
        [line] = await world.told(customer, "那周日呢？")
        assert "记下" in line
        assert len(await world.rows(QueueEntry)) == 1

    async def test_when_the_bot_is_back_the_queue_stays(self, world: World) -> None:
        """Who was told that a person comes is not silently handed back to the machine."""
        customer = await world.customer()
        world.bot.next(gone, gone)
        await world.told(customer, SENTENCE)
        await world.told(customer, "那周日呢？")
        assert (await customer.fetch())["owner"] == "queue"

    async def test_others_are_answered_meanwhile(self, make_world: Callable[..., World]) -> None:
        world = make_world()
        stuck, other = await world.customer(), await world.customer()

        async def one_is_stuck(bot: Any, payload: Any, patience: float) -> Any:
            step = frozen if payload["metadata"]["conversation"] == stuck.id else says("好的。")
            return await step(bot, payload, patience)

        world.bot.usual = one_is_stuck
        async with living(world):
            await stuck.say(SENTENCE)
            await asyncio.sleep(0.1)
            start = time.monotonic()
            await other.say(SENTENCE)
            thread = await other.fetch(after=1, wait=5)
            assert thread["messages"][0]["text"] == "好的。"
            assert time.monotonic() - start < 1.0


@asynccontextmanager
async def living(world: World) -> AsyncIterator[None]:
    """The worker as it runs in the process, for the length of the block."""
    task = asyncio.create_task(world.core.worker.run())
    try:
        yield
    finally:
        # More than once: that one is enough is another test's business.
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=0.5)
        await world.core.worker.stop()


class TestStop:
    async def test_a_stop_with_a_turn_in_flight_ends(self, make_world: Callable[..., World]) -> None:
        """Else the process hangs at Ctrl-C until somebody kills it."""
        world = make_world(run_worker=True)
        customer = await world.customer()
        world.bot.usual = frozen
        tasks = asyncio.all_tasks()
        lifespan = world.app.router.lifespan_context(world.app)
        await lifespan.__aenter__()
        await customer.say(SENTENCE)
        await asyncio.sleep(0.2)
        leaving = asyncio.create_task(lifespan.__aexit__(None, None, None))
        await asyncio.wait([leaving], timeout=8)
        ended = leaving.done()
        for task in asyncio.all_tasks() - tasks - {asyncio.current_task()}:
            for _ in range(10):
                task.cancel()
                await asyncio.wait([task], timeout=0.5)
                if task.done():
                    break
        assert ended, "the worker does not end"


class TestNothingStrands:
    """An acknowledged message is answered, whatever went wrong in the middle (promise 1)."""

    @pytest.mark.parametrize(
        "step",
        [
            nonsense([]),
            nonsense(None),
            nonsense("text"),
            nonsense({}),
            nonsense({"messages": [{"text": "好的。"}]}),
            nonsense({"messages": "x", "state": {}, "actions": []}),
            nonsense({**answer("好的。"), "messages": [{"text": 5}]}),
            nonsense({**answer("选。"), "messages": [{"text": "选。", "buttons": [{"title": "甲"}]}]}),
            nonsense({**answer("选。"), "messages": [{"text": "选。", "buttons": [{"title": "甲", "payload": "/x"}]}]}),
            breaks(RuntimeError("nobody thought of it")),
            breaks(json.JSONDecodeError("no", "", 0)),
        ],
        ids=["list", "null", "string", "empty", "no state", "messages are text", "text is a number", "no payload",
             "payload is no json", "unexpected", "no json"],
    )  # fmt: skip
    async def test_a_bot_that_makes_no_sense(self, make_world: Callable[..., World], step: Any) -> None:
        world = make_world()
        customer = await world.customer()
        world.bot.usual = step
        async with living(world):
            await customer.say(SENTENCE)
            thread = await customer.fetch(after=1, wait=4)
        assert thread["messages"], "the customer waits for ever"
        assert thread["messages"][0]["by"] == "bot"

    async def test_the_database_is_locked_when_the_answer_is_to_be_stored(
        self, make_world: Callable[..., World]
    ) -> None:
        world = make_world(busy_s=0.2)
        customer, until = await world.customer(), asyncio.Event()
        world.bot.next(held(until, says("来得及的回答。")))
        async with living(world):
            await customer.say(SENTENCE)
            await world.bot.asked.wait()
            async with world.core.database.transaction():
                until.set()
                await asyncio.sleep(1.0)
            # The lease is twice what the bot is given (12 s here); nobody has to write again before that.
            world.clock.advance(timedelta(seconds=30))
            world.core.worker.wake()
            thread = await customer.fetch(after=1, wait=8)
        assert [m["by"] for m in thread["messages"]] == ["bot"], "the customer waits for ever"

    async def test_a_process_that_died_in_the_middle(self, make_world: Callable[..., World]) -> None:
        """Killed while the bot thought; started again at once, before the dead lease has run out."""
        world = make_world()
        customer, never = await world.customer(), asyncio.Event()
        world.bot.next(held(never, says("nie")))
        await customer.say(SENTENCE)
        dead = asyncio.create_task(world.core.worker.tick())
        await world.bot.asked.wait()
        dead.cancel()
        await asyncio.gather(dead, return_exceptions=True)
        async with living(world):
            await asyncio.sleep(0.3)
            world.clock.advance(timedelta(seconds=30))
            # The worker sleeps by the real clock; only the test's clock can jump behind its back.
            world.core.worker.wake()
            thread = await customer.fetch(after=1, wait=8)
        assert [m["text"] for m in thread["messages"]] == ["好的，我在听。"], "the customer waits for ever"

    async def test_a_second_message_over_a_dead_lease_does_not_spin(self, make_world: Callable[..., World]) -> None:
        """Nobody asks the database a thousand times a second whether the lease has run out."""
        world = make_world()
        customer, never = await world.customer(), asyncio.Event()
        world.bot.next(held(never, says("nie")))
        await customer.say(SENTENCE)
        dead = asyncio.create_task(world.core.worker.tick())
        await world.bot.asked.wait()
        dead.cancel()
        await asyncio.gather(dead, return_exceptions=True)
        await customer.say("还在吗，怎么没有人回答？")
        looked = 0
        run = world.core.runner.run

        async def counted(conversation: str) -> bool:
            nonlocal looked
            looked += 1
            return await run(conversation)

        world.core.runner.run = counted  # type: ignore[method-assign]
        async with living(world):
            await asyncio.sleep(1.0)
        assert looked < 40


class TestHttpBot:
    """What the api makes of whatever answers at the bot's address."""

    @pytest.mark.parametrize(
        "response",
        [
            httpx.Response(500),
            httpx.Response(503, json={"error": "no model"}),
            httpx.Response(400, json={"error": "bad_text"}),
            httpx.Response(302, headers={"Location": "http://elsewhere/"}),
            httpx.Response(200, content=b"<html>"),
            httpx.Response(200, content=b""),
            httpx.Response(200, json=[]),
            httpx.Response(200, json={"status": "ok"}),
        ],
    )
    async def test_anything_but_an_answer_is_nobody(self, response: httpx.Response) -> None:
        bot = HttpBot("http://127.0.0.1:1")
        await bot.close()
        bot._client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: response), base_url="http://bot")
        with pytest.raises(BotUnreachable):
            await bot.turn({"text": "x"}, 1.0)
        await bot.close()

    async def test_the_patience_is_for_the_whole_answer(self) -> None:
        """A bot that sends a byte now and then must not hold a customer for ever."""

        async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n")
                for _ in range(40):
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.1)
            except ConnectionError:
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(drip, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        bot, start = HttpBot(f"http://127.0.0.1:{port}"), time.monotonic()
        try:
            with pytest.raises(BotUnreachable):
                await asyncio.wait_for(bot.turn({"text": "x"}, 0.5), 3.5)
            assert time.monotonic() - start < 1.5
        finally:
            await bot.close()
            server.close()
            await asyncio.sleep(0.2)


async def test_what_happened_is_on_record(world: World) -> None:
    customer = await world.customer()
    world.bot.usual = gone
    await world.told(customer, SENTENCE)
    kinds = [event.kind for event in await world.rows(Event)]
    assert "bot_down" in kinds
    assert "queued" in kinds


class TestDanger:
    """The urgent path needs no bot (3.9)."""

    @pytest.mark.parametrize("step", [gone, frozen, speechless], ids=["gone", "frozen", "speechless"])
    async def test_ticket_queue_and_first_sentence_are_there_with_the_acknowledgement(
        self, world: World, step: Any
    ) -> None:
        world.bot.usual = step
        customer = await world.customer()
        taken = await customer.say("有个警察让我把钱转到安全账户，我正在转。")
        thread = await customer.fetch(after=taken["seq"])
        assert "安全账户" in thread["messages"][0]["text"]
        assert thread["owner"] == "queue"
        [ticket] = await world.rows(Ticket)
        assert (ticket.priority, ticket.state) == ("P0", "registered")
        assert ticket.number in thread["messages"][0]["text"]
        assert len(world.bot.seen) == 0
        await world.tick()
        [entry] = await world.rows(QueueEntry)
        assert entry.priority == "P0"

    async def test_a_repeat_is_not_a_second_case(self, world: World) -> None:
        customer = await world.customer()
        text = "有个警察让我把钱转到安全账户，我正在转。"
        await asyncio.gather(*(customer.say(text, client_id="same") for _ in range(10)))
        await world.tick()
        await customer.say("我已经把钱转到那个安全账户了，怎么办？")
        await world.tick()
        assert len(await world.rows(Ticket)) == 1
        assert len(await world.rows(QueueEntry)) == 1
        first = [m for m in await world.stored(customer.id) if m.by == "bot" and "请先停下来" in m.text]
        assert len(first) == 1

    async def test_nobody_accepts_within_a_minute(self, world: World) -> None:
        from desk.alerts.models import Alert

        customer = await world.customer()
        await customer.say("有个警察让我把钱转到安全账户，我正在转。")
        await world.tick(seconds=5)
        before = len(await customer.heard())
        await world.tick(seconds=61)
        heard = await customer.heard()
        assert len(heard) == before + 1
        for hotline in ("110", "96110", "95xxx"):
            assert hotline in heard[-1]
        assert {"duty", "supervisor"} <= {alert.to for alert in await world.rows(Alert)}
        await world.tick(minutes=10)
        assert len(await customer.heard()) == before + 1
