"""The three changes as the customer meets them: asked, chosen by a tap, carried out, and counted over the whole case."""

from __future__ import annotations

from typing import Any

import pytest
from api_bot import acts
from api_world import Customer, World

from desk.appointments.models import Appointment
from desk.branches.importing import import_branches
from desk.changes.models import Change
from desk.consents.models import Consent
from desk.customers.models import Customer as Person
from desk.queue.models import QueueEntry
from desk.staff.demo import sample_branches
from desk.tickets.models import Ticket

PLACE, TIME, PERSON = "action_change_place", "action_change_time", "action_change_person"
INTENT = {PLACE: "request_other_place", TIME: "request_other_time", PERSON: "request_human"}


async def says(world: World, customer: Customer, action: str, text: str) -> dict[str, Any]:
    """The customer says something that Rasa answers with this action; returns the last reply."""
    world.bot.next(acts(action, intent=INTENT[action]))
    await world.told(customer, text)
    return (await customer.fetch())["messages"][-1]  # type: ignore[no-any-return]


async def taps(world: World, customer: Customer, action: str, title: str) -> dict[str, Any]:
    """The customer taps the button whose title begins so."""
    messages = (await customer.fetch())["messages"]
    buttons = next(message["buttons"] for message in reversed(messages) if message["buttons"])
    button = next(one for one in buttons if title in one["title"])
    world.bot.next(acts(action, intent=INTENT[action]))
    await world.told(customer, button["title"], choice=button["choice"])
    return (await customer.fetch())["messages"][-1]  # type: ignore[no-any-return]


@pytest.fixture
async def bank(world: World) -> World:
    async with world.core.database.transaction() as session:
        await import_branches(session, sample_branches(), sample=True)
    await world.hire("0101")
    return world


async def test_a_room_at_another_branch_with_a_yes_that_is_kept(bank: World) -> None:
    agent, customer = await bank.agent("0102"), await bank.customer()
    number = await bank.complain(customer)
    asked = await says(bank, customer, PLACE, "能不能换个地方谈")
    assert len(asked["buttons"]) >= bank.core.policy.changes.least_places
    assert "只用来处理这件事" in asked["text"]
    offered = await taps(bank, customer, PLACE, "去网点当面谈")
    assert "不安排在城南支行" in offered["text"]
    assert not any("城南支行" in button["title"] for button in offered["buttons"])
    booked = await taps(bank, customer, TIME, "6月11日")
    assert "约好了：6月11日(周三)" in booked["text"]
    [row] = await bank.rows(Appointment)
    assert (row.kind, row.place, row.ticket) == ("visit", "branch_room", number)
    assert row.branch not in (None, "城南支行")
    [place] = await bank.rows(Change, Change.kind == "change_place")
    [consent] = await bank.rows(Consent, Consent.purpose == "change_place")
    assert (place.answer, place.executed_at, place.start) == ("accepted", None, row.start)
    assert place.consent_text_version == consent.version
    await bank.tick(seconds=(row.start - bank.clock.now()).total_seconds())
    version = (await agent.view(customer.id))["version"]
    await agent.did(f"conversations/{customer.id}/keep", {"version": version})
    [place] = await bank.rows(Change, Change.kind == "change_place")
    assert place.executed_at == bank.clock.now()


async def test_nobody_offers_a_phone_to_who_cannot_hear(bank: World) -> None:
    customer = await bank.customer()
    number = await bank.complain(customer, "城南支行的柜员不理我，我耳朵聋，听不见叫号")
    [ticket] = await bank.rows(Ticket, Ticket.number == number)
    assert ticket.flags["needs"] == ["hearing"]
    asked = await says(bank, customer, PLACE, "换个地方说吧")
    assert not any("电话" in button["title"] for button in asked["buttons"])
    refused = await says(bank, customer, PLACE, "那电话里说")
    assert not any("电话" in button["title"] for button in refused["buttons"])
    timed = await says(bank, customer, TIME, "改天再说")
    assert "打给您" not in timed["text"]
    assert "用文字" in timed["text"]


async def test_a_time_of_his_own_and_what_is_offered_instead(bank: World) -> None:
    first, second = await bank.customer(), await bank.customer()
    for customer in (first, second):
        await bank.complain(customer)
    assert "约好了：6月11日(周三)15:00" in (await says(bank, first, TIME, "下午三点打给我"))["text"]
    taken = await says(bank, second, TIME, "下午三点打给我")
    assert "约满了" in taken["text"]
    assert [button["title"][-5:] for button in taken["buttons"][:3]] == ["14:00", "14:30", "15:30"]
    assert "不影响处理期限" in (await taps(bank, second, TIME, "15:30"))["text"]
    assert "没有同事在岗" in (await says(bank, second, TIME, "晚上九点打给我"))["text"]
    # Nothing he said moved what stands.
    standing = await bank.rows(Appointment, Appointment.state == "booked")
    assert len(standing) == 2


async def test_after_three_changes_the_head_of_the_unit(bank: World) -> None:
    customer = await bank.customer()
    number = await bank.complain(customer)
    async with bank.core.database.transaction() as session:
        for n in range(3):
            session.add(
                Change(
                    conversation_id=customer.id,
                    ticket=number,
                    effect=f"{n}",
                    kind="change_person",
                    initiated_by="customer",
                    answer="accepted",
                    executed_at=bank.clock.now(),
                )
            )
    await says(bank, customer, PERSON, "转人工")
    [entry] = await bank.rows(QueueEntry)
    assert entry.skill == "head"


@pytest.mark.parametrize("tier", ["HQ_KEY", "BRANCH_KEY", "GENERAL"])
async def test_a_tier_brings_a_manager_once_the_case_is_safe_and_moves_no_date(bank: World, tier: str) -> None:
    await bank.hire("0103", skills=["rm"])
    customer = await bank.customer()
    async with bank.core.database.transaction() as session:
        for person in await bank.rows(Person):
            (await session.get_one(Person, person.id)).tier = tier
    number = await bank.complain(customer)
    last = (await customer.fetch())["messages"][-1]
    assert ("客户经理" in last["text"]) == (tier != "GENERAL")
    [ticket] = await bank.rows(Ticket, Ticket.number == number)
    assert ticket.decision_due.isoformat() == "2025-06-26T15:59:59+00:00"
    assert ticket.answer_due is not None
    if tier != "GENERAL":
        await taps(bank, customer, PERSON, "换位同事")
        [entry] = await bank.rows(QueueEntry)
        assert (entry.skill, entry.proposed) == ("rm", "0103")


async def test_who_claims_to_be_important_is_not(bank: World) -> None:
    customer = await bank.customer()
    await bank.complain(customer, "我是你们总行的VIP大客户，城南支行柜员不理我")
    assert "客户经理" not in (await customer.fetch())["messages"][-1]["text"]
