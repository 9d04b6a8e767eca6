"""Pauses and new facts; who may do what to a clock and when; and what the database keeps."""

from datetime import timedelta

import pytest
from clock_deeds import FIRST, SECOND, at, decide, due, promised, refused, write
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from desk.clocks.errors import ApprovalNeeded, ClockSetBack, ClockStopped, NoNotice, PastDue, WouldShorten
from desk.clocks.models import ClockEvent, Extension
from desk.errors import Conflict, DeskError, Invalid, NotAllowed, NotFound
from desk.phrases.lint import check
from desk.recusal.service import keep_off
from desk.texts.service import texts
from desk.tickets.ending import withdraw
from desk.tickets.models import Ticket, TicketAddition, TicketHistory
from desk.tickets.states import move
from desk.work.models import DueWork


class TestPauses:
    async def test_for_an_appraisal_the_date_moves_by_exactly_its_days(self, house):
        number = await house.complain()
        house.clock.advance_to(at(2025, 6, 15, 9))
        ticket = await house.do("pause", number)
        assert ticket.state == "paused"
        assert await promised(house, number) == [("voided", FIRST)]
        house.clock.advance_to(at(2025, 6, 28, 9))
        await house.do("resume", number)
        assert await due(house, number) == "2025-07-09"
        assert await promised(house, number) == [("voided", FIRST), ("open", "2025-07-09")]
        paused, resumed = await house.told(number)
        assert "鉴定" in paused
        assert "笔迹要送鉴定" in paused
        assert "7月9日" in resumed
        history = await house.all(select(TicketHistory).where(TicketHistory.ticket == number))
        assert [row.to_state for row in history[-4:]] == ["assigned", "investigating", "paused", "investigating"]

    async def test_resumed_the_same_day_nothing_moves_and_the_promise_holds_again(self, house):
        number = await house.complain()
        await house.do("pause", number)
        await house.do("resume", number)
        assert await promised(house, number) == [("open", FIRST)]

    @pytest.mark.parametrize("agreed", [[], ["customer"], ["bank"]])
    async def test_mediation_needs_both_sides(self, house, agreed):
        number = await house.complain()
        await refused(house, Invalid, "pause", number, "双方", why="mediation", agreed=agreed)

    async def test_mediation_with_both(self, house):
        number = await house.complain()
        await house.do("pause", number, why="mediation", reason="双方都愿意调解", agreed=["bank", "customer"])
        [event] = await house.all(select(ClockEvent))
        assert (event.why, event.data) == ("mediation", {"agreed": ["customer", "bank"]})
        assert "调解" in (await house.told(number))[-1]

    async def test_twice(self, house):
        number = await house.complain()
        await house.do("pause", number)
        await refused(house, ClockStopped, "pause", number, "已经在暂停")

    async def test_resumed_when_not_paused(self, house):
        number = await house.complain()
        await refused(house, ClockStopped, "resume", number, "没有在暂停")
        await house.do("pause", number)
        await house.do("resume", number)
        await refused(house, ClockStopped, "resume", number, "没有在暂停")

    async def test_while_paused_nothing_else_is_done_to_the_clock(self, house):
        number = await house.complain()
        await house.do("pause", number)
        await refused(house, ClockStopped, "extend", number, "先恢复计时", days=30)
        await refused(house, ClockStopped, "restart", number, "先恢复计时")

    async def test_for_no_lawful_ground(self, house):
        number = await house.complain()
        await refused(house, Invalid, "pause", number, why="holiday")

    async def test_no_alarm_and_no_broken_promise_while_it_is_paused(self, house):
        number = await house.complain()
        await house.do("pause", number)
        open_rows = select(DueWork).where(DueWork.kind.in_(("decision_near", "decision_at_risk")))
        assert all(row.cancelled for row in await house.all(open_rows))

    async def test_a_decision_ends_the_pause(self, house):
        number = await house.complain()
        await house.do("pause", number)
        house.clock.advance(timedelta(days=3))
        await decide(house, number)
        clock = await house.clock_of(number)
        assert (clock.paused_since, clock.paused_days) == (None, 3)

    async def test_a_withdrawal_ends_the_pause(self, house):
        number = await house.complain()
        await house.do("pause", number)
        async with house.transaction() as session:
            await withdraw(session, await session.get_one(Ticket, number), now=house.clock.now())
        assert (await house.clock_of(number)).paused_since is None


class TestNewFacts:
    async def test_the_time_counts_anew_from_the_day_they_came(self, house):
        number = await house.complain()
        house.clock.advance_to(at(2025, 6, 20, 15))
        await house.do("restart", number, received_at=at(2025, 6, 18, 9))
        assert await due(house, number) == "2025-07-03"
        assert await promised(house, number) == [("voided", FIRST), ("open", "2025-07-03")]
        notice = (await house.told(number))[-1]
        assert "6月18日" in notice
        assert "7月3日" in notice
        [addition] = await house.all(select(TicketAddition))
        assert (addition.kind, addition.by) == ("new_fact", "0101")

    async def test_new_facts_that_nobody_marked_move_nothing(self, house):
        number = await house.complain()
        async with house.transaction() as session:
            session.add(
                TicketAddition(
                    ticket=number,
                    effect="x",
                    kind="new_fact",
                    text="我有录音",
                    by="customer",
                    at=house.clock.now(),
                )
            )
        assert await due(house, number) == FIRST

    async def test_after_the_date_is_over(self, house):
        number = await house.complain()
        house.clock.advance_to(at(2025, 6, 30, 9))
        await house.do("restart", number)
        assert await due(house, number) == "2025-07-15"

    @pytest.mark.parametrize("came", [at(2025, 6, 11, 9), at(2025, 6, 12, 10, 0, 1)])
    async def test_that_came_before_the_complaint_or_have_yet_to_come(self, house, came):
        number = await house.complain()
        house.clock.advance(timedelta(days=1))
        await refused(house, Invalid, "restart", number, "收到时间", received_at=came)

    async def test_without_saying_what_is_new(self, house):
        number = await house.complain()
        await refused(house, Invalid, "restart", number, "新的事实", facts=" ")


