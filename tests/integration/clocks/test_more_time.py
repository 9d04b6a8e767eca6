"""More time: lawful, approved, told, on record – and refused in words when not."""

from datetime import timedelta

import pytest
from clock_deeds import FIRST, SECOND, THIRD, at, decide, due, promised, refused
from sqlalchemy import select, text

from desk.alerts.models import Alert
from desk.clocks.errors import ApprovalNeeded, ClockStopped, NoNotice, PastDue, WouldShorten
from desk.clocks.models import ClockEvent, Extension
from desk.errors import Conflict, Invalid, NotAllowed, NotFound
from desk.tickets.models import Ticket, TicketHistory


class TestMoreTime:
    async def test_the_first_needs_a_reason_and_the_customer_is_told_it(self, house):
        number = await house.complain()
        house.clock.advance(timedelta(days=10))
        await house.do("extend", number, complexity="complex", reason="需要调取三个月前的录像。")
        assert await due(house, number) == SECOND
        [notice] = await house.told(number)
        for words in (number, "需要调取三个月前的录像", "6月26日", "7月11日"):
            assert words in notice
        assert await promised(house, number) == [("voided", FIRST), ("open", SECOND)]
        history = await house.all(select(TicketHistory).where(TicketHistory.ticket == number))
        assert (history[-1].by, history[-1].reason) == ("0101", "办理期限从6月26日(周四)延长到7月11日(周五)")
        assert (await house.ticket(number)).complexity == "complex"

    @pytest.mark.parametrize("approver", ["0213", "supervisor"])
    async def test_the_second_waits_for_the_upper_level(self, house, approver):
        number = await house.complain()
        await house.do("extend", number, days=30)
        await house.do("extend", number, days=60, approver=approver)
        assert await due(house, number) == SECOND
        assert len(await house.told(number)) == 1
        assert [(a.to, a.kind) for a in await house.all(select(Alert))] == [(approver, "compliance")]
        await house.do("answer_extension", number, by="0213")
        assert await due(house, number) == THIRD
        notice = (await house.told(number))[-1]
        assert "工号0213批准" in notice
        assert "8月10日" in notice
        [first, second] = await house.all(select(ClockEvent).order_by(ClockEvent.id))
        assert (first.approved_by, second.approved_by, second.by) == (None, "0213", "0101")
        assert second.notice

    async def test_refused_by_the_upper_level_the_date_stays(self, house):
        number = await house.complain()
        await house.do("extend", number, days=30)
        await house.do("extend", number, days=60, approver="0213")
        with pytest.raises(Invalid, match="理由"):
            await house.do("answer_extension", number, by="0213", approve=False)
        await house.do("answer_extension", number, by="0213", approve=False, reason="录像已经调到")
        assert await due(house, number) == SECOND
        [row] = await house.all(select(Extension))
        assert (row.state, row.answered_by, row.answer) == ("refused", "0213", "录像已经调到")
        # Asked again, with a better reason.
        await house.do("extend", number, days=60, approver="0213", reason="还要等司法鉴定")

    async def test_without_an_approver(self, house):
        number = await house.complain()
        await house.do("extend", number, days=30)
        for approver in (None, "", "  "):
            await refused(house, ApprovalNeeded, "extend", number, "批准人", days=60, approver=approver)

    @pytest.mark.parametrize(
        ("approver", "kind"), [("0101", ApprovalNeeded), ("0102", ApprovalNeeded), ("0999", NotFound)]
    )
    async def test_with_an_approver_who_may_not(self, house, approver, kind):
        number = await house.complain()
        await house.do("extend", number, days=30)
        await refused(house, kind, "extend", number, days=60, approver=approver)

    async def test_nobody_approves_his_own_request(self, house):
        number = await house.complain()
        await house.do("extend", number, days=30, by="0213")
        await house.do("extend", number, days=60, approver="0214", by="0213")
        await refused(house, NotAllowed, "answer_extension", number, "自己", by="0213")
        await refused(house, NotAllowed, "answer_extension", number, "上级主管", by="0102")
        await house.do("answer_extension", number, by="0214")
        assert await due(house, number) == THIRD

    async def test_no_request_no_approval(self, house):
        number = await house.complain()
        await refused(house, Conflict, "answer_extension", number, "没有等待批准", by="0213")

    async def test_one_request_at_a_time(self, house):
        number = await house.complain()
        await house.do("extend", number, days=30)
        await house.do("extend", number, days=60, approver="0213")
        await refused(house, Conflict, "extend", number, "等批准", days=60, approver="0213")

    async def test_twice_approved_is_once(self, house):
        number = await house.complain()
        await house.do("extend", number, days=30)
        await house.do("extend", number, days=60, approver="0213")
        await house.do("answer_extension", number, by="0213")
        await refused(house, Conflict, "answer_extension", number, "没有等待批准", by="0214")

    @pytest.mark.parametrize("args", [{"days": 15}, {"days": 1}, {"days": 0}, {"days": -30}, {"complexity": "simple"}])
    async def test_it_never_shortens(self, house, args):
        number = await house.complain()
        await refused(house, WouldShorten, "extend", number, "15个自然日", **args)

    async def test_it_never_stays_the_same(self, house):
        number = await house.complain()
        await house.do("extend", number, days=30)
        await refused(house, WouldShorten, "extend", number, "30个自然日", days=30)

    @pytest.mark.parametrize(
        "args",
        [{}, {"days": 20}, {"days": 61}, {"complexity": "tricky"}, {"complexity": "complex", "days": 60}, {"days": 60}],
    )
    async def test_to_a_time_that_the_law_does_not_know(self, house, args):
        number = await house.complain()
        await refused(house, Invalid, "extend", number, approver="0213", **args)

    @pytest.mark.parametrize("reason", ["", "  ", "。"])
    async def test_without_a_reason(self, house, reason):
        number = await house.complain()
        await refused(house, Invalid, "extend", number, "原因", days=30, reason=reason)

    async def test_on_the_last_second_and_a_second_later(self, house):
        number, late = await house.complain(), await house.complain()
        house.clock.advance_to(at(2025, 6, 26, 23, 59, 59))
        await house.do("extend", number, days=30)
        house.clock.advance(timedelta(seconds=1))
        await refused(house, PastDue, "extend", late, "已过", days=30)
        await refused(house, PastDue, "pause", late, "已过")

    async def test_approved_when_the_time_is_over_it_is_over(self, house):
        number = await house.complain()
        await house.do("extend", number, days=30)
        await house.do("extend", number, days=60, approver="0213")
        house.clock.advance_to(at(2025, 7, 12))
        await refused(house, PastDue, "answer_extension", number, "7月11日", by="0213")

    async def test_after_the_decision(self, house):
        number = await house.complain()
        await decide(house, number)
        for deed, args in (("extend", {"days": 30}), ("pause", {}), ("restart", {})):
            await refused(house, ClockStopped, deed, number, "已经有处理结果", **args)

    async def test_a_decision_ends_a_request_that_waits(self, house):
        number = await house.complain()
        await house.do("extend", number, days=30)
        await house.do("extend", number, days=60, approver="0213")
        await decide(house, number)
        [row] = await house.all(select(Extension))
        assert row.state == "voided"
        await refused(house, Conflict, "answer_extension", number, "没有等待批准", by="0213")

    async def test_a_draft_has_no_date_to_extend(self, house):
        number = await house.complain()
        async with house.transaction() as session:
            await session.execute(text("update tickets set state = 'draft'"))
        await refused(house, ClockStopped, "extend", number, "还没有登记", days=30)

    async def test_without_notice_there_is_no_extension(self, house):
        number = await house.complain()
        async with house.transaction() as session:
            (await session.get_one(Ticket, number)).conversation_id = None
        with pytest.raises(NoNotice, match="告知客户"):
            await house.do("extend", number, days=30)
        assert await house.all(select(ClockEvent)) == []

    async def test_a_review_has_its_thirty_days_and_no_more(self, house):
        number = await house.complain(kind="HC")
        assert await due(house, number) == SECOND
        await refused(house, Invalid, "extend", number, "核查", days=60, approver="0213")

    async def test_another_regime_goes_by_its_own_numbers(self, house):
        number = await house.complain(profile="hk_ic4")
        assert await due(house, number) == SECOND
        await house.do("extend", number, days=60)
        assert await due(house, number) == THIRD
        await refused(house, Invalid, "pause", number, "external_appraisal")
