"""One person on two channels: linked by the bank's own sign-in alone, and then the case goes on wherever he writes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from api_bot import acts
from api_world import Customer, World, error_of
from pydantic import SecretStr
from sqlalchemy import select

from desk.audit.models import AuditEntry
from desk.conversations.models import ChatSession, Conversation
from desk.conversations.service import customer_for, hash_token, start_conversation
from desk.customers.importing import import_customers
from desk.customers.models import BankCustomer, LinkUse
from desk.customers.models import Customer as Identity

KEY = "a key that bank and desk share, of some length"
STATUS = acts("action_ticket_status", intent="query_ticket_status")
REF = "C-000042"
_numbers = iter(range(10**6))


def part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def sign(claims: dict[str, Any], *, key: str = KEY, alg: str = "HS256") -> str:
    """As the bank's server does it."""
    signed = f"{part(json.dumps({'alg': alg, 'typ': 'JWT'}).encode())}.{part(json.dumps(claims).encode())}"
    return f"{signed}.{part(hmac.digest(key.encode(), signed.encode(), hashlib.sha256))}"


def claims(world: World, customer: Customer, ref: str = REF, **more: Any) -> dict[str, Any]:
    now = int(world.clock.now().timestamp())
    jti = f"token-{next(_numbers):016d}"
    return {
        "aud": "sanbian-link",
        "sub": ref,
        "conversation": customer.id,
        "jti": jti,
        "iat": now,
        "exp": now + 120,
        **more,
    }


async def post(customer: Customer, token: str) -> Any:
    return await customer.client.post("/api/chat/link", json={"token": token}, headers=customer.headers)


async def sign_in(world: World, customer: Customer, ref: str = REF) -> None:
    answer = await post(customer, sign(claims(world, customer, ref)))
    assert answer.status_code == 204, answer.text


async def wechat(world: World, openid: str = "o-1") -> Customer:
    """Somebody on WeChat, with the page that its own sign-in opened."""
    token = f"wechat-{openid}-{next(_numbers)}"
    now = world.clock.now()
    async with world.core.database.transaction() as session:
        row = await customer_for(session, channel="wechat", external_id=openid, now=now)
        conversation = await start_conversation(session, row, channel="wechat", now=now)
        session.add(
            ChatSession(
                token_hash=hash_token(token),
                conversation_id=conversation.id,
                created_at=now,
                expires_at=now + timedelta(days=1),
            )
        )
        return Customer(world.client(), conversation.id, token)


async def identity_of(world: World, customer: Customer) -> Identity:
    async with world.core.database.snapshot() as session:
        conversation = await session.get_one(Conversation, customer.id)
        return await session.get_one(Identity, conversation.customer_id)


@pytest.fixture
def bank(world: World) -> World:
    """A desk that shares a key with the bank."""
    world.core.settings.link_key = SecretStr(KEY)
    return world


async def test_the_case_goes_on_on_the_other_channel(bank: World) -> None:
    web, phone = await bank.customer(), await wechat(bank)
    number = await bank.complain(web)
    bank.bot.next(STATUS)
    [before] = await bank.told(phone, f"编号{number}怎么样了？")
    assert "查询码" in before
    await sign_in(bank, web)
    seen = (await phone.fetch())["last_seq"]
    await sign_in(bank, phone)
    [told] = await phone.heard(seen)
    assert number in told
    assert "不用再说" in told
    bank.bot.next(STATUS)
    [after] = await bank.told(phone, "我的事怎么样了？")
    assert f"编号{number}" in after
    assert "收到" in after


async def test_a_draft_is_finished_on_the_other_channel_without_asking_again(bank: World) -> None:
    web, phone = await bank.customer(), await wechat(bank)
    bank.bot.next(acts("action_thank_and_apologise", intent="complain_service_attitude"))
    await bank.told(phone, "城南支行三号窗口的柜员对我爱理不理，等了四十分钟")
    await sign_in(bank, phone)
    await sign_in(bank, web)
    bank.bot.next(acts("action_register", intent="affirm"))
    await bank.told(web, "继续，就这样登记")
    agent = await bank.agent()
    [row] = (await agent.view(phone.id))["tickets"]
    view = await agent.get(f"tickets/{row['number']}")
    assert view["state"] == "registered"
    assert "三号窗口" in str(view["facts"])
    assert (await agent.view(web.id))["ticket"] == row["number"]


async def test_a_colleague_sees_the_other_tickets(bank: World) -> None:
    web, phone = await bank.customer(), await wechat(bank)
    one = await bank.complain(web)
    await sign_in(bank, web)
    other = await bank.complain(phone, "城北支行的取款机吞了我的卡，没有人管")
    await sign_in(bank, phone)
    agent = await bank.agent()
    await agent.take(phone.id)
    packet = (await agent.view(phone.id))["handoff"]
    assert packet["ticket"] == other
    assert packet["other_tickets"] == [{"number": one, "state": "registered"}]


async def test_the_tier_comes_with_the_person_and_not_with_a_claim(bank: World) -> None:
    async with bank.core.database.transaction() as session:
        await import_customers(session, f"ref,tier\n{REF},HQ_KEY\n".encode(), now=bank.clock.now())
    web = await bank.customer()
    bank.bot.next(acts("action_thank_and_apologise", intent="complain_service_attitude"))
    await bank.told(web, "我是你们总行的重点客户，客户号C-000042，柜员对我爱理不理")
    before = await identity_of(bank, web)
    assert (before.tier, before.bank_customer, before.verified) == ("GENERAL", None, False)
    await sign_in(bank, web)
    after = await identity_of(bank, web)
    assert (after.tier, after.verified) == ("HQ_KEY", True)
    [entry] = [row for row in await bank.rows(AuditEntry) if row.verb == "link"]
    assert (entry.kind, entry.ref) == ("customer", after.id)


