"""Exactly one owner (promise 4): taking, writing, returning, transferring, and the bot's silence."""

from __future__ import annotations

import asyncio

import pytest
from api_bot import acts, held, says
from api_world import NUMBER, World, error_of

from desk.alerts.models import Alert
from desk.conversations.models import Turn
from desk.promises.models import Promise
from desk.queue.models import QueueEntry


class TestTake:
    async def test_taking(self, world: World) -> None:
        agent, customer = await world.agent(), await world.customer()
        await world.told(customer, "请问周末开门吗？")
        version = (await agent.view(customer.id))["version"]
        row = await agent.take(customer.id, version)
        assert row["owner"] == {"kind": "agent", "work_no": "0101", "role": "agent"}
        assert row["version"] > version
        thread = await customer.fetch()
        assert thread["owner"] == "agent"
        last = thread["messages"][-1]
        assert last["by"] == "system"
        assert "0101" in last["text"]

    async def test_the_slower_one_learns_who_was_faster(self, world: World) -> None:
        first, second, customer = await world.agent("0101"), await world.agent("0102"), await world.customer()
        await world.told(customer, "请问周末开门吗？")
        version = (await first.view(customer.id))["version"]
        await first.take(customer.id, version)
        body = error_of(await second.post(f"conversations/{customer.id}/take", {"version": version}), 409)
        assert body["error"] == "conflict"
        assert body["owner"]["work_no"] == "0101"
        # Knowing the present version does not help either: somebody has it.
        now = (await second.view(customer.id))["version"]
        body = error_of(await second.post(f"conversations/{customer.id}/take", {"version": now}), 409)
        assert body["owner"] == {"kind": "agent", "work_no": "0101", "role": "agent"}

    @pytest.mark.parametrize("version", [0, -1, 2, 10**30])
    async def test_a_version_that_is_not_the_present_one(self, world: World, version: int) -> None:
        agent, customer = await world.agent(), await world.customer()
        await world.told(customer, "请问周末开门吗？")
        body = error_of(await agent.post(f"conversations/{customer.id}/take", {"version": version}), 409)
        assert body["owner"]["kind"] == "bot"
        assert (await customer.fetch())["owner"] == "bot"

    @pytest.mark.parametrize("body", [None, {}, {"version": "x"}, {"version": None}])
    async def test_without_a_version(self, world: World, body: dict[str, object] | None) -> None:
        agent, customer = await world.agent(), await world.customer()
        error_of(await agent.post(f"conversations/{customer.id}/take", body), 422)

    async def test_fifty_at_once(self, world: World) -> None:
        agents = [await world.agent(f"{n:04d}") for n in range(1, 11)]
        customer, until = await world.customer(), asyncio.Event()
        world.bot.next(held(until, says("机器人来不及说的话。")))
        await customer.say("请问周末开门吗？")
        turn = asyncio.create_task(world.core.worker.tick())
        await world.bot.asked.wait()
        version = (await agents[0].view(customer.id))["version"]

        async def try_it(n: int) -> int:
            if n == 20:
                until.set()
            response = await agents[n % 10].post(f"conversations/{customer.id}/take", {"version": version})
            if response.status_code == 409:
                assert error_of(response, 409)["owner"]["kind"] == "agent"
            return response.status_code

        statuses = await asyncio.gather(*(try_it(n) for n in range(50)))
        await turn
        await world.tick()
        assert sorted(set(statuses)) == [200, 409]
        assert statuses.count(200) == 1
        messages = await world.stored(customer.id)
        taken = next(m.seq for m in messages if m.by == "system")
        assert not [m.text for m in messages if m.by == "bot" and m.seq > taken]
        assert len([m for m in messages if m.by == "system"]) == 1

    async def test_many_takeovers_race_many_turns(self, world: World) -> None:
        """Whoever wins each race: a turn is said whole before the take-over, or not at all."""
        agent = await world.agent()
        customers = [await world.customer() for _ in range(12)]

        async def slow(bot, payload, patience):  # type: ignore[no-untyped-def]
            await asyncio.sleep(0.02 * (len(world.bot.seen) % 5))
            return await says("回答。")(bot, payload, patience)

        world.bot.usual = slow
        for customer in customers:
            await customer.say("请问周末开门吗？")
        version = (await agent.view(customers[0].id))["version"]
        await asyncio.gather(
            world.core.worker.tick(),
            *(agent.post(f"conversations/{customer.id}/take", {"version": version}) for customer in customers),
        )
        await world.tick()
        for customer in customers:
            messages = await world.stored(customer.id)
            taken = next(m.seq for m in messages if m.by == "system")
            assert not [m for m in messages if m.by == "bot" and m.seq > taken]


