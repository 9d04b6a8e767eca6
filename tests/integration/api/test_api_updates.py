"""The customer hears of his case before he has to ask (SD014, 3-dialogue.md 3.8)."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from api_bot import acts
from api_world import PASSWORD, Agent, Customer, World

from desk.clock import SHANGHAI
from desk.clocks.answering import next_update
from desk.clocks.calendar import hours_of
from desk.notices.models import Notice
from desk.outbox.models import Outgoing
from desk.policy.hours import say_time
from desk.promises.models import Promise
from desk.tickets.models import Ticket, TicketOwner
from desk.work.models import DueWork


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)


async def ticket(world: World, number: str) -> Ticket:
    [row] = await world.rows(Ticket, Ticket.number == number)
    assert isinstance(row, Ticket)
    return row


async def notices(world: World, number: str, kind: str) -> list[Notice]:
    return await world.rows(Notice, Notice.ticket == number, Notice.kind == kind)


async def messages(world: World, customer: Customer, words: str) -> list[Any]:
    return [row for row in await world.stored(customer.id) if row.by != "customer" and words in row.text]


async def back(agent: Agent, role: str = "agent") -> None:
    """Nobody stays signed in over night."""
    user = f"{role}{agent.work_no}"
    response = await agent.client.post("/api/desk/sign-in", json={"user": user, "password": PASSWORD})
    assert response.status_code == 200, response.text


class TestWhoIsResponsible:
    async def test_told_once_within_two_hours_with_the_dates(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        accepted = world.clock.now()
        await agent.done(number, "investigate")
        await world.until(accepted + timedelta(hours=2))
        [told] = await messages(world, customer, "工号0101")
        case = await ticket(world, number)
        assert told.at <= accepted + timedelta(hours=2)
        assert "客服专员（工号0101）负责" in told.text
        assert case.next_update_at is not None
        assert say_time(case.next_update_at, told.at) in told.text
        [proof] = await notices(world, number, "owner")
        assert (proof.message_id, proof.result) == (told.id, "sent")
        await world.until(accepted + timedelta(hours=20))
        assert len(await messages(world, customer, "（工号0101）负责")) == 1

    async def test_not_in_the_night(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        world.clock.advance_to(at(2025, 6, 11, 21, 45))
        await back(agent)
        await agent.done(number, "investigate")
        await world.until(at(2025, 6, 12, 7, 59))
        assert not await notices(world, number, "owner")
        await world.until(at(2025, 6, 12, 8, 1))
        assert len(await notices(world, number, "owner")) == 1

    async def test_another_one_is_told_at_once_and_why(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        other = await world.agent("0102")
        number = await world.complain(customer)
        await agent.done(number, "investigate")
        await world.tick(hours=1)
        await agent.done(number, "hand-over", to="0102", note="休假")
        await other.done(number, "accept")
        await world.tick(seconds=1)
        [told] = await messages(world, customer, "工号0102")
        assert "因工作交接，换成" in told.text
        assert "休假" not in told.text
        [proof] = [row for row in await notices(world, number, "owner") if row.message_id == told.id]
        assert proof.content_hash

    async def test_after_recusal_the_reason_is_recusal(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        other, supervisor = await world.agent("0102"), await world.agent("0213", "supervisor")
        number = await world.complain(customer)
        await agent.done(number, "investigate")
        await world.tick(hours=1)
        await supervisor.done(number, "exclude", kind="staff", value="0101")
        await other.done(number, "investigate")
        await world.tick(seconds=1)
        assert len(await messages(world, customer, "按回避规定换了人")) == 1

    async def test_whoever_talks_with_him_is_not_announced(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        await agent.done(number, "investigate")
        await agent.take(customer.id)
        [row] = await world.rows(TicketOwner, TicketOwner.until_at.is_(None))
        assert row.told_at is not None
        await agent.did(f"conversations/{customer.id}/return", {})
        await world.tick(hours=2)
        assert not await notices(world, number, "owner")

    async def test_nobody_is_announced_to_somebody_in_danger_or_of_a_decided_case(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        await agent.done(number, "investigate")
        await agent.done(number, "decide", outcome="upheld", text="经核实，已退回费用。")
        await world.tick(hours=2)
        assert not await notices(world, number, "owner")


class TestProgress:
    @pytest.mark.parametrize(("priority", "hours"), [("P0", 4), ("P1", 24), ("P2", 72)])
    async def test_as_often_as_the_priority_wants(self, world: World, priority: str, hours: int) -> None:
        customer = await world.customer()
        number = await world.complain(customer)
        async with world.core.database.transaction() as session:
            case = await session.get_one(Ticket, number)
            case.priority = priority
        start = world.clock.now() + timedelta(hours=72)
        await world.until(start)
        before = len(await notices(world, number, "progress"))
        assert before >= 1
        world.clock.advance(timedelta(seconds=1))
        await world.until(start + timedelta(hours=3 * hours, minutes=1))
        told = await notices(world, number, "progress")
        assert len(told) >= before + 3
        gaps = [later.created_at - sooner.created_at for sooner, later in pairwise(told)]
        assert all(gap <= timedelta(hours=hours) for gap in gaps)

    async def test_says_what_is_known_now_and_promises_the_next_time(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        await agent.done(number, "investigate")
        await world.hire("0213", "supervisor")
        await agent.done(number, "extend", complexity="complex", reason="需要调取录像")
        await agent.done(number, "extend", complexity="special", reason="还要调取", approver="0213")
        supervisor = await world.agent("0214", "supervisor")
        await world.tick(hours=3)
        await world.tick(seconds=1)
        await back(supervisor, "supervisor")
        await supervisor.done(number, "approve", approve=False, reason="够了")
        await world.until(at(2025, 6, 14, 12))
        [first] = await messages(world, customer, "有新的进展")
        assert "原定日期不变" in first.text
        assert "还差工号0101的核实结论" in first.text
        case = await ticket(world, number)
        assert case.next_update_at is not None
        assert say_time(case.next_update_at, first.at) in first.text
        promises = await world.rows(Promise, Promise.ticket == number, Promise.kind == "update")
        assert [row.state for row in promises] == ["kept", "open"]
        assert promises[-1].due_at == case.next_update_at
        # Nobody kept the first answer, so the case is P1 by now and hears every day.
        await world.until(at(2025, 6, 15, 18))
        [second] = await messages(world, customer, "还没有结论，让您久等了")
        assert second.at > first.at

    async def test_what_it_waits_for(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        await world.hire("0213", "supervisor")
        number = await world.complain(customer)

        async def asked() -> str:
            world.bot.next(acts("action_ticket_status", intent="query_ticket_status"))
            world.clock.advance(timedelta(days=4))
            return "".join(await world.told(customer, "进展如何"))

        assert "等消费者权益中心安排同事来核实" in await asked()
        await back(agent)
        await agent.done(number, "investigate")
        await agent.done(number, "extend", complexity="complex", reason="需要调取录像")
        await agent.done(number, "extend", complexity="special", reason="还要调取", approver="0213")
        assert "在等上级主管批准" in await asked()
        supervisor = await world.agent("0214", "supervisor")
        await supervisor.done(number, "approve", approve=False, reason="够了")
        await back(agent)
        await agent.done(number, "pause", why="external_appraisal", reason="笔迹要送鉴定")
        assert "等外部鉴定的结果" in await asked()

    async def test_none_for_what_is_over(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        await agent.done(number, "withdraw", reason="电话里提出")
        await world.until(at(2025, 6, 20, 12))
        assert not await notices(world, number, "progress")
        world.bot.next(acts("action_ticket_status", intent="query_ticket_status"))
        said = "".join(await world.told(customer, f"{number}怎么样了"))
        assert "撤回" in said
        assert "下一次" not in said
        assert "最晚" not in said

    async def test_none_where_a_life_is_in_danger(self, world: World) -> None:
        customer = await world.customer()
        await customer.say("我不想活了，想从楼上跳下去")
        await world.tick()
        [case] = await world.rows(Ticket)
        assert case.flags.get("restricted")
        await world.until(at(2025, 6, 12, 12))
        assert not await notices(world, case.number, "progress")

    async def test_goes_on_when_a_decided_case_is_taken_up_again(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        await agent.done(number, "decide", outcome="upheld", text="经核实，已退回费用。")
        await agent.done(number, "reopen", reason="还要核实")
        await agent.done(number, "investigate")
        again = world.clock.now()
        await world.until(again + timedelta(hours=73))
        assert await notices(world, number, "progress")

    async def test_nobody_waits_for_progress_of_praise(self, world: World) -> None:
        customer = await world.customer()
        world.bot.next(acts("action_record_praise", intent="praise"))
        await world.told(customer, "今天大堂的小李特别耐心，表扬一下")
        [case] = await world.rows(Ticket)
        kinds = {row.kind for row in await world.rows(Promise, Promise.ticket == case.number)}
        assert (case.type, case.next_update_at, kinds) == ("BY", None, {"decision"})

    async def test_in_the_customers_script(self, world: World) -> None:
        customer = await world.customer(locale="zh-HK")
        await world.complain(customer, "城南分行三號窗口嘅職員對我唔理唔睬，等咗四十分鐘")
        await world.until(at(2025, 6, 14, 12))
        assert await messages(world, customer, "還沒有結論，讓您久等了") or await messages(
            world, customer, "有新的進展"
        )


class TestQuietHours:
    async def test_a_notice_made_at_night_leaves_in_the_morning(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        world.clock.advance_to(at(2025, 6, 11, 23, 30))
        await back(agent)
        await agent.done(number, "extend", complexity="complex", reason="需要调取录像")
        await world.until(at(2025, 6, 12, 7))
        [proof] = await notices(world, number, "extended")
        assert proof.result == "waiting"
        await world.until(at(2025, 6, 12, 8, 1))
        [proof] = await notices(world, number, "extended")
        assert (proof.result, proof.sent_at) == ("sent", at(2025, 6, 12, 8))
        [row] = await world.rows(Outgoing, Outgoing.message_id == proof.message_id)
        assert "延长到" in row.text

    async def test_at_the_customers_own_wish(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        world.bot.next(acts("action_set_contact", intent="set_contact_preference"))
        said = "".join(await world.told(customer, "有进展晚上也可以告诉我"))
        assert "晚上有进展也会马上告诉您" in said
        world.clock.advance_to(at(2025, 6, 11, 23, 30))
        await back(agent)
        await agent.done(number, "extend", complexity="complex", reason="需要调取录像")
        await world.tick(seconds=1)
        assert [row.result for row in await notices(world, number, "extended")] == ["sent"]
        world.bot.next(acts("action_set_contact", intent="set_contact_preference"))
        await world.told(customer, "晚上别再发了")
        assert (await ticket(world, number)).flags["any_hour"] is False

    async def test_never_later_than_the_law(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        await agent.done(number, "investigate")
        await world.until(at(2025, 6, 26, 23, 30))
        await back(agent)
        await agent.done(number, "extend", complexity="complex", reason="需要调取录像")
        await world.tick(seconds=1)
        [proof] = await notices(world, number, "extended")
        assert proof.result == "sent"

    async def test_no_time_in_the_night_is_promised(self, world: World) -> None:
        async with world.core.database.snapshot() as session:
            hours = await hours_of(session, world.core.policy)
        night = at(2025, 6, 14, 3)
        assert next_update(hours, "P1", at(2025, 10, 3, 3)) == at(2025, 10, 3, 22)
        assert next_update(hours, "P0", night) == at(2025, 6, 14, 7)

    async def test_told_at_the_end_of_a_day_the_next_time_is_another_day(self, world: World) -> None:
        async with world.core.database.snapshot() as session:
            hours = await hours_of(session, world.core.policy)
        assert next_update(hours, "P1", at(2025, 9, 30, 18)) == at(2025, 10, 1, 18)
        assert next_update(hours, "P0", at(2025, 6, 11, 18)) == at(2025, 6, 11, 22)


class TestAnAnswerByAColleague:
    SAYS = "我核对了当天的叫号记录，您取号后确实等了四十分钟，窗口少开了两个，原因还在向支行核实。"

    async def answered(self, world: World, agent: Agent, customer: Customer, text: str) -> dict[str, str]:
        await agent.take(customer.id)
        await agent.did(f"conversations/{customer.id}/messages", {"client_id": "a1", "text": text})
        return {row.kind: row.state for row in await world.rows(Promise) if row.kind != "spoken"}

    async def test_what_says_something_keeps_the_first_answer(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        await world.complain(customer)
        states = await self.answered(world, agent, customer, f"您好，我是客服专员，工号0101。{self.SAYS}")
        assert states == {"first_answer": "kept", "update": "kept", "decision": "open"}

    @pytest.mark.parametrize(
        "text",
        [
            "您好，我是客服专员，工号0101，很高兴为您服务。",
            "收到，正在为您核实，请您耐心等待，我们会尽快处理。",
            "非常抱歉给您带来不便，请您放心。",
            "请问您是哪一天去的网点，当时取的是几号窗口的号呢？",
            "今天17点前我给您一个确定的答复。",
        ],
    )
    async def test_a_greeting_a_placeholder_a_question_or_a_promise_does_not(self, world: World, text: str) -> None:
        customer, agent = await world.customer(), await world.agent()
        await world.complain(customer)
        states = await self.answered(world, agent, customer, text)
        assert states["first_answer"] == "open"

    async def test_a_late_answer_makes_good_what_stays_broken(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        await world.tick(hours=30)
        await back(agent)
        states = await self.answered(world, agent, customer, self.SAYS)
        assert states["first_answer"] == "broken"
        [row] = await world.rows(Promise, Promise.kind == "first_answer")
        assert row.kept_at == world.clock.now()
        await agent.did(f"conversations/{customer.id}/return", {})
        world.bot.next(acts("action_ticket_status", intent="query_ticket_status"))
        await world.told(customer, "进展如何")
        assert (await ticket(world, number)).chases == 0

    async def test_nothing_automatic_follows_on_its_heels(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        due = (await ticket(world, number)).next_update_at
        assert due is not None
        await world.until(due - timedelta(hours=1))
        await back(agent)
        await self.answered(world, agent, customer, self.SAYS)
        await world.until(due)
        assert not await notices(world, number, "progress")
        open_rows = [row for row in await world.rows(DueWork, DueWork.kind == "update") if row.done_at is None]
        assert len(open_rows) == 1
