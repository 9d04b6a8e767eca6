"""The lists of the desk: who waits, longest and most urgent first."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from api_bot import says
from api_world import PASSWORD, Agent, Customer, World, error_of

from desk.conversations.models import Conversation
from desk.conversations.service import get_conversation
from desk.queue.service import enter


async def queued(world: World, priority: str = "P2", text: str = "请转人工。", skill: str = "agent") -> Customer:
    """A customer who waits."""
    customer = await world.customer()
    await world.told(customer, text)
    async with world.core.database.transaction() as session:
        conversation = await get_conversation(session, customer.id, lock=True)
        await enter(
            session,
            conversation,
            reason="request_human",
            priority=priority,
            skill=skill,
            policy=world.core.policy,
            now=world.clock.now(),
        )
    return customer


async def ids(agent: Agent, state: str) -> list[str]:
    return [item["id"] for item in (await agent.get("conversations", state=state))["items"]]


async def test_the_most_urgent_first_then_the_longest_waiting(world: World) -> None:
    agent = await world.agent()
    order = {}
    for name, priority in (("late", "P2"), ("normal", "P2"), ("soon", "P1"), ("danger", "P0"), ("soon2", "P1")):
        order[name] = (await queued(world, priority)).id
        await world.tick(seconds=1)
    wanted = [order[name] for name in ("danger", "soon", "soon2", "late", "normal")]
    assert await ids(agent, "queue") == wanted


async def test_what_a_row_tells(world: World) -> None:
    agent, customer = await world.agent(), await queued(world, "P1", "城南支行的柜员骂人，我要投诉。")
    [row] = (await agent.get("conversations"))["items"]
    assert row.keys() >= {"id", "version", "owner", "waiting_since", "reason", "mood", "priority"}
    assert row["id"] == customer.id
    assert row["owner"] == {"kind": "queue", "work_no": None, "role": None}
    assert (row["priority"], row["reason"]) == ("P1", "request_human")
    assert row["preview"].startswith("城南支行")
    assert row["mood"] >= 1


async def test_each_list_has_its_own(world: World) -> None:
    agent, other = await world.agent("0101"), await world.agent("0102")
    waiting = await queued(world)
    mine, others, bots = await world.customer(), await world.customer(), await world.customer()
    silent = await world.customer()
    for customer in (mine, others, bots):
        await world.told(customer, "请问周末开门吗？")
    await agent.take(mine.id)
    await other.take(others.id)
    assert await ids(agent, "queue") == [waiting.id]
    assert await ids(agent, "mine") == [mine.id]
    assert await ids(other, "mine") == [others.id]
    assert await ids(agent, "bot") == [bots.id]
    for state in ("queue", "mine", "bot", "closed"):
        assert silent.id not in await ids(agent, state)


async def test_a_conversation_that_is_over_is_in_the_closed_list(world: World) -> None:
    """Somebody who said goodbye and stayed away is not for ever among those the bot talks with."""
    agent, customer = await world.agent(), await world.customer()
    await world.told(customer, "请问周末开门吗？")
    await world.told(customer, "好的，谢谢，再见。")
    await world.tick(days=8)
    response = await agent.client.post("/api/desk/sign-in", json={"user": "agent0101", "password": PASSWORD})
    assert response.status_code == 200
    assert await ids(agent, "closed") == [customer.id]
    assert await ids(agent, "bot") == []


async def test_an_agent_ends_a_conversation(world: World) -> None:
    agent, customer = await world.agent(), await world.customer()
    await world.told(customer, "请问周末开门吗？")
    version = (await agent.take(customer.id))["version"]
    error_of(await agent.post(f"conversations/{customer.id}/close", {"version": version - 1}), 409)
    row = await agent.did(f"conversations/{customer.id}/close", {"version": version})
    assert row["closed_at"]
    assert row["owner"]["kind"] == "bot"
    assert "结束" in (await customer.heard())[-1]
    assert await ids(agent, "closed") == [customer.id]
    assert await ids(agent, "mine") == []
    body = {"version": row["version"]}
    for step in ("take", "close"):
        error_of(await agent.post(f"conversations/{customer.id}/{step}", body), 409)


async def test_only_its_owner_ends_it(world: World) -> None:
    agent, other, customer = await world.agent("0101"), await world.agent("0102"), await world.customer()
    await world.told(customer, "请问周末开门吗？")
    version = (await agent.take(customer.id))["version"]
    error_of(await other.post(f"conversations/{customer.id}/close", {"version": version}), 409)
    assert (await agent.view(customer.id))["closed_at"] is None


async def test_who_writes_again_goes_on_where_he_was(world: World) -> None:
    agent, customer = await world.agent(), await world.customer()
    number = await world.complain(customer)
    version = (await agent.take(customer.id))["version"]
    await agent.did(f"conversations/{customer.id}/close", {"version": version})
    assert await world.told(customer, "那周日呢？") == ["好的，我在听。"]
    assert await ids(agent, "closed") == []
    view = await agent.view(customer.id)
    assert (view["ticket"], view["closed_at"]) == (number, None)


async def test_danger_after_the_end_is_first_in_the_queue(world: World) -> None:
    agent, customer = await world.agent(), await world.customer()
    await world.told(customer, "请问周末开门吗？")
    version = (await agent.take(customer.id))["version"]
    await agent.did(f"conversations/{customer.id}/close", {"version": version})
    await customer.say("有个警察让我把钱转到安全账户，我正在转。")
    assert await ids(agent, "queue") == [customer.id]


async def test_nothing_ends_while_something_is_to_come(world: World) -> None:
    """A case, a person, an answer: somebody is still to do something for this customer."""
    agent = await world.agent()
    complaining, waiting, taken = await world.customer(), await queued(world), await world.customer()
    await world.complain(complaining)
    await world.told(taken, "请问周末开门吗？")
    await agent.take(taken.id)
    await world.tick(days=3)
    for customer in (complaining, waiting, taken):
        assert (await world.rows(Conversation, Conversation.id == customer.id))[0].closed_at is None


async def test_it_ends_again(world: World) -> None:
    customer = await world.customer()
    for _ in range(2):
        await world.told(customer, "请问周末开门吗？")
        await world.tick(hours=23)
        [conversation] = await world.rows(Conversation)
        assert conversation.closed_at is None
        await world.tick(hours=25)
        [conversation] = await world.rows(Conversation)
        assert conversation.closed_at is not None


async def test_long_lists_come_in_pages(world: World) -> None:
    agent = await world.agent()
    people = []
    for _ in range(57):
        customer = await world.customer()
        await customer.say("请问周末开门吗？")
        people.append(customer.id)
        await asyncio.sleep(0)
    seen: list[str] = []
    after: Any = 0
    while after is not None:
        page = await agent.get("conversations", state="bot", after=after)
        assert len(page["items"]) <= 50
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
    assert sorted(seen) == sorted(people)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("query", ["state=all", "state=", "after=-1", "after=x", f"after={10**9}"])
async def test_lists_nobody_keeps(world: World, query: str) -> None:
    agent = await world.agent()
    error_of(await agent.client.get(f"/api/desk/conversations?{query}"), 422)


async def test_one_conversation(world: World) -> None:
    agent, customer = await world.agent(), await world.customer()
    world.bot.next(says("第一句。", "第二句。"))
    await world.told(customer, "城南支行的柜员骂人，气死我了！")
    view = await agent.view(customer.id)
    assert [(m["seq"], m["by"]) for m in view["messages"]] == [(1, "customer"), (2, "bot"), (3, "bot")]
    assert view.keys() >= {"facts", "moods", "promises", "changes", "tickets", "handoff", "appointments"}
    assert len(view["moods"]) == 1
    assert view["moods"][0] >= 2


async def test_a_conversation_there_is_not(world: World) -> None:
    agent = await world.agent()
    for path in ("conversations/nothing", "conversations/%00", "tickets/TS20250611-9999", "tickets/%E2%80%AE"):
        error_of(await agent.client.get(f"/api/desk/{path}"), 404)
    error_of(await agent.post("conversations/nothing/take", {"version": 1}), 404)
    error_of(await agent.post("conversations/nothing/return"), 404)
    error_of(await agent.post("conversations/nothing/messages", {"client_id": "a", "text": "x"}), 404)
    error_of(await agent.post("conversations/nothing/transfer", {"to": "0102"}), 404)
    error_of(await agent.post("tickets/nothing/decide", {"version": 1, "outcome": "upheld", "text": "x"}), 404)


async def test_the_hand_over_says_what_was_told_and_promised(world: World) -> None:
    agent, customer = await world.agent(), await world.customer()
    number = await world.complain(customer)
    view = await agent.view(customer.id)
    assert view["ticket"] == number
    assert [ticket["number"] for ticket in view["tickets"]] == [number]
    assert {promise["state"] for promise in view["promises"]} == {"open"}
    assert {promise["kind"] for promise in view["promises"]} == {"first_answer", "decision", "update"}
    await agent.take(customer.id)
    packet = (await agent.view(customer.id))["handoff"]
    assert packet["ticket"] == number
    assert packet["promised"]
    assert packet["not_told"] == []


async def test_tickets_are_found_by_number_and_by_what_they_are_about(world: World) -> None:
    agent, customer = await world.agent(), await world.customer()
    number = await world.complain(customer)
    for q in (number, number[-6:], "柜员"):
        assert [row["number"] for row in (await agent.get("tickets", q=q))["items"]] == [number]
    for q in ("%", "_", "没有这样的事", "' or 1=1 --"):
        assert (await agent.get("tickets", q=q))["items"] == []
    assert (await agent.get("tickets", state="draft"))["items"] == []
    assert len((await agent.get("tickets", state="registered"))["items"]) == 1


async def test_a_ticket(world: World) -> None:
    agent, customer = await world.agent(), await world.customer()
    number = await world.complain(customer)
    ticket = await agent.get(f"tickets/{number}")
    assert (ticket["state"], ticket["type"], ticket["conversation_id"]) == ("registered", "TS", customer.id)
    assert [step["to"] for step in ticket["history"]] == ["draft", "registered"]
    assert ticket["answer_due"]
    assert ticket["decision_due"]
    assert ticket["decision"] is None
    assert "code_hash" not in ticket
