"""Who is proposed: skill, tier, language, capacity; never somebody who is kept off."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from desk.conversations.ownership import take
from desk.conversations.service import get_conversation
from desk.customers.models import Customer
from desk.errors import Conflict
from desk.queue.models import QueueEntry
from desk.queue.routing import find, needs_of, pick_handler
from desk.queue.service import enter
from desk.recusal.service import keep_off
from desk.staff.service import by_work_no
from desk.tickets.service import get_ticket


async def best(bank, conversation, skill="agent", **changed):
    async with bank.database.transaction() as session:
        here = await get_conversation(session, conversation)
        for key, value in changed.items():
            setattr(here, key, value)
        needs = await needs_of(session, here, skill=skill)
        found = await find(session, needs, bank.policy, bank.clock.now())
        return [person.work_no for person in found.free]


async def test_language_goes_before_a_free_hand(bank):
    await bank.hire("0101")
    await bank.hire("0102", languages=["zh-Hans", "zh-Hant"])
    await bank.hire("0103", languages=["zh-Hans", "zh-Hant", "yue"])
    plain, _ = await bank.case("plain")
    hong_kong, _ = await bank.case("hk", locale="zh-HK")
    assert (await best(bank, plain))[0] == "0101"
    assert (await best(bank, plain, script="hant"))[0] == "0102"
    assert (await best(bank, hong_kong, script="hant"))[0] == "0103"


async def test_a_trained_seat_is_filled_from_the_wider_one_when_nobody_sits_there(bank):
    await bank.hire("0101")
    conversation, _ = await bank.case()
    assert await best(bank, conversation, "care") == ["0101"]
    await bank.hire("0102", skills=["care"])
    assert await best(bank, conversation, "care") == ["0102"]


async def test_the_customers_own_manager_comes_first(bank):
    await bank.hire("0101", skills=["rm"])
    await bank.hire("0102", skills=["rm"])
    conversation, number = await bank.case()
    async with bank.database.transaction() as session:
        here = await get_conversation(session, conversation)
        (await session.get_one(Customer, here.customer_id)).manager = "0102"
    assert await best(bank, conversation, "rm") == ["0102", "0101"]
    async with bank.database.transaction() as session:
        ticket = await get_ticket(session, number)
        await keep_off(session, ticket, kind="staff", value="0102", reason="named", now=bank.clock.now())
    assert await best(bank, conversation, "rm") == ["0101"]


async def test_full_hands_are_not_proposed_except_in_danger(bank):
    await bank.hire("0101", max_chats=1)
    busy, _ = await bank.case("busy")
    waiting, _ = await bank.case("waiting")
    async with bank.database.transaction() as session:
        agent = await by_work_no(session, "0101")
        await take(session, busy, agent, version=1, now=bank.clock.now(), title="客服专员")
    assert await best(bank, waiting) == []
    async with bank.database.transaction() as session:
        here = await get_conversation(session, waiting)
        needs = await needs_of(session, here, skill="agent", urgent=True)
        assert [p.work_no for p in (await find(session, needs, bank.policy, bank.clock.now())).free] == ["0101"]


async def test_a_case_goes_to_whoever_has_the_fewest(bank):
    await bank.hire("0101")
    await bank.hire("0102", max_tickets=0)
    await bank.hire("0103")
    _, number = await bank.case("one")
    async with bank.database.transaction() as session:
        ticket = await get_ticket(session, number)
        person = await pick_handler(session, ticket, "agent", bank.policy, bank.clock.now())
        ticket.owner, ticket.handler_id = person.work_no, person.id
    _, other = await bank.case("two")
    async with bank.database.snapshot() as session:
        person = await pick_handler(session, await get_ticket(session, other), "agent", bank.policy, bank.clock.now())
    assert person.work_no == "0103"


async def test_two_take_it_and_one_has_it(bank):
    for work_no in ("0101", "0102"):
        await bank.hire(work_no)
    conversation, _ = await bank.case()
    async with bank.database.transaction() as session:
        here = await get_conversation(session, conversation, lock=True)
        await enter(session, here, reason="t", priority="P2", skill="agent", policy=bank.policy, now=bank.clock.now())
        version = here.version

    async def grab(work_no):
        async with bank.database.transaction() as session:
            agent = await by_work_no(session, work_no)
            await take(session, conversation, agent, version=version, now=bank.clock.now(), title="客服专员")
        return work_no

    done = await asyncio.gather(grab("0101"), grab("0102"), return_exceptions=True)
    [winner] = [one for one in done if isinstance(one, str)]
    [loser] = [one for one in done if not isinstance(one, str)]
    assert isinstance(loser, Conflict)
    assert loser.extra["owner"]["work_no"] == winner
    async with bank.database.snapshot() as session:
        [entry] = await session.scalars(select(QueueEntry))
    assert entry.accepted_by == winner


@pytest.mark.parametrize("claimed", ["我是总行VIP客户"])
async def test_a_claimed_tier_is_no_tier(bank, claimed):
    conversation, _ = await bank.case()
    async with bank.database.snapshot() as session:
        here = await get_conversation(session, conversation)
        needs = await needs_of(session, here, skill="agent")
    assert needs.manager is None, claimed
