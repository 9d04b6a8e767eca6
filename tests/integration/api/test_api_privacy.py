"""What is kept, who may see it, who looked at it, and when it goes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from api_bot import acts, says
from api_world import Agent, World, error_of
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from api.turns.due_daily import plan_looks
from desk.audit.models import AuditEntry
from desk.consents.models import Consent, ConsentText
from desk.conversations.models import Conversation, SealedValue
from desk.customers.models import Customer
from desk.privacy.keyring import keyring
from desk.privacy.rotation import new_key, reseal
from desk.retention.columns import GONE
from desk.tickets.models import Ticket, TicketFact

PHONE = "138" + "0013" + "8000"
STORY = "城南支行的柜员让我白跑三趟"


async def asked(world: World, told: str = f"我的电话是{PHONE}，周末开门吗？") -> str:
    """A customer with an enquiry; returns the conversation."""
    customer = await world.customer()
    world.bot.next(says("周末也营业。"))
    await world.told(customer, told)
    return customer.id


async def customer_of(world: World, conversation: str) -> str:
    async with world.core.database.snapshot() as session:
        row = await session.get(Conversation, conversation)
        assert row is not None
        return row.customer_id


async def end(world: World, conversation: str, number: str | None = None) -> None:
    """Everything about it is over now."""
    now = world.clock.now()
    async with world.core.database.transaction() as session:
        await session.execute(
            update(Conversation).where(Conversation.id == conversation).values(closed_at=now, owner="bot")
        )
        if number:
            await session.execute(
                update(Ticket).where(Ticket.number == number).values(closed_at=now, state="withdrawn")
            )
        await plan_looks(session, world.core.policy, now)


class TestAudit:
    async def test_a_look_and_a_deed_are_on_record_before_they_happen(self, world: World) -> None:
        conversation, agent = await asked(world), await world.agent()
        version = (await agent.view(conversation))["version"]
        await agent.view(conversation)
        await agent.take(conversation, version)
        found = [(row.by, row.verb, row.kind, row.ref) for row in await world.rows(AuditEntry)]
        assert found == [("0101", "view", "conversation", conversation), ("0101", "take", "conversation", conversation)]

    async def test_a_later_look_is_another_one(self, world: World) -> None:
        conversation, agent = await asked(world), await world.agent()
        await agent.view(conversation)
        world.clock.advance(timedelta(minutes=11))
        await agent.view(conversation)
        assert len(await world.rows(AuditEntry)) == 2

    @pytest.mark.parametrize("table", ["audit", "ticket_history", "consent_texts"])
    @pytest.mark.parametrize("deed", ["DELETE FROM {}", "UPDATE {} SET {column} = 'x'"])
    async def test_the_database_keeps_it(self, world: World, table: str, deed: str) -> None:
        number = await world.complain(await world.customer())
        agent = await world.agent()
        await agent.get(f"tickets/{number}")
        column = {"audit": "by", "ticket_history": "reason", "consent_texts": "purpose"}[table]
        async with world.core.database.transaction() as session:
            if table == "consent_texts":
                session.add(ConsentText(version="v", purpose="p", text="t", first_used_at=world.clock.now()))
        with pytest.raises(DBAPIError, match="only grows"):
            async with world.core.database.transaction() as session:
                await session.execute(text(deed.replace("{}", table).replace("{column}", f'"{column}"')))

    async def test_only_overseers_read_it(self, world: World) -> None:
        agent, boss = await world.agent(), await world.agent("0213", "supervisor")
        error_of(await agent.client.get("/api/desk/audit"), 403)
        conversation = await asked(world)
        await agent.view(conversation)
        page = await boss.get("audit", ref=conversation)
        assert [row["by"] for row in page["items"]] == ["0101"]


class TestReveal:
    async def taken(self, world: World) -> tuple[Agent, str]:
        customer, agent = await world.customer(), await world.agent()
        await world.complain(customer, f"{STORY}，我的电话是{PHONE}")
        view = await agent.view(customer.id)
        await agent.take(customer.id, view["version"])
        return agent, customer.id

    async def test_with_a_case_and_a_reason(self, world: World) -> None:
        agent, conversation = await self.taken(world)
        token = (await world.rows(SealedValue))[0].token
        body = {"token": token, "reason": "约定时间回电"}
        assert await agent.did(f"conversations/{conversation}/reveal", body) == {"value": PHONE}
        last = (await world.rows(AuditEntry))[-1]
        assert (last.verb, last.reason) == ("reveal", "约定时间回电")
        assert PHONE not in last.reason

    async def test_not_without_a_reason_and_not_by_others(self, world: World) -> None:
        agent, conversation = await self.taken(world)
        token = (await world.rows(SealedValue))[0].token
        error_of(await agent.post(f"conversations/{conversation}/reveal", {"token": token, "reason": "1"}), 422)
        other = await world.agent("0102")
        body = {"token": token, "reason": "看看而已"}
        error_of(await other.post(f"conversations/{conversation}/reveal", body), 403)
        error_of(await agent.post(f"conversations/{conversation}/reveal", {**body, "token": "[PHONE:1]"}), 404)

    async def test_not_without_need(self, world: World) -> None:
        conversation, boss = await asked(world), await world.agent("0213", "supervisor")
        body = {"token": (await world.rows(SealedValue))[0].token, "reason": "看看而已"}
        error_of(await boss.post(f"conversations/{conversation}/reveal", body), 403)


class TestConsent:
    async def test_a_yes_is_kept_with_its_wording(self, world: World) -> None:
        customer = await world.customer()
        world.bot.next(acts("action_thank_and_apologise", intent="complain_service_attitude"))
        await world.told(customer, STORY)
        world.bot.next(acts("action_ask_confirm_form_confirmation"))
        heard = await world.told(customer, "就这些")
        world.bot.next(acts("validate_confirm_form", "action_register", intent="affirm"))
        await world.told(customer, "对")
        consent, version = (await world.rows(Consent))[0], (await world.rows(ConsentText))[0]
        assert (consent.purpose, consent.given, consent.version) == ("handling", True, version.version)
        assert version.text in heard[0]


class TestKeys:
    async def test_everything_is_sealed_afresh_and_still_opens(self, world: World) -> None:
        await asked(world)
        async with world.core.database.transaction() as session:
            row = Customer(
                channel="web", external_id="x", locale="zh-CN", name="示例客户", created_at=world.clock.now()
            )
            row.tier, row.verified = "GENERAL", False
            session.add(row)
        old = keyring().active
        new_key()
        assert keyring().active != old
        sealed = await world.rows(SealedValue)
        assert await reseal(world.core.database) == len(sealed) + 1
        assert await reseal(world.core.database) == 0
        for row in await world.rows(SealedValue):
            assert row.sealed.startswith(f"s1.{keyring().active}.")
            assert keyring().open_(row.sealed, f"sealed_values:{row.message_id}:{row.token}") == PHONE
        named = [row for row in await world.rows(Customer) if row.sealed_name]
        assert [row.name for row in named] == ["示例客户"]
        async with world.core.database.snapshot() as session:
            stored = await session.scalars(text("SELECT sealed_name FROM customers WHERE sealed_name IS NOT NULL"))
            assert all(sealed.startswith("s1.") for sealed in stored)

    async def test_a_name_does_not_open_in_another_row(self, world: World) -> None:
        row = Customer(channel="web", external_id="x", name="示例客户")
        other = Customer(channel="web", external_id="y")
        other.id, other.sealed_name = "other", row.sealed_name
        with pytest.raises(Exception, match="another purpose"):
            _ = other.name


class TestRetention:
    async def test_an_enquiry_goes_after_its_days(self, world: World) -> None:
        conversation = await asked(world)
        await end(world, conversation)
        days = world.core.policy.retention.enquiries.days
        await world.tick(days=days - 1)
        assert any(PHONE[:3] in row.text for row in await world.stored(conversation))
        await world.tick(days=2)
        assert {row.text for row in await world.stored(conversation)} == {GONE}
        assert await world.rows(SealedValue) == []
        customer = (await world.rows(Customer))[0]
        assert customer.external_id == f"erased:{customer.id}"

    async def test_a_case_is_kept_for_its_years(self, world: World) -> None:
        customer = await world.customer()
        number = await world.complain(customer, STORY)
        await end(world, customer.id, number)
        await world.tick(days=2 * 365)
        assert any(STORY in row.text for row in await world.stored(customer.id))
        await world.tick(days=366 + 2)
        assert {row.text for row in await world.stored(customer.id)} == {GONE}
        ticket = (await world.rows(Ticket))[0]
        assert (ticket.number, ticket.state, ticket.summary) == (number, "withdrawn", None)
        assert {row.value for row in await world.rows(TicketFact)} == {None}

    async def test_an_open_case_is_never_erased(self, world: World) -> None:
        customer = await world.customer()
        await world.complain(customer, STORY)
        await end(world, customer.id)
        await world.tick(days=5 * 365)
        assert any(STORY in row.text for row in await world.stored(customer.id))

    async def test_at_the_customers_wish(self, world: World) -> None:
        conversation, boss = await asked(world), await world.agent("0213", "supervisor")
        customer = await customer_of(world, conversation)
        agent = await world.agent()
        error_of(await agent.post(f"customers/{customer}/erase", {"reason": "客户本人要求"}), 403)
        exported = await boss.get(f"customers/{customer}/export")
        assert exported["conversations"][0]["messages"]
        assert PHONE not in str(exported)
        done = await boss.did(f"customers/{customer}/erase", {"reason": "客户本人要求"})
        assert done == {"conversations": 1, "kept": []}
        assert {row.text for row in await world.stored(conversation)} == {GONE}

    async def test_what_the_law_keeps_is_told(self, world: World) -> None:
        customer, boss = await world.customer(), await world.agent("0213", "supervisor")
        number = await world.complain(customer, STORY)
        ref = await customer_of(world, customer.id)
        done = await boss.did(f"customers/{ref}/erase", {"reason": "客户本人要求"})
        assert done == {"conversations": 0, "kept": [{"ticket": number, "until": None}]}
        await end(world, customer.id, number)
        done = await boss.did(f"customers/{ref}/erase", {"reason": "客户本人要求"})
        assert done["kept"][0]["until"] is not None
        error_of(await boss.post("customers/nobody/erase", {"reason": "客户本人要求"}), 404)
