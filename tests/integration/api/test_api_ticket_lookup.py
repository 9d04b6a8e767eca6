"""A ticket seen from elsewhere: number and code, and few tries (3-dialogue.md 3.10)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from api_bot import acts
from api_world import CODE, NUMBER, Customer, World

from desk.tickets.lookup import look_up_ticket
from desk.tickets.models import Ticket

STATUS = acts("action_ticket_status", intent="query_ticket_status")


async def registered(world: World) -> tuple[Customer, str, str]:
    """A customer with a ticket: number and code as he was told them."""
    customer = await world.customer()
    number = await world.complain(customer)
    text = next(text for text in await customer.heard() if number in text)
    code = CODE.search(text)
    assert code is not None, text
    return customer, number, code.group(1)


async def ask(world: World, customer: Customer, text: str) -> str:
    world.bot.next(STATUS)
    [reply] = await world.told(customer, text)
    return reply


async def test_in_its_own_conversation_no_code_is_needed(world: World) -> None:
    customer, number, _ = await registered(world)
    assert "收到" in await ask(world, customer, f"编号{number}现在怎么样了？")


async def test_elsewhere_the_number_alone_tells_nothing(world: World) -> None:
    _, number, code = await registered(world)
    stranger = await world.customer()
    reply = await ask(world, stranger, f"编号{number}现在怎么样了？")
    assert "查询码" in reply
    assert "收到" not in reply
    assert code not in reply


@pytest.mark.parametrize("form", ["{number} {code}", "编号{number}，查询码{code}", "{lower}{sep}{code_lower}"])
async def test_elsewhere_with_number_and_code(world: World, form: str) -> None:
    _, number, code = await registered(world)
    elsewhere = await world.customer()
    values = {"number": number, "code": code, "lower": number.lower(), "sep": " 码 ", "code_lower": code.lower()}
    reply = await ask(world, elsewhere, form.format(**values))
    assert f"编号{number}" in reply
    assert "已登记" in reply


async def test_the_code_may_come_afterwards(world: World) -> None:
    _, number, code = await registered(world)
    elsewhere = await world.customer()
    await ask(world, elsewhere, f"编号{number}")
    reply = await ask(world, elsewhere, code)
    assert "已登记" in reply


async def test_a_wrong_code_and_a_wrong_number_look_the_same(world: World) -> None:
    _, number, code = await registered(world)
    wrong = "ABCDEFGH" if code != "ABCDEFGH" else "BCDEFGHJ"
    one = await ask(world, await world.customer(), f"{number} {wrong}")
    other = await ask(world, await world.customer(), f"{number[:-4]}0999 {wrong}")
    assert one == other
    assert "已登记" not in one


async def test_tries_are_limited_for_one_guesser(world: World) -> None:
    _, number, code = await registered(world)
    guesser, tries = await world.customer(), world.core.policy.dialogue.lookup.tries
    for n in range(tries):
        assert "对不上" in await ask(world, guesser, f"{number} ABCDEFG{'HJKMNPQRST'[n]}")
    assert "多" in await ask(world, guesser, f"{number} {code}")
    world.clock.advance(timedelta(minutes=world.core.policy.dialogue.lookup.minutes, seconds=1))
    assert "已登记" in await ask(world, guesser, f"{number} {code}")


async def test_tries_are_limited_for_one_ticket(world: World) -> None:
    """A guesser with a new browser for every guess."""
    _, number, code = await registered(world)
    for n in range(world.core.policy.dialogue.lookup.tries):
        await ask(world, await world.customer(), f"{number} ABCDEFG{'HJKMNPQRST'[n]}")
    assert "已登记" not in await ask(world, await world.customer(), f"{number} {code}")


async def test_a_guesser_does_not_shut_out_the_owner(world: World) -> None:
    owner, number, _ = await registered(world)
    for n in range(world.core.policy.dialogue.lookup.tries + 2):
        await ask(world, await world.customer(), f"{number} ABCDEFG{'HJKMNPQRST'[n]}")
    assert "收到" in await ask(world, owner, f"编号{number}现在怎么样了？")


async def test_the_code_is_not_kept(world: World) -> None:
    _, number, code = await registered(world)
    async with world.core.database.snapshot() as session:
        ticket = await session.get(Ticket, number)
    assert ticket is not None
    assert code not in str(ticket.code_hash)


async def test_a_draft_has_no_code(world: World) -> None:
    async with world.core.database.transaction() as session:
        for code in ("", "None", "ABCDEFGH"):
            found = await look_up_ticket(
                session, "TS20250611-0001", code, who="x", policy=world.core.policy, now=world.clock.now()
            )
            assert found.ticket is None


async def test_numbers_and_codes_of_two_cases_differ(world: World) -> None:
    _, one, code_one = await registered(world)
    _, other, code_other = await registered(world)
    assert one != other
    assert code_one != code_other
    assert NUMBER.fullmatch(one)