class TestTurnInFlight:
    async def test_the_answer_is_dropped_and_what_it_promised_is_void(self, world: World) -> None:
        agent, customer, until = await world.agent(), await world.customer(), asyncio.Event()
        world.bot.next(acts("action_thank_and_apologise", intent="complain_service_attitude"))
        await world.told(customer, "城南支行三号窗口的柜员对我爱理不理，等了四十分钟")

        async def wait(bot, _payload, _patience):  # type: ignore[no-untyped-def]
            bot.asked.set()
            await until.wait()

        world.bot.next(acts("action_register", intent="affirm", then=wait))
        await customer.say("对，就这样登记")
        turn = asyncio.create_task(world.core.worker.tick())
        await world.bot.asked.wait()
        await agent.take(customer.id)
        until.set()
        await turn
        messages = await world.stored(customer.id)
        assert [m.by for m in messages] == ["customer", "bot", "customer", "system"]
        assert not NUMBER.search(messages[-1].text)
        # The ticket stays, and the colleague is told that the customer does not know of it.
        view = await agent.view(customer.id)
        [ticket] = view["tickets"]
        assert ticket["state"] in ("registered", "assigned", "investigating")
        assert view["handoff"]["customer_not_told"] is True
        assert view["handoff"]["not_told"]
        assert {promise.state for promise in await world.rows(Promise)} == {"voided"}
        [dropped] = await world.rows(Turn, Turn.state == "dropped")
        assert dropped.why == "owner changed"

    async def test_nothing_is_asked_again_after_the_agent_left(self, world: World) -> None:
        agent, customer, until = await world.agent(), await world.customer(), asyncio.Event()
        world.bot.next(held(until, says("来不及说的话。")))
        await customer.say("请问周末开门吗？")
        turn = asyncio.create_task(world.core.worker.tick())
        await world.bot.asked.wait()
        await agent.take(customer.id)
        await agent.did(f"conversations/{customer.id}/return")
        until.set()
        await turn
        await world.tick()
        assert "来不及说的话。" not in await customer.heard()


class TestSilence:
    async def test_the_bot_says_nothing_while_an_agent_is_there(self, world: World) -> None:
        agent, customer = await world.agent(), await world.customer()
        await world.told(customer, "请问周末开门吗？")
        await agent.take(customer.id)
        asked = len(world.bot.seen)
        for text in ("在吗", "那周日呢？", "我要投诉", "转人工"):
            await customer.say(text)
            await world.tick(seconds=10)
        assert len(world.bot.seen) == asked
        assert [m.by for m in await world.stored(customer.id)][-4:] == ["customer"] * 4
        assert (await customer.fetch())["typing"] is False

    async def test_danger_reaches_the_agent_and_not_the_customer(self, world: World) -> None:
        agent, customer = await world.agent(), await world.customer()
        await world.told(customer, "请问周末开门吗？")
        await agent.take(customer.id)
        heard = await world.told(customer, "有个警察让我把钱转到安全账户，我正在转。")
        assert heard == []
        view = await agent.view(customer.id)
        assert [ticket["type"] for ticket in view["tickets"]] == ["TS"]
        assert (await customer.fetch())["owner"] == "agent"
        told = {alert.to for alert in await world.rows(Alert)}
        assert "supervisor" in told
        assert told & {"owner", "0101"}, "the colleague who talks with the customer"


