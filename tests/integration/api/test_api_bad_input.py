"""Whatever is sent, the answer is plain and nothing breaks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from api_bot import says
from api_world import World, error_of


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t  \n", "\u3000\u3000", "\x00", "\x00\x07\x1b", "\u200b\u2060\ufeff", "\u202e", "\x7f\x85"]
)
async def test_nothing_to_read(world: World, text: str) -> None:
    customer = await world.customer()
    assert error_of(await customer.post(text), 422)["error"] == "invalid"
    assert await world.stored(customer.id) == []


async def test_control_characters_are_dropped_and_words_kept(world: World) -> None:
    customer = await world.customer()
    await customer.say("你\x00好\x1b[31m，\x07请问\u202e几点\u200b开门？\r\n谢谢")
    [message] = await world.stored(customer.id)
    assert message.text == "你好[31m，请问几点开门？\n谢谢"


@pytest.mark.parametrize("text", ["😡😡😡", "👨‍👩‍👧", "❤️", "🇨🇳"])
async def test_only_emoji(world: World, text: str) -> None:
    customer = await world.customer()
    [reply] = await world.told(customer, text)
    assert "表情" in reply
    assert world.bot.seen == []
    stored = await world.stored(customer.id)
    assert stored[0].text == text


@pytest.mark.parametrize("text", ["？", "？？？", "……", "。", "!!!"])
async def test_only_punctuation_is_not_called_an_emoji(world: World, text: str) -> None:
    customer = await world.customer()
    await customer.say(text)
    await world.tick(seconds=5)
    [reply] = await customer.heard()
    assert "表情" not in reply


@pytest.mark.parametrize("size", [2_001, 34_000, 100_000])
async def test_too_much_is_refused_whole(world: World, size: int) -> None:
    customer = await world.customer()
    detail = error_of(await customer.post("长" * size), 413 if size * 3 > 256_000 else 422)["detail"]
    assert "分几条" in detail
    assert await world.stored(customer.id) == []


async def test_a_hundred_kilobytes_of_ascii(world: World) -> None:
    customer = await world.customer()
    error_of(await customer.post("a" * 100_000), 422)
    error_of(await customer.post("a" * 230_000), 422)
    error_of(await customer.post("a" * 300_000), 413)
    assert await world.stored(customer.id) == []


async def test_a_heavy_body_that_does_not_say_its_length(world: World) -> None:
    customer = await world.customer()

    async def body() -> AsyncIterator[bytes]:
        yield b'{"client_id": "a", "text": "'
        for _ in range(40):
            yield b"a" * 10_000
        yield b'"}'

    headers = {**customer.headers, "Content-Type": "application/json"}
    response = await customer.client.post("/api/chat/messages", content=body(), headers=headers)
    assert error_of(response, 413)["error"] == "too_large"


SLASHES = [
    "/restart",
    "／restart",
    "  /restart",
    "\u3000／restart",
    "\u200b/restart",
    '/inform{"x":1}',
    '/report_fraud{"mood_gate": "upset"}',
    "/session_start",
    "/back",
    "\n/restart",
]


@pytest.mark.parametrize("text", SLASHES)
async def test_an_order_to_the_machine_is_only_text(world: World, text: str) -> None:
    """architecture.md 8: a leading `/` is escaped after normalising, or a customer could wipe or steer the dialogue."""
    customer = await world.customer()
    [reply] = await world.told(customer, text)
    assert reply == "好的，我在听。"
    [seen] = world.bot.texts
    assert not seen.strip().startswith("/")
    assert world.bot.seen[0]["metadata"]["intent"] is None


async def test_orders_do_not_touch_the_dialogue(world: World) -> None:
    customer = await world.customer()
    world.bot.next(says("第一句。", state={"slots": {"stage": "facts"}}))
    await world.told(customer, "请问周末开门吗？")
    await world.told(customer, "/restart")
    assert world.bot.seen[-1]["state"] == {"slots": {"stage": "facts"}}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b"[]", b'"text"', b"{}", b'{"text": "x"}', b'{"client_id": "a", "text": 5}',
     b'{"client_id": "a", "text": "\\ud800"}', b"\xff\xfe", b'{"client_id": "a", "text": null}',
     b'{"client_id": "a", "text": "x", "choice": {"a": 1}}'],
)  # fmt: skip
async def test_bodies_that_are_no_message(world: World, content: bytes) -> None:
    customer = await world.customer()
    headers = {**customer.headers, "Content-Type": "application/json"}
    response = await customer.client.post("/api/chat/messages", content=content, headers=headers)
    error_of(response, 422)
    assert await world.stored(customer.id) == []


async def test_a_body_too_deep_to_read(world: World) -> None:
    customer = await world.customer()
    headers = {**customer.headers, "Content-Type": "application/json"}
    response = await customer.client.post("/api/chat/messages", content=b"[" * 100_000, headers=headers)
    assert response.status_code in (400, 422)
    error_of(response, response.status_code)


async def test_an_error_does_not_repeat_what_was_sent(world: World) -> None:
    customer = await world.customer()
    body = {"client_id": "我的密码是Abc12345", "text": ["我的密码是Abc12345"], "choice": "x" * 100}
    response = await customer.client.post("/api/chat/messages", json=body, headers=customer.headers)
    error_of(response, 422)
    assert "Abc12345" not in response.text


async def test_unknown_fields_are_ignored(world: World) -> None:
    customer = await world.customer()
    body = {"client_id": "a", "text": "你好", "mood": 4, "seq": 99}
    response = await customer.client.post("/api/chat/messages", json=body, headers=customer.headers)
    assert response.status_code == 202
    assert response.json()["seq"] == 1


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "after=1e400", f"after={2**63}", "wait=-1", "wait=nan", "wait=inf", "wait=61"]
)
async def test_queries_that_make_no_sense(world: World, query: str) -> None:
    customer = await world.customer()
    error_of(await customer.client.get(f"/api/chat/messages?{query}", headers=customer.headers), 422)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("GET", "/api/chat/nothing", 404),
        ("DELETE", "/api/chat/messages", 405),
        ("PUT", "/api/desk/tickets", 405),
        ("GET", "/desk/assets/nothing.js", 404),
        ("GET", "/desk/assets/%00", 404),
        ("GET", "/desk/assets/..%2f..%2f..%2fpackage.json", 404),
        ("GET", "/nothing", 404),
    ],
)
async def test_every_error_has_the_same_shape(world: World, method: str, path: str, status: int) -> None:
    error_of(await world.client().request(method, path), status)


async def test_what_nobody_expected_is_500_with_the_same_shape_and_no_detail(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("我的密码是Abc12345")

    monkeypatch.setattr("api.chat.routes.take_in", broken)
    customer = await world.customer()
    response = await customer.post("你好")
    assert error_of(response, 500)["error"] == "internal"
    assert "Abc12345" not in response.text


async def test_json_is_utf_8(world: World) -> None:
    customer = await world.customer()
    content = json.dumps({"client_id": "a", "text": "龘𠮷𡃁 你好"}, ensure_ascii=False).encode()
    headers = {**customer.headers, "Content-Type": "application/json"}
    assert (await customer.client.post("/api/chat/messages", content=content, headers=headers)).status_code == 202
    assert (await world.stored(customer.id))[0].text == "龘𠮷𡃁 你好"
