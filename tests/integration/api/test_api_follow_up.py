"""The follow-up after a decision: when it may be asked, who sees what was answered, what is done about it (3.11)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from api_bot import acts
from api_world import NUMBER, PASSWORD, Agent, Customer, World

from desk.alerts.models import Alert
from desk.clock import local
from desk.closing.models import Closing
from desk.promises.models import Promise
from desk.surveys.models import Survey
from desk.tickets.models import Ticket, TicketAddition, TicketItem, TicketLink
from desk.work.models import DueWork

ANSWER = acts("action_record_satisfaction", intent="give_score")
ASKED = "问题解决了吗"
REMINDED = "想再问一次"


async def told(world: World, customer: Customer, agent: Agent) -> str:
    """A complaint whose decision has reached the customer."""
    number = await world.complain(customer)
    await agent.done(number, "decide", outcome="upheld", text="已退回费用")
    await world.tick()
    return number


async def says(world: World, customer: Customer, *answers: str) -> list[str]:
    heard: list[str] = []
    for words in answers:
        world.bot.next(ANSWER)
        heard = await world.told(customer, words)
    return heard


async def count(customer: Customer, words: str) -> int:
    return sum(words in text for text in await customer.heard())


async def not_done(world: World) -> str:
    """Asked, and answered with: take it up again."""
    customer, agent = await world.customer(), await world.agent()
    number = await told(world, customer, agent)
    await world.tick(hours=3)
    await says(world, customer, "没有解决", "说查无此事", "1")
    return number


class TestWhen:
    async def test_a_case_decided_anew_is_asked_anew_and_reminded_anew(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await told(world, customer, agent)
        await world.tick(hours=3)
        await world.tick(days=4)
        await says(world, customer, "没有解决", "说查无此事", "1")
        other = await world.agent("0102")
        await other.done(number, "investigate")
        await other.done(number, "decide", outcome="upheld", text="查到了记录，费用退回")
        await world.tick()
        await world.tick(hours=24)
        await world.tick(days=4)
        await world.tick(days=4)
        assert (await count(customer, ASKED), await count(customer, REMINDED)) == (2, 2)

    async def test_not_while_a_person_is_in_the_chat_but_afterwards(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        await told(world, customer, agent)
        await agent.take(customer.id)
        await world.tick(hours=3)
        assert await count(customer, ASKED) == 0
        await agent.did(f"conversations/{customer.id}/return")
        await world.tick(hours=2)
        assert await count(customer, ASKED) == 1

    async def test_the_reminder_waits_for_a_person_too(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        await told(world, customer, agent)
        await world.tick(hours=3)
        await agent.take(customer.id)
        await world.tick(days=4)
        assert await count(customer, REMINDED) == 0
        await agent.client.post("/api/desk/sign-in", json={"user": "agent0101", "password": PASSWORD})
        await agent.did(f"conversations/{customer.id}/return")
        await world.tick(hours=20)
        await world.tick(hours=20)
        assert await count(customer, REMINDED) == 1

    async def test_never_on_the_day_of_a_withdrawal_in_anger(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await told(world, customer, agent)
        other = await world.complain(customer, "气死我了，你们简直就是骗子，年费又乱扣，太过分了！！！")
        await agent.done(other, "withdraw", reason="客户要求撤回")
        await world.tick(hours=3)
        await world.tick(days=5)
        assert await count(customer, ASKED) == 0
        [survey] = await world.rows(Survey, Survey.ticket == number)
        assert survey.state == "stopped"

    async def test_never_while_a_life_is_at_risk_and_closing_does_not_wait_for_it(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await told(world, customer, agent)
        other = await world.complain(customer, "催收天天打电话，实在受不了")
        async with world.core.database.transaction() as session:
            risky = await session.get_one(Ticket, other)
            risky.flags, risky.priority = {**risky.flags, "restricted": True}, "P0"
        await world.tick(hours=3)
        await world.tick(days=5)
        assert await count(customer, ASKED) == 0
        supervisor = await world.agent("0213", "supervisor")
        await supervisor.done(number, "recheck", result="passed", note="属实")
        await supervisor.done(number, "feedback", none_because="个案")
        assert (await supervisor.done(number, "close"))["state"] == "closed"
        assert [row.follow_up for row in await world.rows(Closing)] == ["exempt"]

    async def test_who_does_not_want_to_be_asked_is_not_asked_about_the_next_one_either(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        await told(world, customer, agent)
        await world.tick(hours=3)
        world.bot.next(acts("action_record_satisfaction", intent="decline_survey"))
        await world.told(customer, "别问了")
        await told(world, customer, await world.agent("0102"))
        await world.tick(days=5)
        assert (await count(customer, ASKED), await count(customer, REMINDED)) == (1, 0)
        assert {row.state for row in await world.rows(Survey)} == {"declined"}

    async def test_said_before_anything_was_asked_it_holds_as_well(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        await told(world, customer, agent)
        world.bot.next(acts("action_record_satisfaction", intent="decline_survey"))
        await world.told(customer, "以后不要发什么满意度调查给我")
        await world.tick(days=5)
        assert await count(customer, ASKED) == 0

    async def test_half_an_answer_counts_and_is_not_reminded_of(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        await told(world, customer, agent)
        await world.tick(hours=3)
        await says(world, customer, "解决了", "4")
        await world.tick(days=5)
        [survey] = await world.rows(Survey)
        assert (survey.state, survey.satisfied, await count(customer, REMINDED)) == ("answered", True, 0)


class TestWhoSeesIt:
    async def test_scores_are_the_supervisors_alone(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        supervisor = await world.agent("0213", "supervisor")
        number = await told(world, customer, agent)
        await world.tick(hours=3)
        await says(world, customer, "解决了", "4分", "1分")
        seen = await agent.get(f"tickets/{number}")
        assert seen["surveys"] == [{"state": "asking"}]
        talk = str((await agent.view(customer.id))["messages"])
        assert '1分"' not in talk
        assert "'text': '1分'" not in talk
        rows = (await agent.get("conversations", state="bot"))["items"]
        assert [row["preview"] for row in rows if row["id"] == customer.id] == ["（回访评分）"]
        [survey] = (await supervisor.get(f"tickets/{number}"))["surveys"]
        assert survey["answers"] == {"solved": "solved", "expectation": 4, "perception": 1}
        assert "'text': '1分'" in str((await supervisor.view(customer.id))["messages"])

    async def test_the_register_tells_them_to_supervisors_only(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        await told(world, customer, agent)
        await world.tick(hours=3)
        await says(world, customer, "解决了", "4分", "5分", "5分")
        day = f"{local(world.clock.now()):%Y-%m-%d}"
        read = {}
        for work_no, role in (("0213", "supervisor"), ("0301", "quality")):
            reader = await world.agent(work_no, role)
            answer = await reader.client.get("/api/desk/register.csv", params={"start": day, "end": day})
            assert answer.status_code == 200, answer.text
            read[role] = answer.text
        assert ("1.25" in read["supervisor"], "1.25" in read["quality"]) == (True, False)

    async def test_a_score_changes_nothing_about_the_service(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await told(world, customer, agent)
        before = await agent.get(f"tickets/{number}")
        await world.tick(hours=3)
        await says(world, customer, "解决了", "5", "1", "态度很差", "4")
        after = await agent.get(f"tickets/{number}")
        for key in ("priority", "state", "owner", "decision_due", "flags"):
            assert before[key] == after[key], key


class TestPuttingRight:
    async def test_a_supervisor_is_told_each_time(self, world: World) -> None:
        number = await not_done(world)
        alerts = await world.rows(Alert, Alert.kind == "dissatisfied", Alert.ticket == number)
        assert [alert.to for alert in alerts] == ["supervisor"]

    async def test_the_same_case_with_a_suffix_another_person_and_less_time(self, world: World) -> None:
        number = await not_done(world)
        [ticket] = await world.rows(Ticket)
        assert (ticket.number, ticket.state, ticket.round, ticket.priority) == (number, "reopened", 2, "P1")
        assert ticket.flags["second_complaint"] is True
        assert ticket.owner not in ticket.exclusions
        assert "0101" in ticket.exclusions
        assert 6 in [item.cause_six for item in await world.rows(TicketItem)]
        now = world.clock.now()
        assert ticket.target_due - now == pytest.approx((ticket.decision_due - now) / 2, abs=timedelta(minutes=5))
        [survey] = await world.rows(Survey)
        assert (survey.reason, survey.satisfied) == ("说查无此事", False)

    async def test_the_number_with_its_suffix_is_told_and_still_finds_the_case(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await told(world, customer, agent)
        await world.tick(hours=3)
        heard = await says(world, customer, "没有解决", "说查无此事", "1")
        assert f"{number}-2" in heard[-1]
        assert "不重新计算" in heard[-1]
        assert (await agent.get(f"tickets/{number}"))["case_number"] == f"{number}-2"
        world.bot.next(acts("action_ticket_status", intent="query_ticket_status"))
        assert number in (await world.told(customer, f"{number}-2现在怎么样"))[-1]

    async def test_new_facts_restart_the_clock_and_it_is_said(self, world: World) -> None:
        customer = await world.customer()
        number = await world.complain(customer)
        world.clock.advance(timedelta(days=10))
        await (await world.agent("0102")).done(number, "decide", outcome="upheld", text="已退回费用")
        await world.tick()
        await world.tick(hours=3)
        heard = await says(world, customer, "没有解决", "你们说没有，可是我有录音", "1")
        assert "从今天重新计算" in heard[-1]
        assert [row.kind for row in await world.rows(TicketAddition, TicketAddition.kind == "new_fact")] == ["new_fact"]
        [ticket] = await world.rows(Ticket)
        now = world.clock.now()
        assert ticket.target_due - now == pytest.approx((ticket.decision_due - now) / 2, abs=timedelta(minutes=5))

    async def test_after_thirty_days_it_is_a_new_case_tied_to_the_old_one(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await told(world, customer, agent)
        await world.tick(hours=3)
        async with world.core.database.transaction() as session:
            decided = await session.get_one(Ticket, number)
            decided.notified_at = decided.decided_at = world.clock.now() - timedelta(days=31)
        heard = await says(world, customer, "没有解决", "说查无此事", "1")
        new = next(found for found in NUMBER.findall(heard[-1]) if found != number)
        assert "查询码" in heard[-1]
        [ticket] = await world.rows(Ticket, Ticket.number == new)
        assert (ticket.state, ticket.priority, ticket.flags["second_complaint"]) == ("registered", "P1", True)
        assert "0101" in ticket.exclusions
        assert [(row.kind, row.number) for row in await world.rows(TicketLink)] == [("second_of", number)]
        assert (await agent.get(f"tickets/{number}"))["state"] == "notified"

    async def test_mediation_is_written_down_promised_and_somebody_has_to_arrange_it(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await told(world, customer, agent)
        await world.tick(hours=3)
        heard = await says(world, customer, "没有解决", "不认可结论", "申请调解")
        assert "纠纷调解组织" in heard[-1]
        assert [row.text for row in await world.rows(TicketAddition)] == ["客户申请调解"]
        open_promises = await world.rows(Promise, Promise.ticket == number, Promise.state == "open")
        assert [promise.kind for promise in open_promises] == ["update"]
        assert [(a.kind, a.to) for a in await world.rows(Alert, Alert.key.startswith("mediation"))] == [
            ("duty", "supervisor")
        ]

    async def test_nothing_happens_when_nothing_is_wanted(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await told(world, customer, agent)
        await world.tick(hours=3)
        await says(world, customer, "没有解决", "不认可结论", "4")
        assert (await agent.get(f"tickets/{number}"))["state"] == "notified"
        [survey] = await world.rows(Survey)
        assert (survey.satisfied, survey.state, survey.answers["recovery"]) == (False, "answered", "later")

    async def test_free_words_after_the_last_score_are_kept(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        await told(world, customer, agent)
        await world.tick(hours=3)
        await says(world, customer, "解决了", "4", "5", "5", "希望以后能快一点")
        [survey] = await world.rows(Survey)
        assert (survey.comment, survey.satisfied, survey.item) == ("希望以后能快一点", True, None)

    async def test_half_the_time_is_over_and_it_is_still_open(self, world: World) -> None:
        number = await not_done(world)
        [ticket] = await world.rows(Ticket)
        await world.tick(days=9)
        keys = [alert.to for alert in await world.rows(Alert, Alert.key.startswith(f"target:{number}"))]
        assert sorted(keys) == sorted({"supervisor", ticket.owner})

    async def test_decided_in_time_nobody_is_alarmed(self, world: World) -> None:
        number = await not_done(world)
        other = await world.agent("0102")
        await other.done(number, "investigate")
        await other.done(number, "decide", outcome="upheld", text="查到了记录，费用退回")
        await world.tick(days=9)
        assert await world.rows(Alert, Alert.key.startswith(f"target:{number}")) == []
        assert await world.rows(DueWork, DueWork.kind == "target", DueWork.done_at.is_(None)) == []
