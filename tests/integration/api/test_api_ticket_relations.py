"""Withdrawal, review, merging, groups and alarm words (令2020/3 art. 12, 15, 18, 20, 29)."""

from __future__ import annotations

from datetime import timedelta

from api_bot import acts
from api_world import NUMBER, Customer, World, error_of

from desk.alerts.models import Alert
from desk.appointments.models import Appointment
from desk.clocks.models import ClockEvent
from desk.conversations.models import Conversation
from desk.promises.models import Promise
from desk.tickets.models import Ticket, TicketFact, TicketItem
from desk.work.models import DueWork

COMPLAINT = "complain_service_attitude"


async def another(world: World, customer: Customer, text: str) -> str:
    """A second ticket of the same customer, in the same conversation."""
    number = await world.complain(customer, text)
    async with world.core.database.snapshot() as session:
        assert (await session.get_one(Conversation, customer.id)).case_number == number
    return number


async def draft(world: World, customer: Customer, text: str) -> Ticket:
    world.bot.next(acts("action_thank_and_apologise", intent=COMPLAINT))
    await world.told(customer, text)
    [ticket] = await world.rows(Ticket)
    assert isinstance(ticket, Ticket)
    return ticket


class TestWithdrawal:
    async def test_confirmed_acknowledged_with_its_time_and_nothing_comes_after(self, world: World) -> None:
        customer = await world.customer()
        number = await world.complain(customer)
        world.bot.next(acts("action_withdraw", intent="withdraw_complaint"))
        [asked] = await world.told(customer, "我要撤回投诉")
        assert number in asked
        world.bot.next(acts("action_withdraw", intent="withdraw_complaint"))
        [done] = await world.told(customer, "是的，撤回")
        assert number in done
        assert "6月11日(周三)10:0" in done
        [ticket] = await world.rows(Ticket)
        assert ticket.state == "withdrawn"
        assert {promise.state for promise in await world.rows(Promise)} == {"kept"}
        before = await customer.heard()
        await world.tick(days=20)
        assert await customer.heard() == before

    async def test_once_more(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        await agent.done(number, "withdraw", reason="客户来电撤回")
        assert "撤回" in (await customer.heard())[-1]
        world.bot.next(acts("action_withdraw", intent="withdraw_complaint"))
        [again] = await world.told(customer, "我要撤回投诉")
        assert "已经撤回" in again
        error_of(await agent.deed(number, "withdraw", reason="再来一次"), 409)

    async def test_a_draft_has_an_owner_when_it_ends(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        ticket = await draft(world, customer, "城南支行三号窗口的柜员对我爱理不理")
        assert ticket.owner is None
        view = await agent.done(ticket.number, "withdraw", reason="客户说算了")
        assert view["state"] == "withdrawn"
        assert view["owner"]

    async def test_a_decided_one_is_not_withdrawn(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        await agent.done(number, "decide", outcome="upheld", text="已退回费用")
        world.bot.next(acts("action_withdraw", intent="withdraw_complaint"))
        [told] = await world.told(customer, "我要撤回投诉")
        assert "已经有处理决定" in told
        error_of(await agent.deed(number, "withdraw", reason="来电"), 409)

    async def test_what_was_agreed_is_called_off(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        async with world.core.database.transaction() as session:
            now = world.clock.now()
            session.add(
                Appointment(
                    conversation_id=customer.id,
                    effect="a",
                    ticket=number,
                    kind="call",
                    start=now,
                    end=now + timedelta(hours=1),
                    state="booked",
                )
            )
        await agent.done(number, "withdraw", reason="客户来电撤回")
        assert [row.state for row in await world.rows(Appointment)] == ["cancelled"]

    async def test_declined_and_told_why(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        error_of(await agent.deed(number, "decline"), 422)
        view = await agent.done(number, "decline", reason="不是本人提出，也没有本人的授权")
        assert view["state"] == "declined"
        assert "不是本人提出" in (await customer.heard())[-1]
        await world.tick()
        assert [n["result"] for n in (await agent.get(f"tickets/{number}"))["notices"]] == ["sent"]


class TestReview:
    async def test_a_ticket_of_its_own_at_the_upper_level(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent(branch="城东支行")
        number = await world.complain(customer)
        error_of(await agent.deed(number, "review"), 409)
        await agent.done(number, "decide", outcome="not_upheld", text="费用按合同收取")
        await world.tick(days=29)
        world.bot.next(acts("action_request_review", intent="request_remedy"))
        [told] = await world.told(customer, "我要申请核查")
        found = NUMBER.search(told.split("核查单编号")[1])
        assert found is not None
        [review] = await world.rows(Ticket, Ticket.type == "HC")
        assert review.number == found.group()
        assert review.owner.startswith("上级行")
        assert {"0101", "城东支行"} <= set(review.exclusions)
        assert "8月9日" in told, "thirty natural days of its own"
        one, other = await world.agent("0103", branch="城东支行"), await world.agent("0104")
        error_of(await one.deed(review.number, "investigate"), 403)
        view = await other.done(review.number, "decide", outcome="upheld", text="改为退还费用")
        assert {"kind": "review_of", "number": number} in view["links"]
        notice = (await customer.heard())[-1]
        assert "仲裁" in notice
        assert "申请上级行核查" not in notice, "there is no review of a review"
        error_of(await other.deed(review.number, "review"), 409)

    async def test_after_thirty_days_the_other_ways_are_named(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        await agent.done(number, "decide", outcome="not_upheld", text="费用按合同收取")
        async with world.core.database.transaction() as session:
            ticket = await session.get(Ticket, number)
            assert ticket is not None
            ticket.notified_at = world.clock.now() - timedelta(days=31)
        world.bot.next(acts("action_request_review", intent="request_remedy"))
        [told] = await world.told(customer, "我要申请核查")
        assert all(way in told for way in ("调解", "仲裁", "诉讼"))
        assert error_of(await agent.deed(number, "review"), 409)["error"] == "review_window_over"
        assert not await world.rows(Ticket, Ticket.type == "HC")

    async def test_opened_by_a_colleague_once(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        await agent.done(number, "decide", outcome="not_upheld", text="费用按合同收取")
        one = await agent.done(number, "review", note="客户来电申请")
        two = await agent.done(number, "review")
        assert one["number"] == two["number"]
        assert one["number"] in (await customer.heard())[-1]


class TestMerging:
    async def test_everything_goes_along_and_the_number_still_answers(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        first = await world.complain(customer)
        await world.tick(hours=1)
        second = await another(world, customer, "昨天在城北支行办业务，大堂经理赶我走，还多扣了280元")
        due = (await agent.get(f"tickets/{first}"))["decision_due"]
        items = [i.what for i in await world.rows(TicketItem, TicketItem.ticket == second)]
        view = await agent.done(second, "merge", into=first)
        assert view["state"] == "merged"
        assert {"kind": "merged_into", "number": first} in view["links"]
        target = await agent.get(f"tickets/{first}")
        assert target["decision_due"] == due, "merging moves no clock"
        assert set(items) <= {item["what"] for item in target["items"]}
        assert not await world.rows(TicketItem, TicketItem.ticket == second)
        assert {p.ticket for p in await world.rows(Promise) if p.state == "open"} == {first}
        told = (await customer.heard())[-1]
        assert first in told
        assert second in told
        world.bot.next(acts("action_ticket_status", intent="query_ticket_status"))
        [status] = await world.told(customer, f"查一下{second}")
        assert first in status
        await agent.done(first, "decide", outcome="upheld", text="两件事都已处理", all_items=True)
        assert {p.state for p in await world.rows(Promise)} == {"kept"}
        surveys = await world.rows(DueWork, DueWork.kind == "survey", DueWork.cancelled.is_(False))
        assert [row.ticket for row in surveys] == [first]
        error_of(await agent.deed(second, "decide", outcome="upheld", text="好"), 409)

    async def test_who_is_kept_off_stays_so_and_no_clock_runs_on(self, world: World) -> None:
        customer, agent, boss = await world.customer(), await world.agent(), await world.agent("0213", "supervisor")
        await world.hire("0412")
        first = await world.complain(customer)
        await world.tick(hours=1)
        second = await another(world, customer, "昨天在城北支行办业务，大堂经理赶我走，还多扣了280元")
        await boss.done(second, "exclude", kind="staff", value="0412")
        await agent.done(second, "pause", why="external_appraisal", reason="送外部鉴定")
        await agent.done(second, "merge", into=first)
        assert "0412" in (await agent.get(f"tickets/{first}"))["exclusions"]
        assert [row.kind for row in await world.rows(ClockEvent, ClockEvent.ticket == second)] == ["paused", "resumed"]
        kinds = ("decision_near", "decision_at_risk")
        alarms = await world.rows(DueWork, DueWork.kind.in_(kinds), DueWork.cancelled.is_(False))
        assert {row.ticket for row in alarms} == {first}

    async def test_what_cannot_be_merged(self, world: World) -> None:
        customer, stranger, agent = await world.customer(), await world.customer(), await world.agent()
        first, strange = await world.complain(customer), await world.complain(stranger)
        error_of(await agent.deed(first, "merge", into=first), 422)
        error_of(await agent.deed(strange, "merge", into=first), 422)
        error_of(await agent.deed(first, "merge", into="TS20250101-0001"), 404)
        await world.tick(hours=1)
        second = await another(world, customer, "昨天在城北支行办业务，大堂经理赶我走，还多扣了280元")
        error_of(await agent.deed(first, "merge", into=second), 422)
        await agent.done(first, "decide", outcome="upheld", text="已退回费用")
        error_of(await agent.deed(second, "merge", into=first), 409)

    async def test_links_of_the_same_event(self, world: World) -> None:
        customer, stranger, agent = await world.customer(), await world.customer(), await world.agent()
        first, other = await world.complain(customer), await world.complain(stranger)
        view = await agent.done(first, "link", to=other, kind="same_event")
        assert {"kind": "same_event", "number": other} in view["links"]
        assert {"kind": "same_event", "number": first} in (await agent.get(f"tickets/{other}"))["links"]
        error_of(await agent.deed(first, "link", to=other, kind="cousin"), 422)


class TestGroups:
    async def test_twenty_in_person_are_a_major_complaint(self, world: World) -> None:
        customer = await world.customer()
        world.bot.next(acts("action_thank_and_apologise", intent=COMPLAINT))
        [told] = await world.told(customer, "我们二十几个人现在都在城南支行大厅，柜员全都不理我们")
        assert "5位" in told
        assert "代表" in told
        [ticket] = await world.rows(Ticket)
        assert ticket.flags["major"] is True
        assert ticket.priority == "P0"
        assert {a.to for a in await world.rows(Alert, Alert.kind == "major")} == {"supervisor", "duty"}

    async def test_a_failure_of_the_whole_bank_is_major_and_asks_for_no_representatives(self, world: World) -> None:
        customer = await world.customer()
        world.bot.next(acts("action_thank_and_apologise", intent=COMPLAINT))
        [told] = await world.told(customer, "你们手机银行全都瘫痪了，钱转不出去，太耽误事了")
        assert "代表" not in told
        [ticket] = await world.rows(Ticket)
        assert (ticket.flags["major"], ticket.priority, "group" in ticket.flags) == (True, "P1", False)
        assert {a.to for a in await world.rows(Alert, Alert.kind == "major")} == {"supervisor", "duty"}

    async def test_nineteen_are_not_and_neither_is_a_signed_letter(self, world: World) -> None:
        for text in ("我们19个人现在都在城南支行大厅，柜员全都不理我们", "我们三十户业主联名，柜员态度恶劣"):
            customer = await world.customer()
            world.bot.next(acts("action_thank_and_apologise", intent=COMPLAINT))
            await world.told(customer, text)
        flags = [ticket.flags for ticket in await world.rows(Ticket)]
        assert [f.get("group") for f in flags] == [19, 30]
        assert not any(f.get("major") for f in flags)
        assert not await world.rows(Alert, Alert.kind == "major")

    async def test_groups_at_the_same_place_belong_together(self, world: World) -> None:
        numbers = []
        for size in ("22", "25"):
            customer = await world.customer()
            numbers.append(await world.complain(customer, f"我们{size}个人现在都在城南支行大厅，柜员全都不理我们"))
        assert {fact.value for fact in await world.rows(TicketFact, TicketFact.key == "where")} == {"城南支行"}
        agent = await world.agent()
        for one, other in (numbers, reversed(numbers)):
            assert {"kind": "same_event", "number": other} in (await agent.get(f"tickets/{one}"))["links"]


class TestAlarmWords:
    async def test_supervisor_and_compliance_hear_of_it_also_when_it_is_said_later(self, world: World) -> None:
        customer = await world.customer()
        number = await world.complain(customer)
        assert not await world.rows(Alert, Alert.kind == "threat")
        world.bot.next(acts("action_thank_and_apologise", intent="complain_unresolved"))
        await world.told(customer, "再不给我处理我就打12378，还要找律师起诉你们")
        assert {a.to for a in await world.rows(Alert, Alert.kind == "threat")} == {"supervisor", "compliance"}
        [ticket] = await world.rows(Ticket, Ticket.number == number)
        assert ticket.flags["compliance"] is True
