"""Clocks and calendar over HTTP: what a colleague sees and does, and what the customer then reads."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from api_world import Agent, World, error_of

from desk.tickets.models import Ticket


async def deed(agent: Agent, number: str, name: str, **args: Any) -> httpx.Response:
    version = (await agent.get(f"tickets/{number}"))["version"]
    return await agent.post(f"tickets/{number}/{name}", {"version": version, **args})


async def done(agent: Agent, number: str, name: str, **args: Any) -> dict[str, Any]:
    response = await deed(agent, number, name, **args)
    assert response.status_code == 200, response.text
    view: dict[str, Any] = response.json()
    return view


async def send(agent: Agent, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
    return await agent.client.request(method, f"/api/desk/{path}", json=body, headers=agent.csrf)


async def test_more_time_from_request_to_approval(world: World) -> None:
    agent, chief = await world.agent("0101"), await world.agent("0213", "supervisor")
    customer = await world.customer()
    number = await world.complain(customer)
    view = await done(agent, number, "extend", complexity="complex", reason="要调录像，我的卡号是6222020200112233445")
    clock = view["clocks"]["regulatory"]
    assert (clock["profile"], clock["grade"], clock["due"][:10]) == ("cn_2020_3", "complex", "2025-07-11")
    assert view["decision_due"] == clock["due"]
    assert error_of(await deed(agent, number, "extend", days=60, reason="还不够"), 422)["error"] == "approval_needed"
    await done(agent, number, "extend", days=60, reason="要等鉴定", approver="0213")
    assert error_of(await deed(agent, number, "approve"), 403)
    view = await done(chief, number, "approve")
    given, asked = view["clocks"]["regulatory"]["extensions"]
    assert (given["state"], given["days"], given["answered_by"]) == ("granted", 30, None)
    assert (asked["state"], asked["asked_by"], asked["answered_by"]) == ("approved", "0101", "0213")
    heard = "\n".join(await customer.heard())
    assert "工号0213批准" in heard
    assert "8月10日" in heard
    # The agent's words are redacted before anything is stored or said.
    assert "6222020200112233445" not in heard
    assert b"6222020200112233445" not in world.bytes_on_disk()


async def test_pause_and_resume(world: World) -> None:
    agent, customer = await world.agent(), await world.customer()
    number = await world.complain(customer)
    view = await done(agent, number, "pause", why="mediation", reason="双方愿意调解", agreed=["customer", "bank"])
    clock = view["clocks"]["regulatory"]
    assert (view["state"], clock["paused_why"]) == ("paused", "mediation")
    assert clock["paused_since"]
    error_of(await deed(agent, number, "pause", why="mediation", reason="x", agreed=["customer", "bank"]), 409)
    await world.tick(days=4)
    # Four days later, signed in anew.
    agent = await world.agent("0102")
    view = await done(agent, number, "resume")
    clock = view["clocks"]["regulatory"]
    assert (clock["due"][:10], clock["paused_days"], clock["paused_since"]) == ("2025-06-30", 4, None)
    error_of(await deed(agent, number, "resume"), 409)


async def test_new_facts(world: World) -> None:
    agent, customer = await world.agent(), await world.customer()
    number = await world.complain(customer)
    await world.tick(days=5)
    agent = await world.agent("0102")
    view = await done(agent, number, "restart", facts="客户补充了通话录音")
    assert view["decision_due"][:10] == "2025-07-01"
    assert view["additions"][-1]["kind"] == "new_fact"


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("extend", {"days": 30, "reason": "x"}),
        ("pause", {"why": "external_appraisal", "reason": "x"}),
        ("restart", {"facts": "x"}),
        ("resume", {}),
        ("approve", {}),
    ],
)
async def test_a_stale_version_and_a_ticket_that_is_not_there(world: World, name: str, args: dict[str, Any]) -> None:
    agent, customer = await world.agent(), await world.customer()
    number = await world.complain(customer)
    told = error_of(await agent.post(f"tickets/{number}/{name}", {"version": 1, **args}), 409)
    assert told["version"] == (await agent.get(f"tickets/{number}"))["version"]
    error_of(await agent.post(f"tickets/TS20250611-9999/{name}", {"version": 1, **args}), 404)


async def test_a_draft_shows_no_clocks(world: World) -> None:
    agent, customer = await world.agent(), await world.customer()
    await world.complain(customer)
    async with world.core.database.transaction() as session:
        number = (await world.rows(Ticket))[0].number
        ticket = await session.get_one(Ticket, number)
        ticket.state, ticket.registered_at = "draft", None
    assert (await agent.get(f"tickets/{number}"))["clocks"] is None


class TestTheCalendar:
    async def test_a_year(self, world: World) -> None:
        agent = await world.agent()
        year = await agent.get("calendar", year=2025)
        assert (year["known"], year["warning"]) == (True, None)
        assert {"2025-10-01": "holiday", "2025-10-11": "workday"}.items() <= {
            d["day"]: d["kind"] for d in year["days"]
        }.items()
        assert (await agent.get("calendar"))["year"] == 2025

    async def test_a_year_that_nobody_has_entered_says_so(self, world: World) -> None:
        agent = await world.agent()
        year = await agent.get("calendar", year=2031)
        assert (year["known"], year["days"]) == (False, [])
        assert "2031年" in year["warning"]
        day = await agent.get("calendar/2031-10-01")
        assert (day["kind"], day["staffed"], day["known"]) == ("ordinary", True, False)

    async def test_a_supervisor_enters_and_removes_days(self, world: World) -> None:
        chief, customer = await world.agent("0213", "supervisor"), await world.customer()
        put = {"kind": "holiday", "note": "系统升级", "source": "本行通知2025-6"}
        answer = await send(chief, "PUT", "calendar/2025-06-12", put)
        assert (answer.status_code, answer.json()["staffed"]) == (200, False)
        number = await world.complain(customer)
        ticket = await chief.get(f"tickets/{number}")
        # Received on the 11th at ten; on the 12th nobody is there any more.
        assert ticket["answer_due"].startswith("2025-06-11T10:30")
        assert (await send(chief, "DELETE", "calendar/2025-06-12")).json()["kind"] == "ordinary"
        assert (await chief.get("calendar/2025-06-12"))["staffed"] is True
        error_of(await send(chief, "DELETE", "calendar/2025-06-12"), 404)

    async def test_a_shipped_holiday_can_be_taken_back_and_stays_so(self, world: World) -> None:
        chief = await world.agent("0213", "supervisor")
        assert (await chief.get("calendar/2025-10-01"))["staffed"] is False
        assert (await send(chief, "DELETE", "calendar/2025-10-01")).status_code == 200
        assert (await chief.get("calendar/2025-10-01"))["staffed"] is True
        assert "2025-10-01" not in [day["day"] for day in (await chief.get("calendar", year=2025))["days"]]
        error_of(await send(chief, "DELETE", "calendar/2025-10-01"), 404)
        assert (await send(chief, "PUT", "calendar/2025-10-01", {"kind": "workday", "source": "x"})).status_code == 200

    async def test_others_only_look(self, world: World) -> None:
        agent = await world.agent()
        error_of(await send(agent, "PUT", "calendar/2025-06-12", {"kind": "holiday", "source": "x"}), 403)
        error_of(await send(agent, "DELETE", "calendar/2025-10-01"), 403)

    @pytest.mark.parametrize("day", ["2025-02-29", "today", "2199-01-01", "1970-01-01"])
    async def test_a_day_that_cannot_be(self, world: World, day: str) -> None:
        chief = await world.agent("0213", "supervisor")
        error_of(await send(chief, "PUT", f"calendar/{day}", {"kind": "holiday", "source": "x"}), 422)
