"""Who has to ask again is counted by rule, hears real progress, and sees something change (SD028, 3-dialogue.md 3.8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from api_bot import acts
from api_world import Agent, Customer, World

from desk.alerts.models import Alert
from desk.changes.models import Change
from desk.policy.hours import say_time
from desk.promises.models import Promise
from desk.tickets.models import Ticket, TicketItem
from desk.work.models import DueWork

STATUS = acts("action_ticket_status", intent="query_ticket_status")
HOW = "请问我那件事现在怎么样了"


async def ask(world: World, customer: Customer, text: str = HOW) -> str:
    world.bot.next(STATUS)
    return "".join(await world.told(customer, text))


async def case(world: World, number: str) -> Ticket:
    [row] = await world.rows(Ticket, Ticket.number == number)
    assert isinstance(row, Ticket)
    return row


async def chase_alerts(world: World) -> list[Any]:
    return await world.rows(Alert, Alert.kind == "chase")


async def asked_three_times(world: World, customer: Customer) -> str:
    """Once in time, and three chases after it; returns what was said to the last one."""
    said = ""
    for _ in range(4):
        said = await ask(world, customer)
    return said


async def begun(world: World) -> tuple[Customer, Agent, str]:
    customer, agent = await world.customer(), await world.agent()
    number = await world.complain(customer)
    await agent.done(number, "investigate")
    return customer, agent, number


class TestCounting:
    async def test_a_question_in_time_is_none(self, world: World) -> None:
        customer, _, number = await begun(world)
        before = (await case(world, number)).next_update_at
        said = await ask(world, customer)
        row = await case(world, number)
        assert (row.chases, row.next_update_at) == (0, before)
        assert before is not None
        assert all(words in said for words in ("工号0101核实", "还差", say_time(before, world.clock.now())))
        assert "抱歉" not in said

    async def test_who_asks_before_the_first_answer_hears_its_date(self, world: World) -> None:
        """It is the nearest of all; telling only what comes later sounded as if the promise had been forgotten."""
        customer, _, number = await begun(world)
        [promise] = await world.rows(Promise, Promise.kind == "first_answer", Promise.ticket == number)
        due = f"最晚{say_time(promise.due_at, world.clock.now())}前先答复您"
        assert due in await ask(world, customer)
        await world.until(promise.due_at + timedelta(minutes=1))
        assert "先答复" not in await ask(world, customer)

    async def test_a_second_one_within_an_interval_counts(self, world: World) -> None:
        customer, _, number = await begun(world)
        await ask(world, customer)
        await ask(world, customer)
        assert (await case(world, number)).chases == 1

    async def test_a_second_one_after_an_interval_does_not(self, world: World) -> None:
        customer, _, number = await begun(world)
        async with world.core.database.transaction() as session:
            for row in await world.rows(Promise, Promise.kind == "first_answer"):
                (await session.get_one(Promise, row.id)).state = "voided"
        await ask(world, customer)
        await world.until(world.clock.now() + timedelta(hours=80))
        await ask(world, customer)
        assert (await case(world, number)).chases == 0

    async def test_after_a_promised_time_the_first_one_counts(self, world: World) -> None:
        customer, _, number = await begun(world)
        await world.tick(hours=30)
        said = await ask(world, customer)
        assert (await case(world, number)).chases == 1
        assert "我们没做到" not in said or "抱歉" in said

    async def test_a_turn_tried_again_counts_once(self, world: World) -> None:
        customer, _, number = await begun(world)
        await ask(world, customer)
        world.bot.next(acts("action_ticket_status", "action_nobody_knows", intent="query_ticket_status"))
        await ask(world, customer)
        assert (await case(world, number)).chases == 1


class TestTheThreeSteps:
    async def test_first_the_next_progress_is_really_nearer(self, world: World) -> None:
        customer, _, number = await begun(world)
        await ask(world, customer)
        before = (await case(world, number)).next_update_at
        said = await ask(world, customer)
        row = await case(world, number)
        assert row.next_update_at is not None
        assert before is not None
        assert row.next_update_at < before
        assert "抱歉" in said
        assert f"下一次进展提前到{say_time(row.next_update_at, world.clock.now())}" in said
        [promise] = await world.rows(Promise, Promise.kind == "update", Promise.due_at == row.next_update_at)
        assert promise.state == "open"
        [work] = await world.rows(
            DueWork, DueWork.kind == "update", DueWork.cancelled.is_(False), DueWork.done_at.is_(None)
        )
        assert before - row.next_update_at > row.next_update_at - work.due_at
        world.clock.advance_to(work.due_at)
        await world.core.worker.tick()
        assert any("编号" in text and "下一次最晚" in text for text in (await customer.heard())[-1:])
        assert not await chase_alerts(world)

    async def test_then_the_supervisor_knows_and_another_person_is_offered(self, world: World) -> None:
        customer, _, number = await begun(world)
        for _ in range(3):
            said = await ask(world, customer)
        row = await case(world, number)
        assert (row.chases, row.flags.get("second_complaint")) == (2, None)
        assert [alert.to for alert in await chase_alerts(world)] == ["supervisor"]
        offered = await world.rows(Change, Change.kind == "change_person", Change.offered_at.is_not(None))
        assert [(change.answer, 7 in change.trigger_rows) for change in offered] == [("pending", True)]
        assert "请" in said

    async def test_third_it_is_a_second_complaint_and_says_so(self, world: World) -> None:
        customer, _, number = await begun(world)
        said = await asked_three_times(world, customer)
        row = await case(world, number)
        assert row.flags["second_complaint"] is True
        assert (row.priority, row.owner, row.exclusions) == ("P1", "消费者权益中心", ["城南支行", "0101"])
        assert 6 in [item.cause_six for item in await world.rows(TicketItem)]
        assert "按再次投诉登记" in said
        assert "说一声“不用”" in said
        again = await ask(world, customer)
        assert "按再次投诉登记" not in again

    async def test_a_no_undoes_it_and_is_remembered(self, world: World) -> None:
        customer, _, number = await begun(world)
        await asked_three_times(world, customer)
        world.bot.next(acts("action_decline_change", intent="decline_change"))
        said = "".join(await world.told(customer, "不用"))
        row = await case(world, number)
        assert row.flags.get("second_complaint") is None
        assert row.flags["second_refused"] is True
        assert (row.owner, row.exclusions) == ("0101", ["城南支行"])
        assert 6 not in [item.cause_six for item in await world.rows(TicketItem)]
        assert "不按再次投诉办" in said
        assert "还差工号0101的核实结论" in said
        await ask(world, customer)
        assert (await case(world, number)).flags.get("second_complaint") is None

    async def test_who_has_declined_another_person_is_asked_about_the_second_complaint_alone(
        self, world: World
    ) -> None:
        customer, _, number = await begun(world)
        for _ in range(3):
            await ask(world, customer)
        world.bot.next(acts("action_decline_change", intent="decline_change"))
        await world.told(customer, "不用换人，也不用约时间")
        await ask(world, customer)
        thread = await customer.fetch()
        titles = [button["title"] for button in thread["messages"][-1]["buttons"]]
        assert titles == ["不用，还由原来的同事办"]
        world.bot.next(acts("action_decline_change", intent="decline_change"))
        await world.told(customer, "不用", choice=thread["messages"][-1]["buttons"][0]["choice"])
        assert (await case(world, number)).flags["second_refused"] is True


class TestTheAnswer:
    async def test_always_a_last_step_a_present_step_and_a_date(self, world: World) -> None:
        customer, _, number = await begun(world)
        for _ in range(6):
            said = await ask(world, customer)
            due = (await case(world, number)).next_update_at
            assert due is not None
            assert all(words in said for words in ("最近一步", "现在", say_time(due, world.clock.now()))), said

    async def test_every_date_told_is_a_promise(self, world: World) -> None:
        customer, agent, number = await begun(world)
        await agent.take(customer.id)
        text = "我核对了当天的叫号记录，您取号后确实等了四十分钟，窗口少开了两个。"
        await agent.did(f"conversations/{customer.id}/messages", {"client_id": "a1", "text": text})
        await agent.did(f"conversations/{customer.id}/return", {})
        await ask(world, customer)
        due = (await case(world, number)).next_update_at
        rows = await world.rows(Promise, Promise.kind == "update", Promise.due_at == due)
        assert [row.state for row in rows] == ["kept", "open"]
