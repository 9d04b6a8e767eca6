"""Opening a conversation, and who may go on with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from api_world import World, error_of

from desk.conversations.models import ChatSession, Conversation


async def test_a_session_is_opened(world: World) -> None:
    response = await world.client().post("/api/chat/sessions")
    assert response.status_code == 201
    opened = response.json()
    assert opened.keys() >= {"conversation_id", "token", "expires_at"}
    expires = datetime.fromisoformat(opened["expires_at"])
    assert expires == world.clock.now() + timedelta(days=world.core.settings.session_days)
    assert len(opened["token"]) >= 40


async def test_the_token_is_not_kept(world: World) -> None:
    customer = await world.customer()
    assert customer.token.encode() not in world.bytes_on_disk()
    [kept] = await world.rows(ChatSession)
    assert kept.conversation_id == customer.id


async def test_two_customers_share_nothing(world: World) -> None:
    one, other = await world.customer(), await world.customer()
    await world.told(one, "你好")
    assert (await other.fetch())["messages"] == []


async def test_too_many_sessions_from_one_address(make_world: Callable[..., World]) -> None:
    world = make_world(session_rate_per_minute=3)
    client = world.client()
    for _ in range(3):
        assert (await client.post("/api/chat/sessions")).status_code == 201
    response = await client.post("/api/chat/sessions")
    assert error_of(response, 429)["error"] == "too_many"
    wait = int(response.headers["Retry-After"])
    assert 1 <= wait <= 61
    assert len(await world.rows(Conversation)) == 3
    # Somebody else is not held up, and the hasty one may go on after waiting as told.
    assert (await world.client("203.0.113.99").post("/api/chat/sessions")).status_code == 201
    world.clock.advance(timedelta(seconds=wait))
    assert (await client.post("/api/chat/sessions")).status_code == 201


async def test_a_proxy_is_believed_only_when_known(make_world: Callable[..., World]) -> None:
    world = make_world(session_rate_per_minute=1, trusted_proxies=("10.0.0.1",))

    async def opens(peer: str, told: str) -> int:
        response = await world.client(peer).post("/api/chat/sessions", headers={"X-Forwarded-For": told})
        return response.status_code

    assert [await opens("10.0.0.1", "203.0.113.1"), await opens("10.0.0.1", "203.0.113.2")] == [201, 201]
    assert await opens("10.0.0.1", "1.1.1.1, 203.0.113.1") == 429
    assert [await opens("192.0.2.9", "203.0.113.3"), await opens("192.0.2.9", "203.0.113.4")] == [201, 429]


async def test_too_many_messages(make_world: Callable[..., World]) -> None:
    world = make_world(message_rate_per_minute=4)
    customer = await world.customer()
    for _ in range(4):
        assert (await customer.post("你好")).status_code == 202
    refused = await customer.post("你好")
    error_of(refused, 429)
    assert int(refused.headers["Retry-After"]) >= 1
    assert len(await world.stored(customer.id)) == 4
    # The limit is each customer's own.
    assert (await (await world.customer()).post("你好")).status_code == 202


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic {token}",
        "{token}",
        "Bearer {token}x",
        "Bearer \u00e9\u00ff",
    ],
)
async def test_nobody_gets_in_with_a_wrong_token(world: World, authorization: str | None) -> None:
    customer = await world.customer()
    headers = (
        []
        if authorization is None
        else [(b"Authorization", authorization.format(token=customer.token).encode("latin-1"))]
    )
    error_of(await customer.client.get("/api/chat/messages", headers=headers), 401)
    body = {"client_id": "a", "text": "你好"}
    error_of(await customer.client.post("/api/chat/messages", json=body, headers=headers), 401)
    assert await world.stored(customer.id) == []


async def test_a_session_ends(world: World) -> None:
    customer = await world.customer()
    world.clock.advance(timedelta(days=world.core.settings.session_days, seconds=1))
    error_of(await customer.post("还在吗"), 401)


async def test_a_locale_nobody_offers(world: World) -> None:
    error_of(await world.client().post("/api/chat/sessions", json={"locale": "tlh"}), 422)


async def test_a_customer_of_taiwan_is_answered_in_his_script(world: World) -> None:
    customer = await world.customer(locale="zh-TW")
    [hello] = await world.told(customer, "🙂")
    assert hello  # 收到…
    [plain] = await world.told(customer, "請問這裡可以申訴嗎")
    assert plain == "好的，我在聽。"
