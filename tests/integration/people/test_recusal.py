"""Who is concerned keeps away (令2020/3 art. 17): by rule, by the people below him, and by the database itself."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from desk.alerts.models import Alert
from desk.conversations.ownership import take
from desk.conversations.service import get_conversation
from desk.errors import Conflict, NotAllowed, NotFound
from desk.queue.models import QueueEntry
from desk.queue.service import enter, wait_of
from desk.recusal.deeds import exclude, say_who
from desk.recusal.models import Exclusion
from desk.recusal.service import keep_off, keep_off_handlers, keep_off_person, unresolved
from desk.staff.service import by_work_no
from desk.tickets.service import get_ticket


async def bar(bank, number, value, kind="staff", reason="named"):
    async with bank.database.transaction() as session:
        ticket = await get_ticket(session, number)
        await keep_off(session, ticket, kind=kind, value=value, reason=reason, now=bank.clock.now())


async def test_whoever_reports_to_him_is_kept_off_too(bank):
    for work_no, boss in (("8800", None), ("8812", "8800"), ("8813", "8812"), ("0101", None)):
        await bank.hire(work_no, reports_to=boss)
    _, number = await bank.case()
    await bar(bank, number, "8800")
    # Direct reports of him, and of nobody else (3.6).
    assert (await bank.ticket(number)).exclusions == ["8800", "8812"]


async def test_the_same_once_more_is_the_same_row(bank):
    _, number = await bank.case()
    await bar(bank, number, "城南支行", "branch", "branch")
    await bar(bank, number, "城南支行", "branch", "branch")
    async with bank.database.snapshot() as session:
        [row] = await session.scalars(select(Exclusion))
    assert (row.kind, row.value, row.reason, row.ticket) == ("branch", "城南支行", "branch", number)


class TestWhoIsMeant:
    async def name(self, bank, number, **who):
        told = {"badge": None, "name": None, "branch": None, "role": None, "words": "?", "reason": "named", **who}
        async with bank.database.transaction() as session:
            row = await keep_off_person(session, await get_ticket(session, number), now=bank.clock.now(), **told)
            return row.value, row.resolved

    @pytest.fixture
    async def number(self, bank):
        await bank.hire("8812", "branch", name="王示例", title="柜员", branch="城南支行")
        await bank.hire("8813", "branch", name="李示例", title="柜员", branch="城南支行")
        await bank.hire("8814", "branch", name="李样本", title="大堂经理", branch="城南支行")
        await bank.hire("9901", "branch", name="王样本", title="柜员", branch="城北支行")
        return (await bank.case())[1]

    async def test_a_work_number(self, bank, number):
        assert await self.name(bank, number, badge="8813") == ("8813", True)

    async def test_a_name_with_its_branch(self, bank, number):
        assert await self.name(bank, number, name="王", branch="城南支行") == ("8812", True)
        assert await self.name(bank, number, name="老王", branch="城北支行") == ("9901", True)

    async def test_two_of_one_name_are_told_apart_by_their_post_only(self, bank, number):
        assert await self.name(bank, number, name="李", branch="城南支行") == ("李", False)
        assert await self.name(bank, number, name="李", role="经理", branch="城南支行") == ("8814", True)

    async def test_a_name_without_a_branch_or_a_window_binds_nobody(self, bank, number):
        assert await self.name(bank, number, name="王") == ("王", False)
        assert await self.name(bank, number, words="三号窗口", branch="城南支行") == ("三号窗口", False)
        ticket = await bank.ticket(number)
        assert ticket.exclusions == []
        async with bank.database.snapshot() as session:
            assert [row.value for row in await unresolved(session, number)] == ["王", "三号窗口"]

    async def test_until_a_supervisor_says_who(self, bank, number):
        await bank.hire("0213", "supervisor")
        await self.name(bank, number, words="三号窗口")
        async with bank.database.transaction() as session:
            boss = await by_work_no(session, "0213")
            version = (await get_ticket(session, number)).version
            await say_who(
                session,
                number,
                boss,
                version=version,
                words="三号窗口",
                meant="8812",
                policy=bank.policy,
                now=bank.clock.now(),
            )
        assert (await bank.ticket(number)).exclusions == ["8812"]
        async with bank.database.snapshot() as session:
            assert await unresolved(session, number) == []
        async with bank.database.transaction() as session:
            boss = await by_work_no(session, "0213")
            with pytest.raises(NotFound):
                await say_who(
                    session,
                    number,
                    boss,
                    version=version + 1,
                    words="四号窗口",
                    meant="8812",
                    policy=bank.policy,
                    now=bank.clock.now(),
                )


class TestTheDatabaseRefuses:
    """Whatever code writes: the triggers are under it."""

    @pytest.fixture
    async def case(self, bank):
        await bank.hire("8812", "branch", branch="城南支行")
        conversation, number = await bank.case()
        await bar(bank, number, "城南支行", "branch", "branch")
        return conversation, number

    async def refused(self, bank, statement, **values):
        with pytest.raises(IntegrityError, match="excluded_may_not"):
            async with bank.database.transaction() as session:
                await session.execute(text(statement), values)

    async def test_an_owner(self, bank, case):
        await self.refused(bank, "update tickets set owner = '8812' where number = :n", n=case[1])

    async def test_a_branch_as_owner(self, bank, case):
        await self.refused(bank, "update tickets set owner = '城南支行' where number = :n", n=case[1])

    async def test_a_handler(self, bank, case):
        await self.refused(
            bank,
            "update tickets set handler_id = (select id from staff where work_no = '8812') where number = :n",
            n=case[1],
        )

    async def test_an_agent(self, bank, case):
        await self.refused(
            bank,
            "update conversations set owner = 'agent', agent_id = (select id from staff where work_no = '8812')"
            " where id = :c",
            c=case[0],
        )

    async def test_and_lets_everybody_else(self, bank, case):
        await bank.hire("0101")
        async with bank.database.transaction() as session:
            await session.execute(text("update tickets set owner = '0101' where number = :n"), {"n": case[1]})


async def test_who_holds_the_case_loses_it_when_he_is_kept_off(bank):
    await bank.hire("0101")
    _, number = await bank.case(owner="0101")
    await bar(bank, number, "0101", reason="previous")
    ticket = await bank.ticket(number)
    assert (ticket.owner, ticket.handler_id, ticket.exclusions) == (bank.policy.service.unit, None, ["0101"])


async def test_the_earlier_handler_of_a_second_complaint(bank):
    await bank.hire("0412")
    _, first = await bank.case("first", owner="0412")
    _, second = await bank.case("second")
    async with bank.database.transaction() as session:
        ticket, earlier = await get_ticket(session, second), await get_ticket(session, first)
        await keep_off_handlers(session, ticket, earlier, now=bank.clock.now())
    assert (await bank.ticket(second)).exclusions == ["0412"]
    assert (await bank.ticket(first)).owner == "0412"


class TestEverybodyIsConcerned:
    async def enter(self, bank, conversation, skill, branch=None):
        async with bank.database.transaction() as session:
            here = await get_conversation(session, conversation, lock=True)
            await enter(
                session,
                here,
                reason="test",
                priority="P2",
                skill=skill,
                branch=branch,
                policy=bank.policy,
                now=bank.clock.now(),
            )
        async with bank.database.snapshot() as session:
            [entry] = await session.scalars(select(QueueEntry))
            alerts = list(await session.scalars(select(Alert)))
            wait = await wait_of(session, conversation, bank.policy, bank.clock.now())
        return entry, alerts, wait

    async def test_the_wait_goes_up_from_the_centre_to_its_supervisor(self, bank):
        await bank.hire("0101")
        await bank.hire("0213", "supervisor")
        conversation, number = await bank.case()
        await bar(bank, number, "0213")
        await bar(bank, number, "0101")
        await bank.hire("0214", "compliance")
        entry, alerts, wait = await self.enter(bank, conversation, "agent")
        assert (entry.skill, entry.raised_from, entry.proposed) == ("compliance", "agent", "0214")
        assert [(alert.kind, alert.to) for alert in alerts] == [("compliance", "compliance")]
        assert wait.staffed

    async def test_from_a_branch_to_the_branch_above_it_and_past_whoever_is_named_there(self, bank):
        await bank.hire("8812", "branch", branch="城南支行")
        await bank.hire("7701", "branch", branch="城东分行")
        await bank.hire("6601", "branch", branch="示例总行")
        await bank.hire("5501", "branch", branch="高新支行")
        conversation, number = await bank.case()
        await bar(bank, number, "城南支行", "branch", "branch")
        await bar(bank, number, "7701")
        entry, alerts, _ = await self.enter(bank, conversation, "branch", branch="城南支行")
        assert (entry.skill, entry.branch, entry.proposed, entry.raised_from) == (
            "branch",
            "示例总行",
            "6601",
            "branch",
        )
        assert [(alert.kind, alert.to) for alert in alerts] == [("compliance", "supervisor")]

    async def test_and_one_level_up_when_all_of_them_are(self, bank):
        await bank.hire("8812", "branch", branch="城南支行")
        conversation, number = await bank.case()
        await bar(bank, number, "城南支行", "branch", "branch")
        await bank.hire("0101")
        entry, alerts, _ = await self.enter(bank, conversation, "branch")
        assert (entry.skill, entry.proposed, entry.raised_from) == ("agent", "0101", "branch")
        assert [(alert.kind, alert.to) for alert in alerts] == [("compliance", "supervisor")]


class TestASupervisorKeepsSomebodyOff:
    async def deed(self, bank, number, by, **change):
        async with bank.database.transaction() as session:
            person, ticket = await by_work_no(session, by), await get_ticket(session, number)
            told = {"version": ticket.version, "kind": "staff", "value": "0101", **change}
            await exclude(session, number, person, policy=bank.policy, now=bank.clock.now(), **told)

    @pytest.fixture
    async def case(self, bank):
        await bank.hire("0101")
        await bank.hire("0102")
        await bank.hire("0213", "supervisor")
        return await bank.case()

    async def test_in_the_middle_of_a_talk(self, bank, case):
        conversation, number = case
        async with bank.database.transaction() as session:
            agent = await by_work_no(session, "0101")
            await take(session, conversation, agent, version=1, now=bank.clock.now(), title="客服专员")
        await self.deed(bank, number, "0213")
        here, ticket = await bank.conversation(conversation), await bank.ticket(number)
        assert (here.owner, here.agent_id, ticket.owner) == ("queue", None, bank.policy.service.unit)
        async with bank.database.snapshot() as session:
            [entry] = await session.scalars(select(QueueEntry).where(QueueEntry.left_at.is_(None)))
        assert entry.proposed == "0102"

    async def test_nobody_else_may(self, bank, case):
        with pytest.raises(NotAllowed):
            await self.deed(bank, case[1], "0102")

    async def test_nor_with_an_old_view(self, bank, case):
        with pytest.raises(Conflict):
            await self.deed(bank, case[1], "0213", version=99)

    async def test_nor_somebody_unknown(self, bank, case):
        with pytest.raises(NotFound):
            await self.deed(bank, case[1], "0213", value="9999")
