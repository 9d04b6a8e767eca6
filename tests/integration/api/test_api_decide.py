"""Deciding a ticket: told in the same conversation whatever the outcome, and asked about afterwards (SD013, 3.11)."""

from __future__ import annotations

import asyncio
from datetime import datetime, time, timedelta

import pytest
from api_bot import acts
from api_world import PASSWORD, Agent, Customer, World, error_of

from desk.alerts.models import Alert
from desk.clock import SHANGHAI, local
from desk.promises.models import Promise
from desk.surveys.models import Survey

ANSWER = acts("action_record_satisfaction", intent="give_score")


async def decided(world: World) -> tuple[Customer, Agent, str]:
    customer, agent = await world.customer(), await world.agent()
    number = await world.complain(customer)
    assert (await agent.decide(number)).status_code == 200
    await world.tick()
    return customer, agent, number


async def survey_of(world: World, number: str) -> Survey:
    """As it is stored; who sees it is tests of its own (test_api_follow_up.py)."""
    [survey] = await world.rows(Survey, Survey.ticket == number)
    assert isinstance(survey, Survey)
    return survey


class TestDeciding:
    @pytest.mark.parametrize("outcome", ["upheld", "partly_upheld", "not_upheld", "explained"])
    async def test_the_customer_is_told_in_the_same_conversation(self, world: World, outcome: str) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        response = await agent.decide(number, "经核实，当天只开了一个窗口，已安排整改", outcome=outcome)
        assert response.status_code == 200
        ticket = response.json()
        assert ticket["state"] == "notified"
        assert ticket["decision"]["outcome"] == outcome
        [*_, last] = await customer.heard()
        assert "经核实，当天只开了一个窗口，已安排整改。" in last
        assert number in last
        assert "核查" in last
        assert [step["to"] for step in ticket["history"]][-2:] == ["decided", "notified"]

    async def test_the_promises_are_kept(self, world: World) -> None:
        await decided(world)
        assert {promise.state for promise in await world.rows(Promise)} == {"kept"}
        await world.tick(days=20)
        assert {promise.state for promise in await world.rows(Promise)} == {"kept"}

    async def test_also_while_an_agent_talks_with_the_customer(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        await agent.take(customer.id)
        assert (await agent.decide(number)).status_code == 200
        assert any(number in text and "处理决定" in text for text in await customer.heard())

    async def test_somebody_else_changed_it_meanwhile(self, world: World) -> None:
        customer, agent, other = await world.customer(), await world.agent("0101"), await world.agent("0102")
        number = await world.complain(customer)
        version = (await agent.get(f"tickets/{number}"))["version"]
        await other.take(customer.id)
        body = {"version": version, "outcome": "upheld", "text": "同意退费。"}
        told = error_of(await agent.post(f"tickets/{number}/decide", body), 409)
        assert told["version"] > version
        assert (await agent.get(f"tickets/{number}"))["decision"] is None

    async def test_twice(self, world: World) -> None:
        customer, agent, number = await decided(world)
        before = await customer.fetch()
        error_of(await agent.decide(number, "另一个决定。"), 409)
        assert await customer.fetch() == before
        assert (await agent.get(f"tickets/{number}"))["decision"]["text"].startswith("经核实")

    async def test_ten_at_once(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        version = (await agent.get(f"tickets/{number}"))["version"]
        body = {"version": version, "outcome": "upheld", "text": "同意退费。"}
        answers = await asyncio.gather(*(agent.post(f"tickets/{number}/decide", body) for _ in range(10)))
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
        assert len([text for text in await customer.heard() if "处理决定了" in text]) == 1

    @pytest.mark.parametrize("text", ["", " ", "\n", "\u3000"])
    async def test_without_words(self, world: World, text: str) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        error_of(await agent.decide(number, text), 422)
        assert (await agent.get(f"tickets/{number}"))["state"] == "registered"

    async def test_an_outcome_there_is_not(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        error_of(await agent.decide(number, outcome="maybe"), 422)

    async def test_a_draft_cannot_be_decided(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        world.bot.next(acts("action_thank_and_apologise", intent="complain_service_attitude"))
        await world.told(customer, "城南支行三号窗口的柜员对我爱理不理")
        [draft] = (await agent.get("tickets"))["items"]
        assert draft["state"] == "draft"
        error_of(await agent.decide(draft["number"]), 409)

    async def test_an_urgent_case_can_be_decided(self, world: World) -> None:
        customer, agent = await world.customer(), await world.agent()
        await world.told(customer, "有个警察让我把钱转到安全账户，我正在转。")
        [ticket] = (await agent.get("tickets"))["items"]
        assert (await agent.decide(ticket["number"])).status_code == 200


class TestSurvey:
    async def test_asked_after_the_delay_and_not_before(self, world: World) -> None:
        customer, _, number = await decided(world)
        before = len((await customer.fetch())["messages"])
        await world.tick(hours=1, minutes=59)
        assert len((await customer.fetch())["messages"]) == before
        await world.tick(minutes=2)
        question = (await customer.fetch())["messages"][-1]
        assert number in question["text"]
        assert "解决" in question["text"]
        assert [button["title"] for button in question["buttons"]] == ["已解决", "部分解决", "没有解决"]

    async def test_answers_by_words_and_digits_are_stored(self, world: World) -> None:
        customer, _, number = await decided(world)
        await world.tick(hours=3)
        for answer, asked in (("解决了", "期望"), ("4", "感受"), ("五分", "态度"), ("5分", "谢谢")):
            world.bot.next(ANSWER)
            [reply] = await world.told(customer, answer)
            assert asked in reply, reply
        survey = await survey_of(world, number)
        assert survey.answers == {"solved": "solved", "expectation": 4, "perception": 5, "manner": 5}
        assert (survey.state, survey.satisfied, survey.index) == ("answered", True, 1.25)

    async def test_by_tapping(self, world: World) -> None:
        customer, _, number = await decided(world)
        await world.tick(hours=3)
        for title in ("已解决", "3分", "4分", "5分"):
            buttons = (await customer.fetch())["messages"][-1]["buttons"]
            choice = next(button["choice"] for button in buttons if button["title"] == title)
            world.bot.next(ANSWER)
            await world.told(customer, title, choice=choice)
        assert (await survey_of(world, number)).answers == {
            "solved": "solved", "expectation": 3, "perception": 4, "manner": 5,
        }  # fmt: skip

    async def test_dissatisfaction_raises_an_alert_and_offers_what_can_be_done(self, world: World) -> None:
        customer, _, number = await decided(world)
        await world.tick(hours=3)
        world.bot.next(ANSWER, ANSWER)
        [why] = await world.told(customer, "没有解决")
        assert "最让您不认可" in why
        [offer] = await world.told(customer, "根本没有人联系过我")
        assert "换一位同事" in offer
        assert "核查" in offer
        assert [a.kind for a in await world.rows(Alert) if a.kind == "dissatisfied"]
        survey = await survey_of(world, number)
        assert (survey.answers, survey.reason) == ({"solved": "no"}, "根本没有人联系过我")
        assert survey.satisfied is False

    async def test_asked_once_across_restarts(self, world: World) -> None:
        customer, _, number = await decided(world)
        await world.tick(hours=3)
        for _ in range(3):
            await world.core.worker.recover()
            await world.tick(minutes=1)
        asked = [text for text in await customer.heard() if number in text and "解决了吗" in text]
        assert len(asked) == 1

    async def test_reminded_once_and_never_again(self, world: World) -> None:
        customer, _, number = await decided(world)
        await world.tick(hours=3)
        await world.tick(days=4)
        await world.tick(days=30)
        said = [message.text for message in await world.stored(customer.id) if message.by == "bot"]
        asked = [text for text in said if number in text and ("解决了吗" in text or "再问" in text)]
        assert len(asked) == 2

    async def test_declining_is_respected(self, world: World) -> None:
        customer, _, number = await decided(world)
        await world.tick(hours=3)
        world.bot.next(acts("action_record_satisfaction", intent="decline_survey"))
        await world.told(customer, "别问了，不想评")
        before = len((await customer.fetch())["messages"])
        await world.tick(days=10)
        assert len((await customer.fetch())["messages"]) == before
        assert (await survey_of(world, number)).state == "declined"

    @pytest.mark.parametrize("hour", [3, 8, 20, 23])
    async def test_nobody_is_asked_at_night(self, world: World, hour: int) -> None:
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        at(world, hour)
        again = await sign_in_again(agent)
        assert (await again.decide(number)).status_code == 200
        asked_at = await first_asked(world, customer, number)
        assert time(9) <= asked_at.time() < time(20)

    async def test_nobody_is_asked_at_night_because_an_agent_was_there(self, world: World) -> None:
        """An agent owns the conversation when the question falls due; it is put off – into the hours in which one asks."""
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        at(world, 17, 30)
        again = await sign_in_again(agent)
        assert (await again.decide(number)).status_code == 200
        await again.take(customer.id)
        at(world, 19, 45)
        await world.tick()
        await again.did(f"conversations/{customer.id}/return")
        asked_at = await first_asked(world, customer, number)
        assert time(9) <= asked_at.time() < time(20)

    async def test_nobody_is_asked_at_night_because_we_were_away(self, world: World) -> None:
        """Down from before the question fell due until ten in the evening."""
        customer, agent = await world.customer(), await world.agent()
        number = await world.complain(customer)
        at(world, 17)
        again = await sign_in_again(agent)
        assert (await again.decide(number)).status_code == 200
        at(world, 22)
        asked_at = await first_asked(world, customer, number)
        assert time(9) <= asked_at.time() < time(20)

    async def test_not_while_an_agent_talks_with_the_customer(self, world: World) -> None:
        customer, agent, number = await decided(world)
        await agent.take(customer.id)
        await world.tick(hours=3)
        assert not [text for text in await customer.heard() if number in text and "解决了吗" in text]


def at(world: World, hour: int, minute: int = 0) -> None:
    """The coming moment at which the clock on the wall says so."""
    here = local(world.clock.now())
    moment = datetime.combine(here.date(), time(hour, minute), SHANGHAI)
    world.clock.advance_to(moment if moment >= here else moment + timedelta(days=1))


async def sign_in_again(agent: Agent) -> Agent:
    """The next morning."""
    await agent.client.post("/api/desk/sign-in", json={"user": f"agent{agent.work_no}", "password": PASSWORD})
    return agent


async def first_asked(world: World, customer: Customer, number: str) -> datetime:
    """When the survey's first question came, looking every quarter of an hour for two days."""
    for _ in range(200):
        await world.core.worker.tick()
        for message in (await customer.fetch())["messages"]:
            if number in message["text"] and "解决了吗" in message["text"]:
                return local(datetime.fromisoformat(message["at"]))
        world.clock.advance(timedelta(minutes=15))
    raise AssertionError("never asked")