def tampered(token: str) -> str:
    head, body, signature = token.split(".")
    told = json.loads(base64.urlsafe_b64decode(body + "=="))
    return f"{head}.{part(json.dumps({**told, 'sub': 'C-000001'}).encode())}.{signature}"


def unsigned(told: dict[str, Any]) -> str:
    return sign(told, alg="none").rpartition(".")[0] + "."


BAD = {
    "another key": lambda told: sign(told, key="b" * 40),
    "tampered": lambda told: tampered(sign(told)),
    "no signature": unsigned,
    "another algorithm": lambda told: sign(told, alg="none"),
    "over": lambda told: sign({**told, "iat": told["iat"] - 200, "exp": told["iat"]}),
    "valid for too long": lambda told: sign({**told, "exp": told["iat"] + 301}),
    "ends before it begins": lambda told: sign({**told, "iat": told["exp"] + 1}),
    "from the future": lambda told: sign({**told, "iat": told["iat"] + 61, "exp": told["exp"] + 61}),
    "for something else": lambda told: sign({**told, "aud": "payments"}),
    "for another conversation": lambda told: sign({**told, "conversation": "0" * 32}),
    "of nobody": lambda told: sign({**told, "sub": ""}),
    "without a number of its own": lambda told: sign({name: told[name] for name in told if name != "jti"}),
    "not numbers": lambda told: sign({**told, "exp": "soon"}),
    "no token": lambda _told: "hello",
    "no JSON": lambda _told: f"{part(b'x')}.{part(b'y')}.{part(b'z')}",
    "strange letters": lambda _told: "é.é.é",
}


@pytest.mark.parametrize("why", BAD)
async def test_what_the_bank_did_not_sign_for_this_conversation_links_nobody(bank: World, why: str) -> None:
    web = await bank.customer()
    refused = error_of(await post(web, BAD[why](claims(bank, web))), 403)
    assert refused["error"] == "link_refused"
    assert (await identity_of(bank, web)).bank_customer is None
    assert await bank.rows(LinkUse) == []


async def test_a_token_counts_once(bank: World) -> None:
    web = await bank.customer()
    token = sign(claims(bank, web))
    assert (await post(web, token)).status_code == 204
    assert error_of(await post(web, token), 409)["link"] == "used"


async def test_a_token_is_worth_nothing_in_another_browser(bank: World) -> None:
    """Whoever lures somebody into signing in for his conversation gets no token, and with one he would need the browser."""
    victim, thief = await bank.customer(), await bank.customer()
    error_of(await post(thief, sign(claims(bank, victim))), 403)
    answer = await thief.client.post("/api/chat/link", json={"token": sign(claims(bank, victim))})
    error_of(answer, 401)


async def test_a_shared_device_stays_the_first_ones(bank: World) -> None:
    web = await bank.customer()
    number = await bank.complain(web)
    await sign_in(bank, web)
    refused = error_of(await post(web, sign(claims(bank, web, "C-000043"))), 409)
    assert refused["link"] == "other_customer"
    other = await wechat(bank, "o-2")
    await sign_in(bank, other, "C-000043")
    bank.bot.next(STATUS)
    [reply] = await bank.told(other, "我的事怎么样了？")
    assert number not in reply
    await sign_in(bank, web)  # the right person again


async def test_nothing_is_said_while_a_colleague_speaks(bank: World) -> None:
    web, phone = await bank.customer(), await wechat(bank)
    await bank.complain(web)
    await sign_in(bank, web)
    agent = await bank.agent()
    await agent.take(phone.id)
    seen = (await phone.fetch())["last_seq"]
    await sign_in(bank, phone)
    assert await phone.heard(seen) == []
    assert (await identity_of(bank, phone)).bank_customer is not None


async def test_without_a_key_there_is_no_link(world: World) -> None:
    web = await world.customer()
    error_of(await post(web, sign(claims(world, web))), 404)


async def test_old_uses_are_forgotten(bank: World) -> None:
    web, phone = await bank.customer(), await wechat(bank)
    await sign_in(bank, web)
    bank.clock.advance(timedelta(minutes=10))
    await sign_in(bank, phone)
    assert len(await bank.rows(LinkUse)) == 1


async def test_what_is_told_and_erased_is_the_persons(bank: World) -> None:
    web, phone = await bank.customer(), await wechat(bank)
    for customer in (web, phone):
        bank.bot.next(acts("action_ticket_status", intent="query_ticket_status"))
        await bank.told(customer, "我的事怎么样了？")
        await sign_in(bank, customer)
    boss, identity = await bank.agent("0213", "supervisor"), await identity_of(bank, phone)
    exported = await boss.get(f"customers/{identity.id}/export")
    assert {row["channel"] for row in exported["conversations"]} == {"web", "wechat"}
    done = await boss.did(f"customers/{identity.id}/erase", {"reason": "客户本人要求"})
    assert done == {"conversations": 2, "kept": []}
    assert await bank.rows(BankCustomer) == []
    async with bank.core.database.snapshot() as session:
        assert set(await session.scalars(select(Identity.bank_customer))) == {None}
