"""The decision notice: three parts, every grievance, in the customer's script, with proof (令2020/3 art. 19, 21; SD010)."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest
from api_world import Agent, Customer, World, error_of

from desk.alerts.models import Alert
from desk.notices.models import Notice
from desk.outbox.models import Outgoing
from desk.tickets.models import Ticket, TicketItem

PARTS = {"verification": "当天上午只开了一个窗口。", "basis": "依据本行网点服务规范第三章，忙时应当增开窗口。"}


async def registered(world: World) -> tuple[Customer, Agent, str]:
    customer, agent = await world.customer(), await world.agent()
    return customer, agent, await world.complain(customer)


async def second_grievance(world: World, number: str) -> None:
    async with world.core.database.transaction() as session:
        session.add(TicketItem(ticket=number, effect="2", what="打客服电话没人接", cause_jrt=[]))


async def on_behalf(world: World, number: str) -> None:
    async with world.core.database.transaction() as session:
        ticket = await session.get(Ticket, number)
        assert ticket is not None
        ticket.on_behalf = {"relation": "parent", "authorisation": "pending"}


async def last_notice(world: World, customer: Customer) -> str:
    return (await customer.heard())[-1]


class TestThreeParts:
    async def test_written_in_parts(self, world: World) -> None:
        customer, agent, number = await registered(world)
        await agent.done(number, "decide", outcome="upheld", text="从明天起增开一个窗口", **PARTS)
        told = await last_notice(world, customer)
        assert "核实情况：当天上午只开了一个窗口。" in told
        assert "依据和理由：依据本行网点服务规范第三章，忙时应当增开窗口。" in told
        assert "从明天起增开一个窗口。" in told
        assert all(way in told for way in ("救济途径", "核查", "调解", "仲裁", "诉讼"))
        assert "7月11日" in told, "thirty natural days after the notice"

    @pytest.mark.parametrize(
        ("outcome", "found"), [("upheld", "经核实属实"), ("partly_upheld", "部分属实"), ("not_upheld", "不一致")]
    )
    async def test_written_in_one_piece_what_was_found_is_the_colleagues_own_outcome(
        self, world: World, outcome: str, found: str
    ) -> None:
        customer, agent, number = await registered(world)
        await agent.done(number, "decide", outcome=outcome, text="已安排整改")
        told = await last_notice(world, customer)
        verification = told.split("核实情况：")[1].splitlines()[0]
        assert found in verification
        assert "依据和理由：已安排整改。" in told

    @pytest.mark.parametrize(
        ("parts", "missing"),
        [
            ({"verification": "", "basis": "有依据"}, ["verification"]),
            ({"verification": "有事实", "basis": "  "}, ["basis"]),
            ({"verification": "有事实"}, ["basis"]),
            ({"basis": "有依据"}, ["verification"]),
            ({**PARTS, "remedies": " "}, ["remedies"]),
            ({**PARTS, "remedies": "可以申请核查或者调解"}, ["remedies"]),
        ],
    )
    async def test_an_empty_part_is_refused(self, world: World, parts: dict[str, str], missing: list[str]) -> None:
        customer, agent, number = await registered(world)
        before = await customer.heard()
        told = error_of(await agent.deed(number, "decide", outcome="upheld", text="好", **parts), 422)
        assert told["error"] == "notice_incomplete"
        assert told["missing"] == missing
        assert await customer.heard() == before
        assert (await agent.get(f"tickets/{number}"))["state"] == "registered"

    async def test_in_the_customers_script(self, world: World) -> None:
        customer = await world.customer()
        agent = await world.agent()
        number = await world.complain(customer, "城南支行三號窗口的櫃員對我愛理不理，等了四十分鐘")
        await agent.done(number, "decide", outcome="upheld", **PARTS)
        told = await last_notice(world, customer)
        assert "核實情況" in told
        assert "訴訟" in told

    async def test_a_life_safety_case_is_not_repeated_to_the_customer(self, world: World) -> None:
        customer, agent, number = await registered(world)
        await agent.done(number, "investigate")
        async with world.core.database.transaction() as session:
            ticket = await session.get(Ticket, number)
            assert ticket is not None
            ticket.flags = {"restricted": True}
        await agent.done(number, "decide", outcome="explained", text="值班同事已经联系过您")
        assert "爱理不理" not in await last_notice(world, customer)


class TestEveryGrievance:
    async def test_one_left_out_is_named(self, world: World) -> None:
        _, agent, number = await registered(world)
        await second_grievance(world, number)
        [first, _] = (await agent.get(f"tickets/{number}"))["items"]
        told = error_of(
            await agent.deed(
                number, "decide", outcome="upheld", items=[{"id": first["id"], "outcome": "upheld"}], **PARTS
            ),
            422,
        )
        assert "打客服电话没人接" in told["detail"]
        assert len(told["unanswered"]) == 1
        error_of(await agent.deed(number, "decide", outcome="upheld", **PARTS), 422)

    async def test_one_by_one_or_all_at_once(self, world: World) -> None:
        customer, agent, number = await registered(world)
        await second_grievance(world, number)
        items = (await agent.get(f"tickets/{number}"))["items"]
        answers = [
            {"id": items[0]["id"], "outcome": "upheld", "text": "已和当班柜员谈话"},
            {"id": items[1]["id"], "outcome": "not_upheld", "text": "线路当天没有中断"},
        ]
        view = await agent.done(number, "decide", outcome="partly_upheld", text="分别处理", items=answers)
        assert [(item["outcome"], item["answer"]) for item in view["items"]] == [
            ("upheld", "已和当班柜员谈话"),
            ("not_upheld", "线路当天没有中断"),
        ]
        told = await last_notice(world, customer)
        assert "已和当班柜员谈话" in told
        assert "打客服电话没人接" in told

    async def test_all_explicitly(self, world: World) -> None:
        _, agent, number = await registered(world)
        await second_grievance(world, number)
        view = await agent.done(number, "decide", outcome="upheld", all_items=True, **PARTS)
        assert [item["outcome"] for item in view["items"]] == ["upheld", "upheld"]

    async def test_somebody_elses_item(self, world: World) -> None:
        _, agent, number = await registered(world)
        error_of(
            await agent.deed(number, "decide", outcome="upheld", text="好", items=[{"id": 999, "outcome": "upheld"}]),
            422,
        )


class TestProof:
    async def test_channel_hash_time_result_and_attempts(self, world: World) -> None:
        customer, agent, number = await registered(world)
        await agent.done(number, "decide", outcome="upheld", **PARTS)
        [waiting] = await world.rows(Notice, Notice.kind == "decision")
        assert (waiting.result, waiting.sent_at) == ("waiting", None)
        await world.tick()
        [notice] = (await agent.get(f"tickets/{number}"))["notices"]
        told = await last_notice(world, customer)
        assert notice["content_hash"] == hashlib.sha256(told.encode()).hexdigest()
        assert (notice["channel"], notice["result"], notice["attempts"]) == ("web", "sent", 1)
        assert notice["sent_at"] is not None
        assert set(notice["parts"]) == {"verification", "basis", "remedies"}

    async def test_one_that_fails_is_told_again_and_a_supervisor_knows(self, world: World) -> None:
        _, agent, number = await registered(world)
        await agent.done(number, "decide", outcome="upheld", **PARTS)
        [notice] = await world.rows(Notice, Notice.kind == "decision")

        async def unreachable(row: Outgoing) -> bool:
            return row.message_id != notice.message_id

        deliver, world.core.worker.deliver = world.core.worker.deliver, unreachable
        for _ in range(12):
            await world.tick(minutes=6)
        world.core.worker.deliver = deliver
        view = await agent.get(f"tickets/{number}")
        assert [(n["result"], n["attempts"]) for n in view["notices"]] == [("failed", 10)]
        assert "notify" in [step["deed"] for step in view["next_steps"]]
        assert [a.to for a in await world.rows(Alert, Alert.key.startswith("notice:"))] == ["supervisor"]
        await agent.done(number, "notify")
        await world.tick()
        assert [n["result"] for n in (await agent.get(f"tickets/{number}"))["notices"]] == ["failed", "sent"]

    async def test_told_on_the_phone(self, world: World) -> None:
        _, agent, number = await registered(world)
        await agent.done(number, "decide", outcome="upheld", notify=False, **PARTS)
        error_of(await agent.deed(number, "notify", channel="phone"), 422)
        error_of(await agent.deed(number, "notify", channel="pigeon", note="放飞"), 422)
        view = await agent.done(number, "notify", channel="phone", note="6月11日10:05拨打，客户本人接听")
        assert view["state"] == "notified"
        assert [(n["channel"], n["result"]) for n in view["notices"]] == [("phone", "sent")]


class TestDecidingWithoutTelling:
    async def test_told_later_by_its_own_deed(self, world: World) -> None:
        customer, agent, number = await registered(world)
        before = await customer.heard()
        view = await agent.done(number, "decide", outcome="upheld", notify=False, **PARTS)
        assert view["state"] == "decided"
        assert view["next_steps"][0]["deed"] == "notify"
        assert await customer.heard() == before
        assert (await agent.done(number, "notify"))["state"] == "notified"
        assert PARTS["verification"] in await last_notice(world, customer)
        error_of(await agent.deed(number, "notify"), 409)

    async def test_not_before_it_is_decided(self, world: World) -> None:
        _, agent, number = await registered(world)
        error_of(await agent.deed(number, "notify"), 409)


class TestAtOnce:
    async def test_two_colleagues(self, world: World) -> None:
        customer, one, number = await registered(world)
        two = await world.agent("0102")
        version = (await one.get(f"tickets/{number}"))["version"]
        body = {"version": version, "outcome": "upheld", "text": "同意退费。"}
        answers = await asyncio.gather(*(who.post(f"tickets/{number}/decide", body) for who in (one, two)))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert len([text for text in await customer.heard() if "处理决定了" in text]) == 1

    async def test_after_a_withdrawal(self, world: World) -> None:
        _, agent, number = await registered(world)
        stale = (await agent.get(f"tickets/{number}"))["version"]
        await agent.done(number, "withdraw", reason="客户来电")
        for version in (stale, stale + 1):
            told = error_of(
                await agent.post(
                    f"tickets/{number}/decide", {"version": version, "outcome": "upheld", "text": "同意退费。"}
                ),
                409,
            )
            assert told["error"] == "illegal_transition"
            assert "撤回" in told["detail"]


class TestProxy:
    async def test_no_account_data_before_authorisation(self, world: World) -> None:
        customer, agent, number = await registered(world)
        await on_behalf(world, number)
        before = await customer.heard()
        body: dict[str, Any] = {"outcome": "upheld", "text": "账户余额里的280元已退回"}
        told = error_of(await agent.deed(number, "decide", **body), 409)
        assert told["error"] == "authorisation_pending"
        assert await customer.heard() == before
        view = await agent.done(number, "authorise", note="看过委托书")
        assert view["on_behalf"]["authorisation"] == "shown"
        await agent.done(number, "decide", **body)
        assert "280元" in await last_notice(world, customer)

    async def test_the_process_may_be_told(self, world: World) -> None:
        _, agent, number = await registered(world)
        await on_behalf(world, number)
        assert (await agent.done(number, "decide", outcome="upheld", text="已和当班柜员谈话"))["state"] == "notified"

    async def test_authorisation_for_what_is_ones_own(self, world: World) -> None:
        _, agent, number = await registered(world)
        error_of(await agent.deed(number, "authorise", note="委托书"), 409)
