"""Every dated promise is kept or raises an alarm, once, whoever runs (promise 8)."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from desk.alerts.models import Alert
from desk.conversations.service import get_conversation
from desk.errors import Conflict, Invalid
from desk.policy.schemas import policy
from desk.promises.models import Promise
from desk.promises.service import make_promise, open_spoken, void_unsaid
from desk.surveys.models import Survey
from desk.tickets.deciding import Findings, decide_and_notify
from desk.tickets.models import Ticket
from desk.tickets.service import add_item, open_draft, register
from desk.work.models import DueWork


async def registered(desk, turn_id=None):
    async with desk.core.database.transaction() as session:
        conversation = await get_conversation(session, desk.conversation_id, lock=True)
        now = desk.clock.now()
        ticket = await open_draft(
            session, conversation, kind="TS", effect="e", received_at=now, now=now, intent="complain_pricing_fee"
        )
        await add_item(
            session,
            ticket,
            effect="i",
            what="多扣年费",
            intent=None,
            cause_six=1,
            cause_jrt=["pricing_fee"],
            from_seq=1,
        )
        await register(session, ticket, rules=policy(), unit="消费者权益中心", now=now, turn_id=turn_id, seq=1)
        return ticket.number


async def test_three_dates_are_three_promises(desk):
    await registered(desk)
    promises = await desk.all(select(Promise))
    assert {promise.kind for promise in promises} == {"first_answer", "decision", "update"}
    assert {promise.state for promise in promises} == {"open"}


async def test_what_a_dropped_turn_promised_was_never_said(desk):
    await registered(desk, turn_id="t1")
    assert {p.state for p in await desk.all(select(Promise))} == {"unsent"}
    async with desk.core.database.transaction() as session:
        await void_unsaid(session, desk.conversation_id, "t1")
    assert {p.state for p in await desk.all(select(Promise))} == {"voided"}
    await registered(desk, turn_id="t2")
    async with desk.core.database.transaction() as session:
        await open_spoken(session, desk.conversation_id, "t2")
    promises = await desk.all(select(Promise))
    assert (len(promises), {p.state for p in promises}) == (3, {"open"})


async def test_a_broken_promise_alarms_once(desk):
    await registered(desk)
    await desk.pass_time(timedelta(hours=25))
    broken = [p.kind for p in await desk.all(select(Promise)) if p.state == "broken"]
    assert broken == ["first_answer"]
    assert [a.kind for a in await desk.all(select(Alert))] == ["promise_broken"]
    await desk.pass_time(timedelta(hours=1))
    assert len(await desk.all(select(Alert))) == 1


async def test_progress_is_told_before_the_customer_asks(desk):
    number = await registered(desk)
    await desk.pass_time(timedelta(hours=73))
    told = [text for text in await desk.replies() if number in text]
    assert len(told) == 1
    kept = [p for p in await desk.all(select(Promise).where(Promise.kind == "update")) if p.state == "kept"]
    assert len(kept) == 1


async def test_due_work_fires_once_with_several_workers(desk):
    await registered(desk)
    desk.clock.advance(timedelta(hours=30))
    await asyncio.gather(*(desk.core.worker.do_one_due() for _ in range(10)))
    assert len(await desk.all(select(Alert).where(Alert.kind == "promise_broken"))) == 1


async def decided(desk, number, **changes):
    async with desk.core.database.transaction() as session:
        ticket = await session.get(Ticket, number)
        version = changes.pop("version", ticket.version)
        findings = Findings(**{"outcome": "not_upheld", "text": "经核实，费用按合同收取", **changes})
        await decide_and_notify(
            session,
            number,
            desk.agent,
            version=version,
            findings=findings,
            policy=policy(),
            now=desk.clock.now(),
            survey_delay_hours=24,
        )


async def test_the_customer_is_told_whatever_the_outcome_and_asked_the_next_day(desk):
    number = await registered(desk)
    await decided(desk, number)
    told = (await desk.replies())[-1]
    assert "经核实，费用按合同收取" in told
    assert "核查" in told
    assert {p.state for p in await desk.all(select(Promise))} == {"kept"}
    await desk.pass_time(timedelta(hours=25))
    assert number in (await desk.replies())[-1]
    survey = (await desk.all(select(Survey)))[0]
    assert (survey.state, survey.item) == ("asking", "solved")
    assert (await desk.conversation()).open_question["kind"] == "survey"
    await desk.pass_time(timedelta(hours=200))
    assert sum(number in text for text in await desk.replies()) == 3, "notice, question, one reminder, then silence"


@pytest.mark.parametrize(
    ("changes", "error"), [({"version": 99}, Conflict), ({"text": "  "}, Invalid), ({"outcome": "maybe"}, Invalid)]
)
async def test_decisions_that_are_refused_leave_no_trace(desk, changes, error):
    number = await registered(desk)
    with pytest.raises(error):
        await decided(desk, number, **changes)
    assert (await desk.all(select(Ticket)))[0].state == "registered"
    assert await desk.replies() == []


async def test_a_decided_ticket_is_not_decided_again(desk):
    number = await registered(desk)
    await decided(desk, number)
    with pytest.raises(Conflict):
        await decided(desk, number)


async def test_the_same_promise_twice_is_one_row(desk):
    async with desk.core.database.transaction() as session:
        for _ in range(2):
            await make_promise(
                session,
                conversation_id=desk.conversation_id,
                ticket=None,
                effect="x",
                kind="call",
                content="回电",
                due_at=desk.clock.now() + timedelta(hours=1),
            )
    assert len(await desk.all(select(Promise))) == 1
    assert len(await desk.all(select(DueWork))) == 1


async def test_a_draft_left_alone_is_asked_about_once_and_then_judged_by_a_person(desk):
    async with desk.core.database.transaction() as session:
        conversation = await get_conversation(session, desk.conversation_id, lock=True)
        now = desk.clock.now()
        from desk.intake.service import plan_draft_care

        ticket = await open_draft(session, conversation, kind="TS", effect="d", received_at=now, now=now, intent=None)
        await plan_draft_care(session, ticket, conversation, policy())
    await desk.pass_time(timedelta(hours=25))
    assert len(await desk.replies()) == 1
    await desk.pass_time(timedelta(hours=50))
    assert (await desk.all(select(Ticket)))[0].state == "registered"
    assert (await desk.conversation()).owner == "queue"
