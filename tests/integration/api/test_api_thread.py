"""Fetching: what was said, what can be tapped, who owns the conversation, how long the wait is."""

from __future__ import annotations

import asyncio
import time

import pytest
from api_bot import held, says
from api_world import World

from desk.conversations.service import add_message, get_conversation
from desk.queue.service import enter

BUTTONS = [
    {"title": "换位同事处理", "payload": '{"intent": "request_other_person", "args": {"accepts": "change_person"}}'},
    {"title": "先不用", "payload": '{"intent": "decline_change", "args": {"kinds": ["change_person"]}}'},
]


class TestChoices:
    async def test_a_tap_is_what_was_offered(self, world: World) -> None:
        customer = await world.customer()
        world.bot.next(says("请选择。", buttons=BUTTONS), says("好的，马上请同事来接。"))
        await world.told(customer, "这事让我很不满意。")
        [_, offer] = (await customer.fetch())["messages"]
        assert [button["title"] for button in offer["buttons"]] == ["换位同事处理", "先不用"]
        assert all(button.keys() == {"title", "choice"} for button in offer["buttons"])
        await world.told(customer, "先不用", choice=offer["buttons"][1]["choice"])
        assert world.bot.seen[-1]["metadata"]["intent"] == {"name": "decline_change"}

    async def test_what_can_be_tapped_cannot_be_guessed(self, world: World) -> None:
        choices = set()
        for _ in range(2):
            customer = await world.customer()
            world.bot.next(says("请选择。", buttons=BUTTONS))
            await world.told(customer, "这事让我很不满意。")
            choices |= {b["choice"] for b in (await customer.fetch())["messages"][1]["buttons"]}
        assert len(choices) == 4

    async def test_a_stale_tap_is_asked_again(self, world: World) -> None:
        customer = await world.customer()
        world.bot.next(says("请选择。", buttons=BUTTONS), says("再请选择。", buttons=BUTTONS))
        await world.told(customer, "这事让我很不满意。")
        old = (await customer.fetch())["messages"][1]["buttons"][0]
        await world.told(customer, "还有别的事。")
        asked = len(world.bot.seen)
        [reply] = await world.told(customer, old["title"], choice=old["choice"])
        assert "过了" in reply
        assert len(world.bot.seen) == asked
        # The question that stands can still be answered.
        new = (await customer.fetch())["messages"][3]["buttons"][1]
        await world.told(customer, new["title"], choice=new["choice"])
        assert world.bot.seen[-1]["metadata"]["intent"] == {"name": "decline_change"}

    async def test_a_choice_nobody_issued(self, world: World) -> None:
        customer = await world.customer()
        [reply] = await world.told(customer, "办理", choice="request_human")
        assert "过了" in reply
        assert world.bot.seen == []

    async def test_another_customers_choice(self, world: World) -> None:
        one, other = await world.customer(), await world.customer()
        world.bot.next(says("请选择。", buttons=BUTTONS))
        await world.told(one, "这事让我很不满意。")
        choice = (await one.fetch())["messages"][1]["buttons"][0]["choice"]
        [reply] = await world.told(other, "换位同事处理", choice=choice)
        assert "过了" in reply

    async def test_the_same_tap_twice_acts_once(self, world: World) -> None:
        customer = await world.customer()
        world.bot.next(says("请选择。", buttons=BUTTONS), says("好的。"))
        await world.told(customer, "这事让我很不满意。")
        tap = (await customer.fetch())["messages"][1]["buttons"][0]
        await customer.say(tap["title"], choice=tap["choice"], client_id="tap1")
        await customer.say(tap["title"], choice=tap["choice"], client_id="tap2")
        await world.tick()
        resolved = [payload["metadata"]["intent"] for payload in world.bot.seen]
        assert resolved.count({"name": "request_other_person"}) == 1


