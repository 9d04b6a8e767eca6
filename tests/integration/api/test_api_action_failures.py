"""A custom action may fail, or be called by somebody else: nothing is told that is not so, and nothing is done twice."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from api_bot import acts, gone
from api_world import NUMBER, World

from actions.procedure import Register
from desk.promises.models import Promise
from desk.tickets.models import Ticket

SENTENCE = "请问周末开门吗？"


class TestCustomActions:
    async def test_one_that_raises(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Rasa would say 已登记,编号None and answer 200; here the turn is tried again and then given up."""
        customer = await world.customer()
        world.bot.next(acts("action_thank_and_apologise", intent="complain_service_attitude"))
        await world.told(customer, "城南支行三号窗口的柜员对我爱理不理，等了四十分钟")

        async def fails(*_: object) -> None:
            raise RuntimeError("the service is broken")

        monkeypatch.setattr(Register, "act", fails)
        world.bot.usual = acts("action_register", intent="affirm")
        [line] = await world.told(customer, "对，就这样登记")
        assert "人工" in line
        assert not NUMBER.search(line)
        assert (await customer.fetch())["owner"] == "queue"
        assert [ticket.state for ticket in await world.rows(Ticket)] == ["draft"]
        assert await world.rows(Promise) == []

    async def test_one_that_raises_once(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        customer = await world.customer()
        world.bot.next(acts("action_thank_and_apologise", intent="complain_service_attitude"))
        await world.told(customer, "城南支行三号窗口的柜员对我爱理不理，等了四十分钟")
        act, calls = Register.act, []

        async def fails_once(self: Register, turn: Any) -> None:
            calls.append(turn)
            await act(self, turn)
            if len(calls) == 1:
                raise RuntimeError("after everything was done")

        monkeypatch.setattr(Register, "act", fails_once)
        world.bot.usual = acts("action_register", intent="affirm")
        line, *_ = await world.told(customer, "对，就这样登记")
        number = NUMBER.search(line)
        assert number is not None
        assert len(await world.rows(Ticket)) == 1
        effects = [promise.effect for promise in await world.rows(Promise)]
        assert len(effects) == len(set(effects)) == 3

    async def test_an_attempt_that_dies_after_its_action_makes_nothing_twice(self, world: World) -> None:
        customer = await world.customer()
        world.bot.next(
            acts("action_thank_and_apologise", intent="complain_service_attitude", then=gone),
            acts("action_thank_and_apologise", intent="complain_service_attitude"),
        )
        await world.told(customer, "城南支行三号窗口的柜员对我爱理不理，等了四十分钟")
        world.bot.next(acts("action_register", intent="affirm", then=gone), acts("action_register", intent="affirm"))
        said = await world.told(customer, "对，就这样登记")
        [ticket] = await world.rows(Ticket)
        assert len([line for line in said if ticket.number in line and "查询码" in line]) == 1
        assert len(said) == len(set(said))
        assert {promise.state for promise in await world.rows(Promise)} == {"open"}
        assert len(await world.rows(Promise)) == 3

    async def test_given_up_after_the_registration(self, world: World) -> None:
        """The ticket stays, its promises are void, and the colleague knows that the customer was not told."""
        customer, agent = await world.customer(), await world.agent()
        world.bot.next(acts("action_thank_and_apologise", intent="complain_service_attitude"))
        await world.told(customer, "城南支行三号窗口的柜员对我爱理不理，等了四十分钟")
        world.bot.usual = acts("action_register", intent="affirm", then=gone)
        [line] = await world.told(customer, "对，就这样登记")
        [ticket] = await world.rows(Ticket)
        assert ticket.number not in line
        assert {promise.state for promise in await world.rows(Promise)} == {"voided"}
        packet = (await agent.view(customer.id))["handoff"]
        assert packet["customer_not_told"] is True
        assert packet["ticket"] == ticket.number

    async def test_nobody_else_can_run_one(self, world: World) -> None:
        assert world.bot.actions is not None
        transport = httpx.ASGITransport(world.bot.actions, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            for body in (
                {"next_action": "action_register", "tracker": {}},
                {"next_action": "action_register", "tracker": {"latest_message": {"metadata": {"token": "guess"}}}},
                {"next_action": "action_register", "tracker": {"latest_message": {"metadata": None}}},
                {"next_action": "action_register", "tracker": None},
            ):
                assert (await client.post("/actions", json=body)).status_code == 403
            for content in (
                b"",
                b"x",
                b"[]",
                b"null",
                b'"x"',
                b'{"tracker": []}',
                b'{"tracker": {"latest_message": 5}}',
            ):
                assert 400 <= (await client.post("/actions", content=content)).status_code < 500, content

    async def test_a_token_is_good_for_its_attempt_only(self, world: World) -> None:
        customer = await world.customer()
        await world.told(customer, SENTENCE)
        [payload] = world.bot.seen
        status, _ = await world.bot.call_action("action_register", payload, "affirm")
        assert status == 403
        assert world.core.runner.attempts == {}