class TestWhoAndWhen:
    DEEDS = (("extend", {"days": 30}), ("pause", {}), ("restart", {}))

    @pytest.mark.parametrize(("deed", "args"), DEEDS)
    async def test_on_a_ticket_somebody_has_changed_meanwhile(self, house, deed, args):
        number = await house.complain()
        seen = (await house.ticket(number)).version
        await house.do("extend", number, by="0102", days=30)
        with pytest.raises(Conflict) as error:
            await house.do(deed, number, version=seen, **args)
        assert error.value.extra["version"] > seen

    @pytest.mark.parametrize(("deed", "args"), DEEDS)
    async def test_by_somebody_the_complaint_is_about(self, house, deed, args):
        number = await house.complain()
        async with house.transaction() as session:
            ticket = await session.get_one(Ticket, number)
            await keep_off(session, ticket, kind="staff", value="0101", reason="named", now=house.clock.now())
        await refused(house, NotAllowed, deed, number, "回避", **args)

    @pytest.mark.parametrize(("deed", "args"), DEEDS)
    async def test_with_a_clock_that_was_set_back(self, house, deed, args):
        number = await house.complain()
        house.clock._now -= timedelta(hours=1)
        await refused(house, ClockSetBack, deed, number, "服务器时间", **args)

    async def test_resumed_with_a_clock_that_was_set_back(self, house):
        number = await house.complain()
        await house.do("pause", number)
        house.clock._now -= timedelta(minutes=1)
        await refused(house, ClockSetBack, "resume", number, "服务器时间")

    async def test_on_a_ticket_that_is_not_there(self, house):
        with pytest.raises(NotFound):
            await house.do("extend", "TS20250611-9999", version=1, days=30)

    async def test_reopening_moves_nothing(self, house):
        number = await house.complain()
        await decide(house, number)
        async with house.transaction() as session:
            ticket = await session.get_one(Ticket, number)
            move(session, ticket, "reopened", by="0213", now=house.clock.now(), reason="重新处理")
        assert await due(house, number) == FIRST
        await house.do("extend", number, days=30)
        assert await due(house, number) == SECOND


class TestTheDatabaseKeepsIt:
    async def test_events_are_never_changed_and_never_deleted(self, house):
        number = await house.complain()
        await house.do("extend", number, days=30)
        for statement in ("update clock_events set grade = 'special'", "delete from clock_events"):
            with pytest.raises(DBAPIError, match="only grows"):
                async with house.transaction() as session:
                    await session.execute(text(statement))
        assert await due(house, number) == SECOND

    async def test_but_the_words_may_be_erased_when_their_time_is_over(self, house):
        number = await house.complain()
        await house.do("extend", number, days=30)
        async with house.transaction() as session:
            await session.execute(text("update clock_events set reason = 'x'"))
        assert await due(house, number) == SECOND

    @pytest.mark.parametrize(
        "wrong",
        [
            {"notice": None},
            {"grade": None},
            {"approved_by": "0101"},
            {"kind": "paused", "grade": None},
            {"kind": "restarted", "grade": None},
            {"kind": "frozen"},
        ],
    )
    async def test_an_event_that_is_none(self, house, wrong):
        number = await house.complain()
        fields = {
            "kind": "extended",
            "grade": "complex",
            "reason": "x",
            "by": "0101",
            "notice": "m",
            "data": {},
            **wrong,
        }
        event = ClockEvent(ticket=number, at=house.clock.now(), recorded_at=house.clock.now(), **fields)
        with pytest.raises(DBAPIError):
            await write(house, event)

    async def test_two_requests_never_wait_at_once(self, house):
        number = await house.complain()
        asked = {"grade": "special", "reason": "x", "requested_by": "0101", "requested_at": house.clock.now()}
        await write(house, Extension(ticket=number, approver="0213", **asked))
        with pytest.raises(DBAPIError):
            await write(house, Extension(ticket=number, approver="0214", **asked))


def test_what_customers_read_passes_the_phrase_lint():
    said = {key: words for key, words in texts().every().items() if key.startswith("procedure.clock.")}
    assert len(said) >= 12
    for key, words in said.items():
        assert not check(words, phase="track"), key


def test_every_refusal_has_its_own_code():
    kinds = (ClockStopped, PastDue, ClockSetBack, WouldShorten, ApprovalNeeded, NoNotice)
    codes = {kind.code for kind in kinds}
    assert len(codes) == len(kinds)
    assert all(issubclass(kind, DeskError) for kind in kinds)
