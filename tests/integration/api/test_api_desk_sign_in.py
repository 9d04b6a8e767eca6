"""Signing in at the desk: cookies, CSRF, and nothing learnt by guessing."""

from __future__ import annotations

from datetime import timedelta
from http.cookies import SimpleCookie

import httpx
import pyotp
import pytest
from api_world import PASSWORD, Agent, World, error_of

from desk.privacy.keyring import keyring
from desk.staff.models import Staff, StaffSession


def cookies_of(response: httpx.Response) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for line in response.headers.get_list("set-cookie"):
        for name, morsel in SimpleCookie(line).items():
            found[name] = {"value": morsel.value, **{key: str(value) for key, value in morsel.items()}}
    return found


async def sign_in(world: World, **body: object) -> httpx.Response:
    return await world.client().post("/api/desk/sign-in", json=body)


async def test_signing_in(world: World) -> None:
    user = await world.hire("0101")
    response = await sign_in(world, user=user, password=PASSWORD)
    assert response.status_code == 200
    assert response.json() == {"user": user, "work_no": "0101", "name": "示例", "role": "agent"}
    cookies = cookies_of(response)
    session, csrf = cookies["sanbian_session"], cookies["sanbian_csrf"]
    assert session["httponly"]
    assert not csrf["httponly"]
    for cookie in (session, csrf):
        assert cookie["samesite"].lower() == "strict"
        assert cookie["path"] == "/"
        assert int(cookie["max-age"]) > 0
    # Only hashes are kept.
    found = world.bytes_on_disk()
    assert session["value"].encode() not in found
    assert csrf["value"].encode() not in found
    assert PASSWORD.encode() not in found


async def test_cookies_behind_tls(make_world) -> None:  # type: ignore[no-untyped-def]
    world = make_world(secure_cookies=True)
    response = await sign_in(world, user=await world.hire(), password=PASSWORD)
    assert all(cookie["secure"] for cookie in cookies_of(response).values())


async def test_a_wrong_password_and_an_unknown_user_look_the_same(world: World) -> None:
    user = await world.hire()
    wrong = await sign_in(world, user=user, password="guess")
    unknown = await sign_in(world, user="nobody", password=PASSWORD)
    assert error_of(wrong, 401) == error_of(unknown, 401)
    assert not wrong.headers.get_list("set-cookie")
    assert await world.rows(StaffSession) == []


async def test_a_colleague_who_left(world: World) -> None:
    user = await world.hire(active=False)
    error_of(await sign_in(world, user=user, password=PASSWORD), 401)


async def test_a_colleague_without_a_password(world: World) -> None:
    user = await world.hire(password_hash=None)
    for password in ("", "x", PASSWORD):
        response = await sign_in(world, user=user, password=password)
        assert response.status_code in (401, 422)


@pytest.mark.parametrize(
    "body",
    [{}, {"user": "agent0101"}, {"user": "", "password": "x"}, {"user": "a", "password": "x" * 5000}, {"user": 1, "password": 2}],
)  # fmt: skip
async def test_a_sign_in_that_is_none(world: World, body: dict[str, object]) -> None:
    error_of(await sign_in(world, **body), 422)


async def test_guessing_is_slowed_down(world: World) -> None:
    user = await world.hire()
    for _ in range(10):
        error_of(await sign_in(world, user=user, password="guess"), 401)
    refused = await sign_in(world, user=user, password=PASSWORD)
    error_of(refused, 429)
    world.clock.advance(timedelta(seconds=int(refused.headers["Retry-After"])))
    assert (await sign_in(world, user=user, password=PASSWORD)).status_code == 200


async def test_a_one_time_code(world: World) -> None:
    user, secret = await world.hire(), pyotp.random_base32()
    async with world.core.database.transaction() as session:
        person = await session.get(Staff, (await world.staff("0101")).id)
        assert person is not None
        person.otp_secret = keyring().seal(secret, "otp:0101")
    for otp in ({}, {"otp": "000000"}):
        assert error_of(await sign_in(world, user=user, password=PASSWORD, **otp), 401)["error"] == "otp_needed"
    code = pyotp.TOTP(secret).now()
    assert (await sign_in(world, user=user, password=PASSWORD, otp=code)).status_code == 200


GETS = ["me", "staff", "conversations", "conversations/x", "tickets", "tickets/TS20250611-0001"]
POSTS = ["sign-out", "conversations/x/take", "conversations/x/messages", "conversations/x/return",
         "conversations/x/transfer", "conversations/x/close", "tickets/TS20250611-0001/decide"]  # fmt: skip


@pytest.mark.parametrize("path", GETS)
async def test_nothing_is_shown_to_strangers(world: World, path: str) -> None:
    error_of(await world.client().get(f"/api/desk/{path}"), 401)
    client = world.client()
    client.cookies.set("sanbian_session", "forged", domain="bank.example")
    error_of(await client.get(f"/api/desk/{path}"), 401)


@pytest.mark.parametrize("path", POSTS)
async def test_nothing_is_done_for_strangers(world: World, path: str) -> None:
    headers = {"X-CSRF-Token": "x"}
    body = {"version": 1, "to": "0102", "client_id": "a", "text": "x", "outcome": "upheld"}
    error_of(await world.client().post(f"/api/desk/{path}", json=body, headers=headers), 401)


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("csrf", [None, "", "wrong", "\u00e9"])
async def test_nothing_is_done_without_the_token(world: World, path: str, csrf: str | None) -> None:
    agent = await world.agent()
    headers = [] if csrf is None else [(b"X-CSRF-Token", csrf.encode("latin-1"))]
    body = {"version": 1, "to": "0102", "client_id": "a", "text": "x", "outcome": "upheld"}
    error_of(await agent.client.post(f"/api/desk/{path}", json=body, headers=headers), 403)


async def test_anothers_token_does_not_do(world: World) -> None:
    agent, other = await world.agent("0101"), await world.agent("0102")
    response = await agent.client.post("/api/desk/sign-out", headers=other.csrf)
    error_of(response, 403)


async def test_a_customers_token_opens_no_desk(world: World) -> None:
    customer = await world.customer()
    error_of(await customer.client.get("/api/desk/me", headers=customer.headers), 401)


async def test_signing_out(world: World) -> None:
    agent = await world.agent()
    before = dict(agent.client.cookies)
    response = await agent.post("sign-out")
    assert response.status_code == 204
    assert agent.client.cookies.get("sanbian_session") is None
    client = world.client()
    for name, value in before.items():
        client.cookies.set(name, value, domain="bank.example")
    error_of(await client.get("/api/desk/me"), 401)


async def test_a_session_ends_by_itself(world: World) -> None:
    agent = await world.agent()
    assert (await agent.get("me"))["work_no"] == "0101"
    world.clock.advance(timedelta(hours=12, seconds=1))
    error_of(await agent.client.get("/api/desk/me"), 401)


async def test_a_colleague_who_leaves_is_signed_out(world: World) -> None:
    agent = await world.agent()
    async with world.core.database.transaction() as session:
        person = await session.get(Staff, (await world.staff("0101")).id)
        assert person is not None
        person.active = False
    error_of(await agent.client.get("/api/desk/me"), 401)


async def test_two_windows_of_one_colleague(world: World) -> None:
    agent = await world.agent()
    second = world.client()
    response = await second.post("/api/desk/sign-in", json={"user": "agent0101", "password": PASSWORD})
    assert response.status_code == 200
    assert (await Agent(second, "0101").get("me")) == (await agent.get("me"))