class TestWriting:
    async def test_the_customer_sees_who_writes(self, world: World) -> None:
        agent, customer = await world.agent(), await world.customer()
        await world.told(customer, "请问周末开门吗？")
        await agent.take(customer.id)
        written = await agent.did(
            f"conversations/{customer.id}/messages", {"client_id": "a1", "text": "您好，周末开门。"}
        )
        assert written.keys() >= {"seq", "message_id", "duplicate", "warnings"}
        last = (await customer.fetch())["messages"][-1]
        assert (last["by"], last["text"]) == ("agent", "您好，周末开门。")
        assert last["agent"]["work_no"] == "0101"
        assert last["agent"]["role"] == "客服专员"
        assert "示例" not in str(last)

    async def test_a_repeat_is_the_same_message(self, world: World) -> None:
        agent, customer = await world.agent(), await world.customer()
        await customer.say("请问周末开门吗？")
        await agent.take(customer.id)
        path, body = f"conversations/{customer.id}/messages", {"client_id": "a1", "text": "您好。"}
        first = await agent.did(path, body)
        again = await asyncio.gather(*(agent.did(path, body) for _ in range(10)))
        assert all(one["seq"] == first["seq"] and one["duplicate"] for one in again)
        assert len([m for m in await world.stored(customer.id) if m.by == "agent"]) == 1

    async def test_only_the_owner_writes(self, world: World) -> None:
        agent, other, customer = await world.agent("0101"), await world.agent("0102"), await world.customer()
        await customer.say("请问周末开门吗？")
        path, body = f"conversations/{customer.id}/messages", {"client_id": "a1", "text": "您好。"}
        assert error_of(await agent.post(path, body), 409)["owner"]["kind"] == "bot"
        await agent.take(customer.id)
        assert error_of(await other.post(path, body), 409)["owner"]["work_no"] == "0101"
        assert not [m for m in await world.stored(customer.id) if m.by == "agent"]

    @pytest.mark.parametrize("text", ["", " ", "\n\n", "\x00", "\u200b"])
    async def test_nothing_to_send(self, world: World, text: str) -> None:
        agent, customer = await world.agent(), await world.customer()
        await customer.say("请问周末开门吗？")
        await agent.take(customer.id)
        path = f"conversations/{customer.id}/messages"
        error_of(await agent.post(path, {"client_id": "a", "text": text}), 422)

    async def test_phrases_that_hurt_are_pointed_out(self, world: World) -> None:
        agent, customer = await world.agent(), await world.customer()
        await customer.say("请问周末开门吗？")
        await agent.take(customer.id)
        path = f"conversations/{customer.id}/messages"
        written = await agent.did(path, {"client_id": "a", "text": "这不归我们管，您自己看着办。"})
        assert written["warnings"]


class TestReturn:
    async def test_the_bot_goes_on_and_says_so(self, world: World) -> None:
        agent, customer = await world.agent(), await world.customer()
        await world.told(customer, "请问周末开门吗？")
        await agent.take(customer.id)
        row = await agent.did(f"conversations/{customer.id}/return", {"version": None})
        assert row["owner"]["kind"] == "bot"
        [*_, last] = await customer.heard()
        assert "智能客服" in last
        [reply] = await world.told(customer, "那周日呢？")
        assert reply == "好的，我在听。"

    async def test_what_was_said_to_the_agent_is_not_answered_again(self, world: World) -> None:
        agent, customer = await world.agent(), await world.customer()
        await world.told(customer, "请问周末开门吗？")
        await agent.take(customer.id)
        await world.told(customer, "这句是对专员说的。")
        await agent.did(f"conversations/{customer.id}/return")
        await world.tick(minutes=5)
        assert not any("这句是对专员说的" in text for text in world.bot.texts)

    async def test_only_the_owner_returns(self, world: World) -> None:
        agent, other, customer = await world.agent("0101"), await world.agent("0102"), await world.customer()
        await customer.say("请问周末开门吗？")
        error_of(await agent.post(f"conversations/{customer.id}/return"), 409)
        await agent.take(customer.id)
        error_of(await other.post(f"conversations/{customer.id}/return"), 409)
        error_of(await agent.post(f"conversations/{customer.id}/return", {"version": 1}), 409)
        assert (await customer.fetch())["owner"] == "agent"

    async def test_twice(self, world: World) -> None:
        agent, customer = await world.agent(), await world.customer()
        await customer.say("请问周末开门吗？")
        await agent.take(customer.id)
        await agent.did(f"conversations/{customer.id}/return")
        error_of(await agent.post(f"conversations/{customer.id}/return"), 409)


