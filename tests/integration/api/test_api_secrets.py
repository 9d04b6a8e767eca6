"""A secret typed is nowhere: not in the database file, not in its journal, not in a log, not in an answer."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator

import pytest
import structlog
from api_bot import breaks, gone, says
from api_world import World
from sqlalchemy.exc import IntegrityError

from api.log import configure_logging
from desk.conversations.models import Message, SealedValue

CARD = "6222020200112230987"
ID = "11010519491231002X"
PASSWORD = "Qwert!2025zz"
CODE = "739205"
CVV = "413"
PHONE = "13912345678"


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """Everything that is logged, set up as `api.serve` does it but for where it goes."""
    sink, before, root = io.StringIO(), structlog.get_config(), logging.getLogger()
    handlers, level = list(root.handlers), root.level
    with contextlib.redirect_stderr(sink):
        configure_logging()
    root.addHandler(logging.StreamHandler(sink))
    factory = structlog.PrintLoggerFactory(file=sink)
    structlog.configure(logger_factory=factory, cache_logger_on_first_use=False)
    yield sink
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


def luhn_card() -> str:
    """A card number with a good check digit."""
    digits = CARD[:-1]
    total = 0
    for n, char in enumerate(reversed(digits)):
        value = int(char) * (2 if n % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


SPOKEN = {
    "card": (luhn_card(), "我的卡号是{}，为什么扣我钱？"),
    "card in groups": (luhn_card(), None),
    "id": (ID, "身份证号{}，帮我查一下吧。"),
    "password": (PASSWORD, "我的登录密码是{}，登不上去。"),
    "code": (CODE, "验证码是{}，对吗？"),
    "cvv": (CVV, "背面三位数是{}，还要什么？"),
    "phone": (PHONE, "我的手机号是{}，打给我吧。"),
    "full width": (luhn_card(), "卡号{}，查一下。"),
}


def sentence(kind: str) -> tuple[str, str]:
    """The secret as it must not be found, and what the customer types."""
    secret, frame = SPOKEN[kind]
    if kind == "card in groups":
        grouped = " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))
        return grouped, f"卡号 {grouped} 被扣了钱。"
    if kind == "full width":
        wide = secret.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
        return wide, f"卡号{wide}，查一下。"
    assert frame is not None
    return secret, frame.format(secret)


@pytest.mark.parametrize("kind", list(SPOKEN))
async def test_a_secret_typed_is_nowhere(world: World, kind: str, logs: io.StringIO) -> None:
    secret, text = sentence(kind)
    customer = await world.customer()
    await world.told(customer, text)
    thread = await customer.fetch()
    agent = await world.agent()
    seen_at_desk = str(await agent.view(customer.id)) + str(await agent.get("conversations", state="bot"))
    plain = "".join(char for char in secret if char.isalnum())
    for form in {secret, plain}:
        if kind == "cvv":
            # Three digits stand in any hash; the sentence around them tells.
            form = f"是{form}"
        assert form.encode() not in world.bytes_on_disk()
        assert form not in logs.getvalue()
        assert form not in str(thread)
        assert form not in seen_at_desk
        assert form not in str(world.bot.seen)


@pytest.mark.parametrize("code", ["482913", "4829 13", "４８２９１３", "482913。", "是482913"])
async def test_a_bare_code_after_talk_of_a_code(world: World, code: str) -> None:
    customer = await world.customer()
    world.bot.next(says("请问您收到验证码了吗？请不要告诉任何人。"))
    await world.told(customer, "短信验证码收不到怎么办？")
    await world.told(customer, code)
    found = world.bytes_on_disk()
    assert b"482913" not in found
    assert b"4829 13" not in found
    assert "４８２９１３".encode() not in found


async def test_a_phone_is_sealed_not_lost(world: World) -> None:
    customer = await world.customer()
    await world.told(customer, f"我的手机号是{PHONE}，打给我吧。")
    [sealed] = await world.rows(SealedValue)
    assert sealed.kind == "phone"
    message = (await world.stored(customer.id))[0]
    assert sealed.token in message.text
    assert PHONE.encode() not in world.bytes_on_disk()


async def test_the_customer_is_told_that_it_was_not_kept(world: World) -> None:
    customer = await world.customer()
    [reply] = await world.told(customer, f"我的登录密码是{PASSWORD}，登不上去。")
    assert "没有保存" in reply


async def test_nothing_leaks_when_things_go_wrong(
    world: World, logs: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Errors are logged with type and place; their messages may quote a customer."""
    words = "我叫欧阳锋住在白驼山庄三号"
    customer = await world.customer()
    world.bot.next(gone, breaks(RuntimeError(words)))
    await customer.say(f"{words}，请问周末开门吗？")
    with contextlib.suppress(RuntimeError):
        await world.tick()

    async def broken(*_: object, text: str, **__: object) -> None:
        raise RuntimeError(text)

    monkeypatch.setattr("api.chat.routes.take_in", broken)
    assert (await customer.post(words)).status_code == 500
    assert "unexpected_error" in logs.getvalue()
    assert "turn_attempt_failed" in logs.getvalue()
    assert "欧阳锋" not in logs.getvalue()


async def test_what_an_agent_writes_is_redacted_too(world: World) -> None:
    customer, agent = await world.customer(), await world.agent()
    await customer.say("请问周末开门吗？")
    await agent.take(customer.id)
    card = luhn_card()
    await agent.did(f"conversations/{customer.id}/messages", {"client_id": "a", "text": f"您的卡号{card}已恢复。"})
    assert card.encode() not in world.bytes_on_disk()
    assert card not in str(await customer.fetch())


async def test_a_decision_is_redacted_too(world: World) -> None:
    customer, agent = await world.customer(), await world.agent()
    number = await world.complain(customer)
    card = luhn_card()
    assert (await agent.decide(number, f"已核实，款项退回您的卡{card}。")).status_code == 200
    assert card.encode() not in world.bytes_on_disk()


async def test_what_a_transfer_note_says_is_redacted_too(world: World) -> None:
    customer, agent = await world.customer(), await world.agent()
    await customer.say("请问周末开门吗？")
    await agent.take(customer.id)
    card = luhn_card()
    body = {"to": "supervisor", "note": f"客户卡号{card}，请接手"}
    await agent.did(f"conversations/{customer.id}/transfer", body)
    assert card.encode() not in world.bytes_on_disk()


async def test_a_secret_in_the_other_fields_of_a_message(world: World) -> None:
    """`choice` is what the server issued; a client may put anything there."""
    customer = await world.customer()
    card = luhn_card()
    await customer.post("我的卡被扣钱了。", choice=card)
    assert card.encode() not in world.bytes_on_disk()


async def test_errors_of_the_database_carry_no_words(world: World) -> None:
    """An exception that nobody caught is printed by the server with its message."""
    with pytest.raises(IntegrityError) as raised:  # noqa: PT012
        async with world.core.database.transaction() as session:
            session.add(
                Message(
                    conversation_id="nobody", seq=1, by="customer", text="欧阳锋的话", sender="x", external_id="y",
                    at=world.clock.now(),
                )
            )  # fmt: skip
            await session.flush()
    assert "欧阳锋" not in str(raised.value)
