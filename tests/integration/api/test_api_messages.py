"""Saying something: stored once, in order, answered once (architecture.md 3, promises 1 and 2)."""

from __future__ import annotations

import asyncio
import random

import pytest
from api_bot import held, says
from api_world import Customer, World, error_of

from desk.conversations.receive import still_typing


async def test_a_message_is_stored_before_it_is_acknowledged(world: World) -> None:
    customer = await world.customer()
    taken = await customer.say("你好，请问几点开门", client_id="first")
    assert taken == {"seq": 1, "message_id": taken["message_id"], "duplicate": False}
    [message] = await world.stored(customer.id)
    assert (message.id, message.seq, message.text, message.by) == (
        taken["message_id"],
        1,
        "你好，请问几点开门",
        "customer",
    )


async def test_it_is_answered(world: World) -> None:
    customer = await world.customer()
    world.bot.next(says("您好。", "请问有什么可以帮您？"))
    await world.told(customer, "你好，请问几点开门")
    thread = await customer.fetch()
    assert [(m["seq"], m["by"]) for m in thread["messages"]] == [(1, "customer"), (2, "bot"), (3, "bot")]
    assert thread["last_seq"] == 3
    assert all(m.keys() >= {"seq", "id", "by", "text", "buttons", "at"} for m in thread["messages"])
    assert [m["seq"] for m in (await customer.fetch(after=2))["messages"]] == [3]


async def test_a_repeat_is_the_same_message(world: World) -> None:
    customer = await world.customer()
    first = await customer.say("你好，请问几点开门", client_id="same")
    await world.tick()
    again = await customer.say("你好，请问几点开门", client_id="same")
    assert again == {**first, "duplicate": True}
    other_words = await customer.say("完全不同的话", client_id="same")
    assert other_words == {**first, "duplicate": True}
    await world.tick()
    assert len(world.bot.seen) == 1
    assert [m.by for m in await world.stored(customer.id)] == ["customer", "bot"]


async def test_the_same_id_of_another_customer_is_another_message(world: World) -> None:
    one, other = await world.customer(), await world.customer()
    assert not (await one.say("你好", client_id="same"))["duplicate"]
    assert not (await other.say("你好", client_id="same"))["duplicate"]


async def test_twenty_at_once_with_the_same_id(world: World) -> None:
    customer = await world.customer()
    taken = await asyncio.gather(*(customer.say("你好，请问几点开门", client_id="same") for _ in range(20)))
    assert {(one["seq"], one["message_id"]) for one in taken} == {(1, taken[0]["message_id"])}
    assert sum(not one["duplicate"] for one in taken) == 1
    await world.tick()
    assert [m.by for m in await world.stored(customer.id)] == ["customer", "bot"]


async def test_twenty_different_at_once(world: World) -> None:
    customer = await world.customer()
    taken = await asyncio.gather(*(customer.say(f"第{n}句话说完了。", client_id=f"n{n}") for n in range(20)))
    assert sorted(one["seq"] for one in taken) == list(range(1, 21))
    await world.tick()
    answered = [seq for m in await world.stored(customer.id) if m.by == "bot" for seq in m.answers]
    assert sorted(answered) == list(range(1, 21))


async def test_sent_up_to_five_times_shuffled_and_concurrent(world: World) -> None:
    dice = random.Random(7)
    customer = await world.customer()
    sendings = [f"m{n}" for n in range(12) for _ in range(dice.randint(1, 5))]
    dice.shuffle(sendings)
    taken = await asyncio.gather(*(customer.say(f"说的是{name}这件事。", client_id=name) for name in sendings))
    await world.tick()
    seqs: dict[str, set[int]] = {}
    for name, one in zip(sendings, taken, strict=True):
        seqs.setdefault(name, set()).add(one["seq"])
    assert all(len(found) == 1 for found in seqs.values())
    mine = [m for m in await world.stored(customer.id) if m.by == "customer"]
    assert len(mine) == 12
    assert [m.seq for m in await world.stored(customer.id)] == list(range(1, len(await world.stored(customer.id)) + 1))


async def test_a_late_repeat_changes_nothing(world: World) -> None:
    customer = await world.customer()
    await customer.say("第一件事，请问几点开门。", client_id="1")
    await world.tick()
    await customer.say("第二件事，请问几点关门。", client_id="2")
    await world.tick(minutes=30)
    before = await customer.fetch()
    assert (await customer.say("第一件事，请问几点开门。", client_id="1"))["seq"] == 1
    await world.tick()
    assert await customer.fetch() == before


async def test_fragments_are_joined_and_a_finished_sentence_is_answered_at_once(world: World) -> None:
    customer = await world.customer()
    await customer.say("在")
    await world.tick()
    assert world.bot.seen == []
    await customer.say("想问下")
    await world.tick(seconds=2)
    assert world.bot.seen == []
    await customer.say("你们周末开门吗？")
    await world.tick()
    assert len(world.bot.seen) == 1
    [reply] = [m for m in await world.stored(customer.id) if m.by == "bot"]
    assert reply.answers == [1, 2, 3]


async def test_a_burst_is_not_waited_for_for_ever(world: World) -> None:
    customer = await world.customer()
    for _ in range(6):
        await customer.say("然后")
        await world.tick(seconds=2.9)
    assert len(world.bot.seen) == 1


class TestTyping:
    """The widget tells every two seconds that the customer is typing."""

    async def types(self, world: World, customer: Customer) -> None:
        await still_typing(world.core.database, world.core.policy, customer.id, world.clock.now())

    async def test_who_is_still_typing_is_waited_for_but_not_for_ever(self, world: World) -> None:
        customer = await world.customer()
        await customer.say("想问下")
        for _ in range(6):
            await world.tick(seconds=2)
            await self.types(world, customer)
            assert world.bot.seen == []
        await world.tick(seconds=3.1)
        assert len(world.bot.seen) == 1

    async def test_a_finished_sentence_is_answered_all_the_same(self, world: World) -> None:
        customer = await world.customer()
        await customer.say("你们周末开门吗？")
        await self.types(world, customer)
        await world.tick()
        assert len(world.bot.seen) == 1
        await self.types(world, customer)
        await world.tick(seconds=20)
        assert len(world.bot.seen) == 1


async def test_what_comes_while_the_bot_thinks_is_the_next_turn(world: World) -> None:
    customer, until = await world.customer(), asyncio.Event()
    world.bot.next(held(until, says("这是第一个回答。")), says("这是第二个回答。"))
    await customer.say("第一个问题是几点开门？")
    running = asyncio.create_task(world.core.worker.tick())
    await world.bot.asked.wait()
    await customer.say("第二个问题是几点关门？")
    until.set()
    await running
    replies = [(m.text, m.answers) for m in await world.stored(customer.id) if m.by == "bot"]
    assert replies == [("这是第一个回答。", [1]), ("这是第二个回答。", [2])]


@pytest.mark.parametrize("client_id", ["", "a" * 65, "空格 不行", "a b", "../x", "a\n", 7, None])
async def test_an_id_that_cannot_be_one(world: World, client_id: object) -> None:
    customer = await world.customer()
    body = {"client_id": client_id, "text": "你好"}
    error_of(await customer.client.post("/api/chat/messages", json=body, headers=customer.headers), 422)
    assert await world.stored(customer.id) == []
