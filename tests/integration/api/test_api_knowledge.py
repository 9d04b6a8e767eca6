"""Answers are data that the desk keeps: what is written is answered at once, without training anything."""

from __future__ import annotations

from typing import Any

import pytest
from api_world import World, error_of

from api.core import load_knowledge

ENTRY: dict[str, Any] = {
    "intent": "inquire_branch",
    "topic": "branch",
    "questions": ["有没有夜间银行", "晚上十点还能办业务吗"],
    "answer": "城南支行每周五夜间服务到22:00，可办理存取款和转账。",
    "as_of": "2025-06-01",
    "sample": True,
}


async def test_written_found_changed_and_retired(world: World) -> None:
    await load_knowledge(world.core)
    boss = await world.agent("0213", "supervisor")
    written = await put(boss, "night-bank", ENTRY)
    assert (written["origin"], written["answer"]) == ("desk", ENTRY["answer"])
    found = await boss.did("knowledge-try", {"text": "你们有没有夜间银行啊"})
    assert found["items"][0]["key"] == "night-bank"
    assert "22:00" in found["items"][0]["answer"]
    changed = await put(boss, "night-bank", {**ENTRY, "answer": "夜间服务到21:00。"}, seen=written["updated_at"])
    assert "21:00" in (await boss.did("knowledge-try", {"text": "有没有夜间银行"}))["items"][0]["answer"]
    await put(boss, "night-bank", {**ENTRY, "active": False}, seen=changed["updated_at"])
    again = await boss.did("knowledge-try", {"text": "有没有夜间银行"})
    assert all(item["key"] != "night-bank" for item in again["items"])
    # What the desk wrote stays when the folder is read again.
    await load_knowledge(world.core)
    assert (await boss.get("knowledge/night-bank"))["active"] is False


async def test_at_least_150_and_page_by_page(world: World) -> None:
    await load_knowledge(world.core)
    agent, seen, after = await world.agent(), [], ""
    while after is not None:
        page = await agent.get("knowledge", after=after)
        seen += [item["key"] for item in page["items"]]
        after = page["next"]
    assert len(seen) == len(set(seen)) >= 150
    assert {item["intent"] for item in (await agent.get("knowledge", intent="inquire_fee"))["items"]} == {"inquire_fee"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"answer": ""},
        {"sample": False},
        {"answer": "这是规定，您别激动。"},
        {"answer": "请打{nobody}。"},
        {"intent": "complain_fee"},
        {"surprise": 1},
    ],
)
async def test_what_no_customer_should_read_is_refused(world: World, wrong: dict[str, Any]) -> None:
    boss = await world.agent("0213", "supervisor")
    answer = await boss.client.put(
        "/api/desk/knowledge/night-bank", json={"entry": {**ENTRY, **wrong}}, headers=boss.csrf
    )
    error_of(answer, 422)
    error_of(await boss.client.get("/api/desk/knowledge/night-bank"), 404)


async def test_two_writers_and_who_may(world: World) -> None:
    boss, agent = await world.agent("0213", "supervisor"), await world.agent("0101")
    await put(boss, "night-bank", ENTRY)
    answer = await boss.client.put("/api/desk/knowledge/night-bank", json={"entry": ENTRY}, headers=boss.csrf)
    error_of(answer, 409)
    answer = await agent.client.put("/api/desk/knowledge/other", json={"entry": ENTRY}, headers=agent.csrf)
    error_of(answer, 403)


async def put(boss: Any, key: str, entry: dict[str, Any], seen: str | None = None) -> dict[str, Any]:
    answer = await boss.client.put(f"/api/desk/knowledge/{key}", json={"entry": entry, "seen": seen}, headers=boss.csrf)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
