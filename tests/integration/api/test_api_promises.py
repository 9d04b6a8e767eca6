"""Promises at the desk: listed with their times, marked kept by hand with who and when, apologised for when broken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from api_bot import acts
from api_world import Agent, Customer, World, error_of

from desk.alerts.models import Alert
from desk.conversations.models import Event
from desk.policy.hours import say_time
from desk.promises.models import Promise


@pytest.fixture
async def customer(world: World) -> Customer:
    return await world.customer()


async def promised(world: World, customer: Customer, text: str = "今天17点前给您答复。") -> Agent:
    """A colleague has taken over and promised something in words."""
    await world.complain(customer)
    agent = await world.agent()
    await agent.take(customer.id)
    await agent.did(f"conversations/{customer.id}/messages", {"client_id": "p", "text": text})
    return agent


async def spoken(world: World) -> Promise:
    [promise] = await world.rows(Promise, Promise.kind == "spoken")
    assert isinstance(promise, Promise)
    return promise


async def test_kept_early_with_who_and_when(world: World, customer: Customer) -> None:
    agent = await promised(world, customer)
    promise = await spoken(world)
    world.clock.advance(timedelta(minutes=30))
    kept: dict[str, Any] = await agent.did(f"promises/{promise.id}/keep", {"note": "已电话答复"})
    assert (kept["state"], kept["kept_by"], kept["early"]) == ("kept", "0101", True)
    assert (await spoken(world)).kept_at == world.clock.now()
    [event] = await world.rows(Event, Event.kind == "promise_kept")
    assert (event.actor, event.data["note"]) == ("0101", "已电话答复")
    await world.tick(hours=10)
    assert f"promise:{promise.id}" not in {alert.key for alert in await world.rows(Alert)}


async def test_who_asks_how_it_stands_hears_it(world: World, customer: Customer) -> None:
    agent = await promised(world, customer)
    due = say_time((await spoken(world)).due_at, world.clock.now())
    await agent.did(f"conversations/{customer.id}/return", {"version": (await agent.view(customer.id))["version"]})
    world.bot.next(acts("action_ticket_status", intent="query_ticket_status"))
    assert f"同事答应您{due}前给您回话" in "".join(await world.told(customer, "我的事怎么样了"))


async def test_a_double_click_is_told_so(world: World, customer: Customer) -> None:
    agent = await promised(world, customer)
    promise = await spoken(world)
    await agent.did(f"promises/{promise.id}/keep", {})
    error = error_of(await agent.post(f"promises/{promise.id}/keep", {}), 409)
    assert "已兑现" in error["detail"]


async def test_a_broken_one_is_made_good_and_stays_broken(world: World, customer: Customer) -> None:
    agent = await promised(world, customer)
    promise = await spoken(world)
    await world.tick(hours=8)
    assert (await spoken(world)).state == "broken"
    [alarm] = await world.rows(Alert, Alert.key == f"promise:{promise.id}")
    assert (alarm.kind, alarm.to) == ("promise_broken", "supervisor")
    kept = await agent.did(f"promises/{promise.id}/keep", {"note": "补打电话"})
    assert (kept["state"], kept["kept_by"], kept["early"]) == ("broken", "0101", False)
    error_of(await agent.post(f"promises/{promise.id}/keep", {}), 409)


@pytest.mark.parametrize("kind", ["decision", "update"])
async def test_nobody_vouches_for_what_only_a_deed_keeps(world: World, customer: Customer, kind: str) -> None:
    agent = await promised(world, customer)
    promise, *_ = await world.rows(Promise, Promise.kind == kind)
    error_of(await agent.post(f"promises/{promise.id}/keep", {}), 409)
    assert (await world.rows(Promise, Promise.id == promise.id))[0].state == "open"


async def test_an_unknown_one_and_a_stranger(world: World, customer: Customer) -> None:
    agent = await promised(world, customer)
    error_of(await agent.post("promises/4711/keep", {}), 404)
    error_of(await world.client().post(f"/api/desk/promises/{(await spoken(world)).id}/keep", json={}), 401)


async def test_as_a_deed_on_the_ticket_and_the_conversation(world: World, customer: Customer) -> None:
    """Without a number the one due first is meant."""
    agent = await promised(world, customer, "今天17点前给您答复。明天12点前给您回电。")
    [number] = {row.ticket for row in await world.rows(Promise, Promise.kind == "spoken")}
    version = (await agent.get(f"tickets/{number}"))["version"]
    error_of(await agent.post(f"tickets/{number}/keep-promise", {"version": version + 1}), 409)
    first = await agent.did(f"tickets/{number}/keep-promise", {"version": version})
    assert "17点" in first["content"]
    seen = (await agent.view(customer.id))["version"]
    second = await agent.did(f"conversations/{customer.id}/keep-promise", {"version": seen})
    assert second["id"] != first["id"]
    listed = await agent.get(f"tickets/{number}/promises")
    assert [row["due_at"] for row in listed] == sorted(row["due_at"] for row in listed)
    assert {row["id"] for row in listed if row["state"] == "kept"} == {first["id"], second["id"]}


async def test_a_secret_in_the_note_is_not_kept(world: World, customer: Customer) -> None:
    agent = await promised(world, customer)
    await agent.did(f"promises/{(await spoken(world)).id}/keep", {"note": "客户手机13912345678，已回电"})
    assert b"13912345678" not in world.bytes_on_disk()


async def test_the_clock_set_back_breaks_nothing_and_alarms_once(world: World, customer: Customer) -> None:
    await promised(world, customer)
    await world.tick(hours=8)
    alarms = {alert.key for alert in await world.rows(Alert)}
    world.clock._now -= timedelta(hours=9)  # a machine's clock does go back
    await world.tick()
    assert (await spoken(world)).state == "broken"
    await world.tick(hours=9)
    assert {alert.key for alert in await world.rows(Alert)} == alarms