class TestLongPoll:
    async def test_returns_when_something_was_said(self, world: World) -> None:
        customer = await world.customer()
        await customer.say("请问周末开门吗？")
        start = time.monotonic()
        waiting = asyncio.create_task(customer.fetch(after=1, wait=20))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        await world.tick()
        thread = await asyncio.wait_for(waiting, 5)
        assert [m["by"] for m in thread["messages"]] == ["bot"]
        assert time.monotonic() - start < 5

    async def test_returns_empty_when_nothing_was(self, world: World) -> None:
        customer = await world.customer()
        start = time.monotonic()
        thread = await customer.fetch(wait=0.5)
        assert thread["messages"] == []
        assert 0.4 <= time.monotonic() - start < 3

    async def test_returns_at_once_when_the_owner_changed_between_two_polls(self, world: World) -> None:
        customer = await world.customer()
        version = (await customer.fetch())["version"]
        start = time.monotonic()
        response = await customer.client.get(
            "/api/chat/messages", params={"after": 0, "wait": 20, "seen": version - 1}, headers=customer.headers
        )
        assert (response.json()["messages"], response.json()["version"]) == ([], version)
        assert time.monotonic() - start < 5

    async def test_returns_at_once_when_there_is_something(self, world: World) -> None:
        customer = await world.customer()
        await customer.say("请问周末开门吗？")
        assert len((await asyncio.wait_for(customer.fetch(wait=20), 3))["messages"]) == 1

    async def test_two_windows_of_one_customer_both_learn_of_it(self, world: World) -> None:
        customer = await world.customer()
        await customer.say("请问周末开门吗？")
        windows = [asyncio.create_task(customer.fetch(after=1, wait=20)) for _ in range(3)]
        await asyncio.sleep(0.3)
        await world.tick()
        threads = await asyncio.wait_for(asyncio.gather(*windows), 5)
        assert [len(thread["messages"]) for thread in threads] == [1, 1, 1]

    async def test_what_another_process_stored_is_found_too(self, world: World) -> None:
        """Hints do not cross processes without Redis; the record does."""
        customer = await world.customer()
        waiting = asyncio.create_task(customer.fetch(wait=20))
        await asyncio.sleep(0.3)
        async with world.core.database.transaction() as session:
            conversation = await get_conversation(session, customer.id, lock=True)
            await add_message(session, conversation, by="system", text="别处来的", now=world.clock.now())
        thread = await asyncio.wait_for(waiting, 5)
        assert thread["messages"][0]["text"] == "别处来的"

    async def test_returns_when_the_owner_changes(self, world: World) -> None:
        """Else a customer without a socket sees the former colleague's number for half a minute."""
        agent, customer = await world.agent(), await world.customer()
        await world.told(customer, "请问周末开门吗？")
        await agent.take(customer.id)
        last = (await customer.fetch())["last_seq"]
        waiting = asyncio.create_task(customer.fetch(after=last, wait=20))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        await agent.did(f"conversations/{customer.id}/transfer", {"to": "supervisor"})
        thread = await asyncio.wait_for(waiting, 5)
        assert (thread["owner"], thread["agent"], thread["messages"]) == ("queue", None, [])

    async def test_returns_when_we_stop(self, world: World) -> None:
        customer = await world.customer()
        waiting = asyncio.create_task(customer.fetch(wait=20))
        await asyncio.sleep(0.3)
        world.core.close()
        thread = await asyncio.wait_for(waiting, 5)
        assert thread["messages"] == []

    async def test_it_is_not_kept_by_caches(self, world: World) -> None:
        customer = await world.customer()
        response = await customer.client.get("/api/chat/messages", headers=customer.headers)
        assert response.headers["Cache-Control"] == "no-store"


class TestState:
    async def test_typing_while_an_answer_is_due(self, world: World) -> None:
        customer, until = await world.customer(), asyncio.Event()
        assert (await customer.fetch())["typing"] is False
        world.bot.next(held(until, says("好的。")))
        await customer.say("请问周末开门吗？")
        assert (await customer.fetch())["typing"] is True
        running = asyncio.create_task(world.core.worker.tick())
        await world.bot.asked.wait()
        assert (await customer.fetch())["typing"] is True
        until.set()
        await running
        assert (await customer.fetch())["typing"] is False

    async def test_the_bot_owns_a_new_conversation(self, world: World) -> None:
        thread = await (await world.customer()).fetch()
        assert thread.items() >= {"messages": [], "owner": "bot", "queue": None, "typing": False, "last_seq": 0}.items()

    async def test_the_place_in_the_queue(self, world: World) -> None:
        await world.agent()
        first, second = await world.customer(), await world.customer()
        for customer in (first, second):
            await queued(world, customer.id, "P1")
        one, two = (await first.fetch()), (await second.fetch())
        assert (one["owner"], one["queue"]["position"]) == ("queue", 1)
        assert (two["owner"], two["queue"]["position"]) == ("queue", 2)
        assert one["queue"]["eta_s"] == 120
        assert two["queue"]["eta_s"] == 240

    async def test_no_minutes_are_promised_when_nobody_is_there(self, world: World) -> None:
        customer = await world.customer()
        await queued(world, customer.id, "P1")
        assert (await customer.fetch())["queue"] == {"position": 1, "eta_s": None}

    async def test_the_urgent_go_first(self, world: World) -> None:
        await world.agent()
        calm, urgent = await world.customer(), await world.customer()
        await queued(world, calm.id, "P2")
        await queued(world, urgent.id, "P1")
        assert (await urgent.fetch())["queue"]["position"] == 1
        assert (await calm.fetch())["queue"]["position"] == 2

    @pytest.mark.parametrize("after", [0, 1, 2])
    async def test_last_seq_is_the_conversations(self, world: World, after: int) -> None:
        customer = await world.customer()
        await world.told(customer, "请问周末开门吗？")
        assert (await customer.fetch(after=after))["last_seq"] == 2

    async def test_a_client_that_is_ahead_is_told_the_truth(self, world: World) -> None:
        """Another browser's memory, or a database put back: `last_seq` is what is there, not what was asked."""
        customer = await world.customer()
        await world.told(customer, "请问周末开门吗？")
        thread = await customer.fetch(after=999)
        assert thread["messages"] == []
        assert thread["last_seq"] == 2

    async def test_hundreds_of_messages_come_in_pieces(self, world: World) -> None:
        customer = await world.customer()
        async with world.core.database.transaction() as session:
            conversation = await get_conversation(session, customer.id, lock=True)
            for n in range(450):
                await add_message(session, conversation, by="system", text=f"第{n}条", now=world.clock.now())
        seen: list[int] = []
        while True:
            thread = await customer.fetch(after=seen[-1] if seen else 0)
            if not thread["messages"]:
                break
            seen += [message["seq"] for message in thread["messages"]]
        assert seen == list(range(1, 451))


async def queued(world: World, conversation_id: str, priority: str) -> None:
    """Into the queue, whatever for."""
    async with world.core.database.transaction() as session:
        conversation = await get_conversation(session, conversation_id, lock=True)
        await enter(
            session,
            conversation,
            reason="request_human",
            priority=priority,
            skill="agent",
            policy=world.core.policy,
            now=world.clock.now(),
        )