class TestTransfer:
    async def test_a_transfer_must_be_accepted(self, world: World) -> None:
        agent, other, customer = await world.agent("0101"), await world.agent("0102"), await world.customer()
        await world.told(customer, "请问周末开门吗？")
        await agent.take(customer.id)
        version = (await agent.view(customer.id))["version"]
        row = await agent.did(
            f"conversations/{customer.id}/transfer", {"version": version, "to": "0102", "note": "请查流水"}
        )
        assert row["owner"]["kind"] == "queue"
        thread = await customer.fetch()
        assert thread["owner"] == "queue"
        # Nobody speaks for the customer's new colleague before he is there; the first one may not any more.
        body = {"client_id": "x", "text": "我还在吗"}
        error_of(await agent.post(f"conversations/{customer.id}/messages", body), 409)
        error_of(await other.post(f"conversations/{customer.id}/messages", body), 409)
        packet = (await other.view(customer.id))["handoff"]
        assert (packet["note"], packet["from"], packet["to"]) == ("请查流水", "0101", "0102")
        await other.take(customer.id)
        assert (await customer.fetch())["owner"] == "agent"
        entries = await world.rows(QueueEntry)
        assert [entry.accepted_by for entry in entries] == ["0102"]

    async def test_to_a_role(self, world: World) -> None:
        agent, chief, customer = (
            await world.agent("0101"),
            await world.agent("0213", "supervisor"),
            await world.customer(),
        )
        await customer.say("请问周末开门吗？")
        await agent.take(customer.id)
        await agent.did(f"conversations/{customer.id}/transfer", {"to": "supervisor"})
        [entry] = await world.rows(QueueEntry)
        assert entry.skill == "supervisor"
        await chief.take(customer.id)

    @pytest.mark.parametrize("to", ["9999", "nobody", "客服专员", " "])
    async def test_to_nobody(self, world: World, to: str) -> None:
        """Who is not there cannot accept: the customer would wait for ever."""
        agent, customer = await world.agent(), await world.customer()
        await customer.say("请问周末开门吗？")
        await agent.take(customer.id)
        response = await agent.post(f"conversations/{customer.id}/transfer", {"to": to})
        assert response.status_code in (404, 422), response.text
        error_of(response, response.status_code)
        assert (await customer.fetch())["owner"] == "agent"

    async def test_only_the_owner_transfers(self, world: World) -> None:
        agent, other, customer = await world.agent("0101"), await world.agent("0102"), await world.customer()
        await customer.say("请问周末开门吗？")
        path = f"conversations/{customer.id}/transfer"
        error_of(await agent.post(path, {"to": "0102"}), 409)
        await agent.take(customer.id)
        error_of(await other.post(path, {"to": "0102"}), 409)
        error_of(await agent.post(path, {"to": "0102", "version": 1}), 409)

    async def test_a_transfer_nobody_accepts_is_noticed(self, world: World) -> None:
        agent, customer = await world.agent(), await world.customer()
        await customer.say("请问周末开门吗？")
        await agent.take(customer.id)
        await agent.did(f"conversations/{customer.id}/transfer", {"to": "supervisor"})
        before = len(await world.stored(customer.id))
        await world.tick(minutes=6)
        assert "supervisor" in {alert.to for alert in await world.rows(Alert)}
        assert len(await world.stored(customer.id)) > before
