"""Appointments at the desk: attempts, kept, missed by either side, moved, cancelled; and a change proposed by a colleague."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from api_world import Agent, Customer, World, error_of

from desk.alerts.models import Alert
from desk.appointments.models import Appointment, Attempt
from desk.appointments.service import book
from desk.changes.models import Change
from desk.clock import SHANGHAI
from desk.promises.models import Promise
from desk.tickets.models import Ticket


def at(hour: int, minute: int = 0, day: int = 11) -> datetime:
    return datetime(2025, 6, day, hour, minute, tzinfo=SHANGHAI)


class Scene:
    """A registered complaint with a call at 14:00."""

    def __init__(self, world: World, agent: Agent, customer: Customer, number: str) -> None:
        self.world, self.agent, self.customer, self.number = world, agent, customer, number

    async def deed(self, deed: str, who: Agent | None = None, **body: Any) -> Any:
        agent = who or self.agent
        version = (await agent.view(self.customer.id))["version"]
        return await agent.post(f"conversations/{self.customer.id}/{deed}", {"version": version, **body})

    async def row(self) -> Appointment:
        [row] = await self.world.rows(Appointment)
        assert isinstance(row, Appointment)
        return row

    async def until(self, moment: datetime) -> None:
        await self.world.tick(seconds=(moment - self.world.clock.now()).total_seconds())

    async def heard(self) -> str:
        return (await self.customer.heard())[-1]


@pytest.fixture
async def scene(world: World) -> Scene:
    agent, customer = await world.agent("0101"), await world.customer()
    number = await world.complain(customer)
    async with world.core.database.transaction() as session:
        row = await book(
            session,
            policy=world.core.policy,
            conversation_id=customer.id,
            ticket=number,
            effect="call",
            start=at(14),
            now=world.clock.now(),
            turn_id=None,
        )
        session.add(
            Change(
                conversation_id=customer.id,
                ticket=number,
                effect="t",
                kind="change_time",
                initiated_by="customer",
                answer="accepted",
                executed_at=world.clock.now(),
                start=row.start,
                end=row.end,
                mood_before=2,
            )
        )
    return Scene(world, agent, customer, number)


async def test_reminded_ten_minutes_before_and_kept(scene: Scene) -> None:
    await scene.until(at(13, 50))
    assert "6月11日(周三)14:00" in await scene.heard()
    await scene.until(at(14))
    assert (await scene.deed("attempt", result="reached")).json()["state"] == "kept"
    [promise] = await scene.world.rows(Promise, Promise.kind == "call")
    assert promise.state == "kept"
    await scene.until(at(15))
    assert (await scene.row()).state == "kept"
    assert not await scene.world.rows(Alert, Alert.kind == "promise_broken")


async def test_missed_twice_by_the_customer_he_is_told_and_chooses_again(scene: Scene) -> None:
    await scene.until(at(14))
    assert (await scene.deed("attempt", result="no_answer")).json()["state"] == "booked"
    told = (await scene.deed("attempt", result="no_answer")).json()
    assert told["state"] == "missed_by_customer"
    assert [one["result"] for one in told["attempts"]] == ["no_answer", "no_answer"]
    assert "没有联系上" in await scene.heard()
    assert not await scene.world.rows(Alert, Alert.kind == "promise_broken")
    results = {row.result for row in await scene.world.rows(Change, Change.effect == "t")}
    assert results == {"no_show"}
    error_of(await scene.deed("attempt", result="no_answer"), 404)


async def test_a_call_before_its_time_is_no_missed_call(scene: Scene) -> None:
    error_of(await scene.deed("attempt", result="no_answer"), 422)
    error_of(await scene.deed("miss", by="customer"), 422)
    error_of(await scene.deed("keep"), 422)
    assert await scene.world.rows(Attempt) == []


async def test_missed_by_us_is_a_broken_promise_p1_and_a_supervisors_matter(scene: Scene) -> None:
    await scene.until(at(15))
    row = await scene.row()
    assert row.state == "missed_by_us"
    [promise] = await scene.world.rows(Promise, Promise.kind == "call")
    [ticket] = await scene.world.rows(Ticket)
    assert (promise.state, ticket.priority) == ("broken", "P1")
    alerts = await scene.world.rows(Alert, Alert.kind == "promise_broken")
    assert [alert.to for alert in alerts] == ["supervisor"]
    heard = await scene.heard()
    assert "没做到" in heard
    assert heard.count("(周") >= 4
    assert {row.result for row in await scene.world.rows(Change, Change.effect == "t")} == {"failed"}


async def test_tried_once_and_forgotten_is_not_ours(scene: Scene) -> None:
    await scene.until(at(14))
    await scene.deed("attempt", result="wrong_number")
    await scene.until(at(15))
    assert (await scene.row()).state == "missed_by_customer"


async def test_moved_within_the_promised_answer_only_unless_he_wants_it(scene: Scene) -> None:
    [before] = await scene.world.rows(Ticket)
    error_of(await scene.deed("reschedule", start=at(9).isoformat()), 422)
    error_of(await scene.deed("reschedule", start=at(15, day=13).isoformat()), 422)
    taken = error_of(await scene.deed("reschedule", start=at(20).isoformat()), 409)
    assert len(taken["free"]) == 3
    moved = (await scene.deed("reschedule", start=at(15, day=13).isoformat(), own_wish=True)).json()
    assert moved["own_wish"]
    assert "6月13日(周五)15:00" in await scene.heard()
    [after] = await scene.world.rows(Ticket)
    assert (after.answer_due, after.decision_due) == (before.answer_due, before.decision_due)
    await scene.until(at(15))
    assert (await scene.row()).state == "booked"


async def test_cancelled_it_is_said_and_nothing_is_owed(scene: Scene) -> None:
    assert (await scene.deed("cancel")).json()["state"] == "cancelled"
    assert "取消" in await scene.heard()
    await scene.until(at(15))
    assert not await scene.world.rows(Alert, Alert.kind == "promise_broken")
    error_of(await scene.deed("cancel"), 404)


async def test_who_is_kept_off_does_not_call(scene: Scene) -> None:
    boss = await scene.world.agent("0213", "supervisor")
    version = (await boss.get(f"tickets/{scene.number}"))["version"]
    await boss.did(f"tickets/{scene.number}/exclude", {"version": version, "kind": "staff", "value": "0101"})
    await scene.until(at(14))
    error_of(await scene.deed("attempt", result="reached"), 403)


class TestAChangeProposedByAColleague:
    @pytest.fixture
    async def talk(self, scene: Scene) -> Scene:
        await scene.deed("cancel")
        await scene.agent.take(scene.customer.id)
        return scene

    async def change(self, scene: Scene, **body: Any) -> Any:
        return await scene.deed("change", **body)

    async def test_the_customer_taps_a_time(self, talk: Scene) -> None:
        offered = (await self.change(talk, kind="change_time")).json()
        assert len(offered["offered"]) == 3
        [*_, message] = (await talk.customer.fetch())["messages"]
        assert message["by"] == "agent"
        await talk.customer.say("这个", choice=message["buttons"][0]["choice"])
        [row] = await talk.world.rows(Appointment, Appointment.state == "booked")
        assert (
            row.start.isoformat()
            == datetime.fromisoformat(offered["offered"][0]).astimezone(row.start.tzinfo).isoformat()
        )
        [change] = await talk.world.rows(Change, Change.initiated_by == "agent")
        assert (change.answer, change.executed_at is not None) == ("accepted", True)

    async def test_refused_once_it_is_not_proposed_again_unless_asked_for(self, talk: Scene) -> None:
        await self.change(talk, kind="change_time")
        await self.change(talk, kind="change_time", answer="declined")
        error_of(await self.change(talk, kind="change_time"), 409)
        assert (await self.change(talk, kind="change_time", asked=True)).status_code == 200

    async def test_a_place_needs_a_yes_and_keeps_its_wording(self, talk: Scene) -> None:
        error_of(await self.change(talk, kind="change_place", answer="accepted", place="phone"), 409)
        offered = (await self.change(talk, kind="change_place")).json()
        assert len(offered["offered"]) >= 2
        start = at(16).isoformat()
        done = (await self.change(talk, kind="change_place", answer="accepted", place="phone", start=start)).json()
        assert done["consent_text_version"].startswith("change_place-")
        assert done["executed_at"] is None
        await talk.until(at(16))
        await talk.deed("keep")
        [row] = await talk.world.rows(Change, Change.kind == "change_place")
        assert row.executed_at == talk.world.clock.now()

    async def test_two_offers_at_a_time(self, talk: Scene) -> None:
        await self.change(talk, kind="change_time")
        await self.change(talk, kind="change_place")
        error_of(await self.change(talk, kind="change_person"), 409)

    async def test_only_whoever_is_talking(self, talk: Scene) -> None:
        other = await talk.world.agent("0102")
        error_of(await talk.deed("change", other, kind="change_time"), 409)

    async def test_an_unfit_place_is_refused(self, talk: Scene) -> None:
        async with talk.world.core.database.transaction() as session:
            ticket = await session.get_one(Ticket, talk.number)
            ticket.flags = {**ticket.flags, "needs": ["hearing"]}
        assert "phone" not in (await self.change(talk, kind="change_place")).json()["offered"]
        error_of(await self.change(talk, kind="change_place", answer="accepted", place="phone"), 422)


async def test_the_day_at_a_glance(scene: Scene) -> None:
    items = (await scene.agent.get("appointments"))["items"]
    assert [(item["ticket"], item["with_staff"], item["state"]) for item in items] == [(scene.number, "0101", "booked")]
    assert (await scene.agent.get("appointments", day="2025-06-12"))["items"] == []
    answer = await scene.agent.client.get("/api/desk/appointments", params={"day": "9999-12-31"})
    error_of(answer, 422)
