"""After the decision: recheck by another, feedback, follow-up, closing; and handing over on the way (3-dialogue.md 3.1)."""

from __future__ import annotations

from typing import Any

import pytest
from api_bot import acts
from api_world import Agent, Customer, World, error_of

from desk.alerts.models import Alert
from desk.closing.models import Closing
from desk.work.models import DueWork

ANSWER = acts("action_record_satisfaction", intent="give_score")


async def told(world: World) -> tuple[Customer, Agent, Agent, str]:
    """A decision that reached the customer, its handler, and a supervisor."""
    customer, agent = await world.customer(), await world.agent()
    supervisor = await world.agent("0213", "supervisor")
    number = await world.complain(customer)
    await agent.done(number, "decide", outcome="upheld", text="已退回费用")
    await world.tick()
    return customer, agent, supervisor, number


async def answered(world: World, customer: Customer) -> None:
    await world.tick(hours=3)
    for words in ("解决了", "4", "5", "5"):
        world.bot.next(ANSWER)
        await world.told(customer, words)


def deeds(view: dict[str, Any]) -> list[str]:
    return [step["deed"] for step in view["next_steps"]]


class TestClosing:
    async def test_a_whole_life(self, world: World) -> None:
        customer, agent, supervisor, number = await told(world)
        await supervisor.done(number, "recheck", result="passed", note="听了录音，退费到账")
        await answered(world, customer)
        view = await agent.done(number, "feedback", department="个人金融部", text="费率调整没有提前告知")
        assert view["state"] == "followed_up"
        assert view["missing_to_close"] == []
        assert "close" in deeds(view)
        view = await agent.done(number, "close")
        assert view["state"] == "closed"
        assert [step["to"] for step in view["history"]] == [
            "draft", "registered", "assigned", "investigating", "decided", "notified", "rechecked", "followed_up", "closed",
        ]  # fmt: skip
        assert all(step["by"] and step["at"] and step["reason"] for step in view["history"])
        [row] = await world.rows(Closing)
        assert (row.owner, row.follow_up, row.by) == ("0101", "answered", "0101")
        error_of(await agent.deed(number, "close"), 409)

    async def test_follow_up_may_come_before_the_recheck(self, world: World) -> None:
        customer, _, supervisor, number = await told(world)
        await answered(world, customer)
        view = await supervisor.done(number, "recheck", result="passed", note="属实")
        assert view["state"] == "followed_up"

    async def test_everything_that_is_missing_is_named(self, world: World) -> None:
        _, agent, supervisor, number = await told(world)
        refused = error_of(await agent.deed(number, "close"), 409)
        assert refused["error"] == "not_ready_to_close"
        assert refused["missing"] == ["recheck", "feedback", "follow_up"]
        await supervisor.done(number, "recheck", result="passed", note="属实")
        await agent.done(number, "feedback", none_because="只涉及一次性的网络故障")
        assert error_of(await agent.deed(number, "close"), 409)["missing"] == ["follow_up"]

    async def test_twice_unreachable_is_enough_once_is_not(self, world: World) -> None:
        _, agent, supervisor, number = await told(world)
        await supervisor.done(number, "recheck", result="passed", note="属实")
        await agent.done(number, "feedback", none_because="个案")
        assert (await agent.done(number, "follow-up", result="unreachable", note="无人接听"))["state"] == "rechecked"
        assert (await agent.done(number, "follow-up", result="unreachable", note="无人接听"))["state"] == "followed_up"
        assert (await agent.done(number, "close"))["state"] == "closed"

    async def test_a_survey_asked_and_reminded_in_vain_is_twice(self, world: World) -> None:
        _, agent, supervisor, number = await told(world)
        await supervisor.done(number, "recheck", result="passed", note="属实")
        await agent.done(number, "feedback", none_because="个案")
        await world.tick(hours=3)
        assert error_of(await agent.deed(number, "close"), 409)["missing"] == ["follow_up"]
        await world.tick(days=4)
        await world.tick(days=2)
        again = await world.agent("0103")
        error_of(await again.deed(number, "close"), 403)
        boss = await world.agent("0214", "supervisor")
        assert (await boss.done(number, "close"))["state"] == "closed"
        assert [row.follow_up for row in await world.rows(Closing)] == ["unreachable"]

    async def test_a_notice_on_its_way_is_no_proof_yet(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        await agent.done(number, "decide", outcome="upheld", text="已退回费用")
        assert "notice" in (await agent.get(f"tickets/{number}"))["missing_to_close"]
        await world.tick()
        assert "notice" not in (await agent.get(f"tickets/{number}"))["missing_to_close"]


class TestRecheck:
    async def test_never_by_the_handler(self, world: World) -> None:
        _, agent, _, number = await told(world)
        error_of(await agent.deed(number, "recheck", result="passed", note="属实"), 403)
        assert (await agent.get(f"tickets/{number}"))["state"] == "notified"

    async def test_returned_to_work_and_the_customer_knows(self, world: World) -> None:
        customer, _, supervisor, number = await told(world)
        view = await supervisor.done(number, "recheck", result="returned", note="没有核对流水")
        assert view["state"] == "reopened"
        assert "重新处理" in (await customer.heard())[-1]
        await world.tick(hours=30)
        assert not [text for text in await customer.heard() if "解决了吗" in text]
        again = await world.agent("0103")
        await again.done(number, "decide", outcome="partly_upheld", text="流水核对后退回一半")
        error_of(await again.deed(number, "recheck", result="passed", note="属实"), 403)
        assert "recheck" in (await again.get(f"tickets/{number}"))["missing_to_close"]

    async def test_the_list_of_what_waits(self, world: World) -> None:
        _, agent, supervisor, number = await told(world)
        [row] = (await supervisor.get("rechecks"))["items"]
        assert (row["number"], row["waiting_for"]) == (number, ["recheck", "feedback"])
        await supervisor.done(number, "recheck", result="passed", note="属实")
        [row] = (await supervisor.get("rechecks"))["items"]
        assert row["waiting_for"] == ["feedback"]
        await agent.done(number, "feedback", department="运营管理部", text="加开窗口")
        assert (await supervisor.get("rechecks"))["items"] == []

    @pytest.mark.parametrize(
        "body", [{}, {"department": "运营部"}, {"text": "x"}, {"department": "a", "text": "b", "none_because": "c"}]
    )
    async def test_feedback_is_told_or_has_a_reason(self, world: World, body: dict[str, str]) -> None:
        _, agent, _, number = await told(world)
        error_of(await agent.deed(number, "feedback", **body), 422)

    async def test_no_feedback_before_a_decision(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        error_of(await agent.deed(number, "feedback", none_because="个案"), 409)


class TestHandOver:
    async def test_the_old_owner_is_responsible_until_it_is_accepted(self, world: World) -> None:
        customer, one, two = await world.customer(), await world.agent("0101"), await world.agent("0102")
        number = await world.complain(customer)
        await one.done(number, "investigate")
        view = await one.done(number, "hand-over", to="0102", note="休假")
        assert view["owner"] == "0101"
        assert "accept" in deeds(view)
        error_of(await one.deed(number, "accept"), 403)
        view = await two.done(number, "accept")
        assert (view["owner"], view["hand_overs"][0]["state"]) == ("0102", "accepted")
        assert [row["owner"] for row in view["owners"]][-2:] == ["0101", "0102"]
        assert [row["until_at"] is None for row in view["owners"]] == [False, False, True]

    async def test_refused(self, world: World) -> None:
        customer, one, two = await world.customer(), await world.agent("0101"), await world.agent("0102")
        number = await world.complain(customer)
        await one.done(number, "investigate")
        await one.done(number, "hand-over", to="0102")
        error_of(await two.deed(number, "refuse"), 422)
        view = await two.done(number, "refuse", reason="手上有三件急件")
        assert (view["owner"], view["hand_overs"][0]["state"]) == ("0101", "refused")
        error_of(await two.deed(number, "accept"), 409)

    async def test_not_answered_the_supervisor_hears_of_it_once(self, world: World) -> None:
        customer, one, _ = await world.customer(), await world.agent("0101"), await world.agent("0102")
        number = await world.complain(customer)
        await one.done(number, "hand-over", to="0102")
        await world.tick(minutes=59)
        assert not await world.rows(Alert, Alert.key.startswith("handover:"))
        await world.tick(minutes=2)
        await world.tick(hours=5)
        [alert] = await world.rows(Alert, Alert.key.startswith("handover:"))
        assert (alert.to, alert.ticket) == ("supervisor", number)
        assert (await world.rows(DueWork, DueWork.kind == "handover"))[0].done_at is not None

    async def test_never_to_whom_recusal_keeps_off(self, world: World) -> None:
        customer, one, _ = (
            await world.customer(),
            await world.agent("0101"),
            await world.agent("0102", branch="城南支行"),
        )
        number = await world.complain(customer)
        error_of(await one.deed(number, "hand-over", to="0102"), 403)
        error_of(await one.deed(number, "hand-over", to="9999"), 404)

    async def test_only_the_owner_or_a_supervisor_hands_over(self, world: World) -> None:
        customer, one, two = await world.customer(), await world.agent("0101"), await world.agent("0102")
        number = await world.complain(customer)
        await one.done(number, "investigate")
        error_of(await two.deed(number, "hand-over", to="0102"), 403)
        error_of(await two.deed(number, "investigate"), 409)
        boss = await world.agent("0213", "supervisor")
        await boss.done(number, "hand-over", to="0102")
        error_of(await boss.deed(number, "hand-over", to="0101"), 409)


class TestCauses:
    CAUSE = {"cause_six": 2, "cause_jrt": "pricing_fee", "department": "个人金融部", "text": "费率调整没有公示"}

    async def test_looked_at_after_thirty_and_ninety_days(self, world: World) -> None:
        _, agent, _, number = await told(world)
        error_of(await agent.deed(number, "rectify", measure="公示"), 409)
        await agent.done(number, "root-cause", **self.CAUSE)
        view = await agent.done(number, "rectify", measure="所有网点公示费率")
        assert view["items"][0]["cause_six"] == 2
        assert [look["days"] for look in view["rectifications"][0]["looks"]] == [30, 90]
        await world.tick(days=31)
        again = await world.agent("0103")
        [first, second] = (await again.get(f"tickets/{number}"))["rectifications"][0]["looks"]
        assert (first["result"], first["tickets"]) == ("not_back", [])
        assert second["result"] is None
        other = await world.complain(await world.customer())
        await again.done(other, "decide", outcome="upheld", text="已退回费用")
        await again.done(other, "root-cause", **self.CAUSE)
        await world.tick(days=60)
        last = await world.agent("0104")
        [_, second] = (await last.get(f"tickets/{number}"))["rectifications"][0]["looks"]
        assert (second["result"], second["tickets"]) == ("came_back", [other])
        assert [a.ticket for a in await world.rows(Alert, Alert.key.startswith("cause:"))] == [number]

    async def test_a_cause_there_is_not(self, world: World) -> None:
        _, agent, _, number = await told(world)
        error_of(await agent.deed(number, "root-cause", **{**self.CAUSE, "cause_jrt": "weather"}), 422)
        error_of(await agent.deed(number, "root-cause", **{**self.CAUSE, "cause_six": 7}), 422)


class TestStaleVersions:
    @pytest.mark.parametrize(
        ("name", "body"),
        [
            ("investigate", {}),
            ("decide", {"outcome": "upheld", "text": "好"}),
            ("hand-over", {"to": "0102"}),
            ("withdraw", {"reason": "来电"}),
            ("decline", {"reason": "不是本人"}),
            ("note", {"text": "记一笔"}),
        ],
    )
    async def test_somebody_changed_it_meanwhile(self, world: World, name: str, body: dict[str, str]) -> None:
        customer, agent, _ = await world.customer(), await world.agent(), await world.agent("0102")
        number = await world.complain(customer)
        refused = error_of(await agent.post(f"tickets/{number}/{name}", {"version": 1, **body}), 409)
        assert refused["version"] > 1
