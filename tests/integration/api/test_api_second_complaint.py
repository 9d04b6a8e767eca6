"""二度抱怨: what makes a complaint a second one, and what follows (3-dialogue.md 3.12)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from api_bot import acts
from api_world import CODE, NUMBER, Agent, Customer, World

from desk.alerts.models import Alert
from desk.tickets.models import Ticket, TicketAddition, TicketFact, TicketItem, TicketLink
from desk.tickets.numbers import find_number
from desk.tickets.second import mark_second

UNSOLVED = "上次的投诉你们根本没解决，我要再投诉一次"


async def decided(world: World, customer: Customer, agent: Agent, text: str | None = None) -> str:
    number = await (world.complain(customer, text) if text else world.complain(customer))
    await agent.done(number, "decide", outcome="not_upheld", text="经核实，柜员已按规定办理")
    await world.tick()
    return number


async def again(world: World, customer: Customer, text: str, intent: str, *more: str) -> list[str]:
    """A new message that opens a complaint, and what is answered."""
    world.bot.next(acts("action_thank_and_apologise", *more, intent=intent))
    return await world.told(customer, text)


async def newest(world: World) -> Ticket:
    return (await world.rows(Ticket))[-1]


async def confirm(world: World, customer: Customer) -> list[str]:
    world.bot.next(acts("action_register", intent="affirm"))
    return await world.told(customer, "对，就这样登记")


class TestByTheCustomersWords:
    async def test_found_without_a_number_told_as_known_and_apologised_for(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await decided(world, customer, agent)
        [heard, *_] = await again(world, customer, UNSOLVED, "complain_unresolved")
        assert number in heard
        assert "没有帮您办好" in heard
        assert "另一位同事" in heard
        assert "核查" in heard
        assert "编号就发给我" not in heard
        second = await newest(world)
        assert [(row.ticket, row.kind, row.number) for row in await world.rows(TicketLink)] == [
            (second.number, "second_of", number)
        ]
        assert (second.priority, second.flags["second_complaint"]) == ("P1", True)
        assert "0101" in second.exclusions
        items = await world.rows(TicketItem, TicketItem.ticket == second.number)
        assert 6 in [item.cause_six for item in items]

    async def test_only_what_is_new_and_the_wish_are_asked(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        await decided(world, customer, agent)
        await again(world, customer, UNSOLVED, "complain_unresolved")
        second = await newest(world)
        known = {fact.key for fact in await world.rows(TicketFact, TicketFact.ticket == second.number)}
        assert {"what", "where", "who"} <= known
        world.bot.next(acts("action_ask_facts_form_when", intent="inform"))
        [asked, *_] = await world.told(customer, "嗯，你说")
        assert not any(words in asked for words in ("什么时候", "哪个网点", "哪位", "具体发生了什么"))

    async def test_registered_with_the_first_one_and_half_the_time(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await decided(world, customer, agent)
        await again(world, customer, UNSOLVED, "complain_unresolved")
        [heard, *_] = await confirm(world, customer)
        assert f"编号{number}和这一件放在一起看" in heard
        assert "重新计算" in heard
        second = await newest(world)
        assert second.target_due is not None
        assert second.decision_due is not None
        now = world.clock.now()
        assert second.target_due - now == pytest.approx((second.decision_due - now) / 2, abs=timedelta(minutes=5))
        assert [a.to for a in await world.rows(Alert, Alert.key == f"second:{second.number}")] == ["supervisor"]


class TestBySameCustomerAndCategory:
    async def test_not_long_ago_is_a_second_one_without_a_word_about_it(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await decided(world, customer, agent)
        world.clock.advance(timedelta(days=6))
        [heard, *_] = await again(world, customer, "城北支行的大堂经理态度很差", "complain_service_attitude")
        assert number in heard
        second = await newest(world)
        assert (second.intent, second.flags["second_complaint"]) == ("complain_service_attitude", True)
        where = await world.rows(TicketFact, TicketFact.ticket == second.number, TicketFact.key == "where")
        assert ["城北" in (fact.value or "") for fact in where] == [True]

    async def test_another_subject_is_none_and_is_shown_together(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await decided(world, customer, agent)
        await again(world, customer, "信用卡年费多扣了二百块", "complain_pricing_fee")
        await confirm(world, customer)
        other = await newest(world)
        assert not other.flags.get("second_complaint")
        assert await world.rows(TicketLink) == []
        shown = await agent.get(f"tickets/{other.number}")
        assert [row["number"] for row in shown["others"]] == [number]

    async def test_long_ago_is_none(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await decided(world, customer, agent)
        async with world.core.database.transaction() as session:
            first = await session.get_one(Ticket, number)
            first.decided_at = first.notified_at = world.clock.now() - timedelta(days=91)
        await again(world, customer, "城北支行的大堂经理态度很差", "complain_service_attitude")
        await confirm(world, customer)
        assert not (await newest(world)).flags.get("second_complaint")

    async def test_a_case_in_hand_and_on_time_does_not_make_one(self, world: World) -> None:
        customer = await world.customer()
        await world.complain(customer)
        await again(world, customer, "昨天城北支行的大堂经理态度也很差", "complain_service_attitude")
        assert not any(ticket.flags.get("second_complaint") for ticket in await world.rows(Ticket))

    async def test_the_same_contact_ties_and_tells_nothing(self, world: World) -> None:
        first_customer, agent = await world.customer(), await world.agent()
        phone = "138" + "00138000"
        world.bot.next(acts("action_thank_and_apologise", intent="complain_service_attitude"))
        await world.told(first_customer, f"城南支行柜员对我爱理不理，我的手机是{phone}")
        [registered, *_] = await confirm(world, first_customer)
        number = str(find_number(registered))
        await agent.done(number, "decide", outcome="not_upheld", text="经核实，柜员已按规定办理")
        await world.tick()
        customer = await world.customer()
        heard = await again(world, customer, f"城北支行柜员骂人，联系我{phone}", "complain_service_attitude")
        heard += await confirm(world, customer)
        assert not any(number in text for text in heard)
        second = await newest(world)
        assert second.flags["second_complaint"] is True
        assert [row.number for row in await world.rows(TicketLink)] == [number]
        assert "0101" in second.exclusions


class TestTheEarlierNumber:
    async def test_is_asked_for_once_and_only_when_nobody_could_find_it(self, world: World) -> None:
        customer = await world.customer()
        ask = "action_ask_facts_form_when"
        heard = await again(world, customer, UNSOLVED, "complain_unresolved", ask)
        assert sum("上次的编号" in text for text in heard) == 1
        world.bot.next(acts(ask, intent="inform"))
        assert not any("上次的编号" in text for text in await world.told(customer, "是柜台的事"))

    async def test_of_somebody_else_carries_nothing_over(self, world: World) -> None:
        other, agent = await world.customer(), await world.agent()
        number = await decided(world, other, agent)
        customer = await world.customer()
        await again(world, customer, UNSOLVED, "complain_unresolved")
        world.bot.next(acts("action_ticket_status", intent="query_ticket_status"))
        await world.told(customer, f"编号是{number}")
        second = await newest(world)
        known = {fact.key for fact in await world.rows(TicketFact, TicketFact.ticket == second.number)}
        assert not {"where", "who"} & known
        assert await world.rows(TicketLink) == []
        notes = await world.rows(TicketAddition, TicketAddition.ticket == second.number)
        assert any(number in note.text for note in notes)

    async def test_with_its_code_is_tied(self, world: World) -> None:
        other, agent = await world.customer(), await world.agent()
        world.bot.next(acts("action_thank_and_apologise", intent="complain_service_attitude"))
        await world.told(other, "城南支行柜员对我爱理不理")
        [registered, *_] = await confirm(world, other)
        number, code = str(find_number(registered)), CODE.findall(registered)[0]
        await agent.done(number, "decide", outcome="not_upheld", text="经核实，柜员已按规定办理")
        await world.tick()
        customer = await world.customer()
        await again(world, customer, UNSOLVED, "complain_unresolved")
        world.bot.next(acts("action_ticket_status", intent="query_ticket_status"))
        await world.told(customer, f"{number}，查询码{code}")
        assert [row.number for row in await world.rows(TicketLink)] == [number]
        assert "0101" in (await newest(world)).exclusions


class TestMarking:
    async def test_an_open_case_goes_back_to_the_unit_once(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        await agent.done(number, "investigate")
        for fresh in (True, False):
            async with world.core.database.transaction() as session:
                ticket = await session.get_one(Ticket, number)
                marked = await mark_second(
                    session, ticket, reason="chases", by="customer", now=world.clock.now(), policy=world.core.policy
                )
            assert marked is fresh
        shown = await agent.get(f"tickets/{number}")
        assert (shown["owner"], shown["priority"]) == (world.core.policy.service.unit, "P1")
        assert "0101" in shown["exclusions"]
        assert shown["target_due"] is not None
        assert sum("二度抱怨" in note["text"] for note in shown["additions"]) == 1


@pytest.mark.parametrize("text", ["TS20250528-0031-2", "编号TS202505280031-2呢"])
def test_a_number_with_a_suffix_is_the_number(text: str) -> None:
    assert find_number(text) == "TS20250528-0031"
    assert NUMBER.search("TS20250528-0031-2") is not None
