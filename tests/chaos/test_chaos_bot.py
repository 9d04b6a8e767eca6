"""The bot is killed or frozen, also in the middle of turns: danger is still caught, nobody waits in the dark."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from chaos_house import HONEST_WITHIN_S, Customer, House, until

DANGER = "有个自称民警的人打电话让我把存款都转到安全账户，我正在柜员机前面转账"
NORMAL = "你们周末几点开门？"
STORY = "城南支行的柜员昨天上午对我大吼大叫，这事你们要给个说法"
HONEST = "智能应答暂时没有响应"


@pytest.fixture
def frozen(house: House) -> Iterator[House]:
    house.signal_bot(signal.SIGSTOP)
    yield house
    house.signal_bot(signal.SIGCONT)


def assert_danger_is_caught(house: House) -> None:
    customer, start = house.customer(), time.monotonic()
    seq = customer.say(DANGER)
    [first, *_] = customer.hears(seq, HONEST_WITHIN_S)
    assert time.monotonic() - start < HONEST_WITHIN_S
    assert "安全账户" in first
    assert "110" in first
    row = next(item for item in house.waiting() if item["id"] == customer.id)
    assert row["priority"] == "P0"
    assert house.waiting()[0]["priority"] == "P0"
    ticket = house.desk(f"tickets/{row['ticket']}")
    assert (ticket["priority"], ticket["type"], ticket["state"]) == ("P0", "TS", "registered")
    assert ticket["number"] in first
    assert time.monotonic() - start < HONEST_WITHIN_S + 5


def assert_an_honest_line(house: House, customer: Customer, seq: int, since: float) -> None:
    lines = customer.hears(seq, HONEST_WITHIN_S + 5)
    assert time.monotonic() - since < HONEST_WITHIN_S, "too late"
    assert len(lines) == 1
    assert HONEST in lines[0]
    assert customer.thread()["owner"] == "queue"
    assert customer.id in {item["id"] for item in house.waiting()}


def assert_works(house: House) -> None:
    """A conversation begun now is answered by the bot."""
    customer = house.customer()
    [answer, *_] = customer.hears(customer.say(NORMAL), HONEST_WITHIN_S)
    assert HONEST not in answer
    assert customer.thread()["owner"] == "bot"


def many_at_once(house: House, after_s: float, strike: Callable[[], None]) -> list[tuple[Customer, int]]:
    """Ten customers speak at the same time, and the blow falls while they are being answered."""
    customers = [house.customer() for _ in range(10)]

    def speak(customer: Customer) -> tuple[Customer, int]:
        return customer, customer.say(STORY)

    with ThreadPoolExecutor(len(customers)) as pool:
        said = [pool.submit(speak, customer) for customer in customers]
        time.sleep(after_s)
        strike()
        return [one.result() for one in said]


def test_it_works_to_begin_with(house: House) -> None:
    until(lambda: (house.readyz() or {}).get("bot") == "ok")
    assert_works(house)


def test_frozen_danger_is_still_caught(frozen: House) -> None:
    assert_danger_is_caught(frozen)


def test_frozen_everybody_else_hears_an_honest_line_and_is_queued(frozen: House) -> None:
    customer, start = frozen.customer(), time.monotonic()
    assert_an_honest_line(frozen, customer, customer.say(NORMAL), start)


def test_frozen_in_the_middle_of_turns(house: House) -> None:
    said = many_at_once(house, 0.15, lambda: house.signal_bot(signal.SIGSTOP))
    try:
        for customer, seq in said:
            customer.hears(seq, HONEST_WITHIN_S + 5)
            assert max(house.waited(customer)) < HONEST_WITHIN_S, "too late"
    finally:
        house.signal_bot(signal.SIGCONT)
    given_up = [customer for customer, _ in said if customer.thread()["owner"] == "queue"]
    assert given_up, "nobody was in the middle of a turn"
    waiting = {item["id"] for item in house.waiting()}
    assert {customer.id for customer in given_up} <= waiting
    # Thawed, the bot finishes what it had begun; nobody hears of it.
    time.sleep(2.0)
    for customer, _ in said:
        house.assert_nothing_lost_or_doubled(customer)
        tickets = house.query("select number from tickets where conversation_id = ?", customer.id)
        assert len(tickets) <= 1
    for customer in given_up:
        assert len(customer.heard()) == 1


def test_thawed_it_works_again(house: House) -> None:
    until(lambda: (house.readyz() or {}).get("bot") == "ok")
    assert_works(house)


def test_killed_in_the_middle_of_turns(house: House) -> None:
    said = many_at_once(house, 0.1, lambda: house.signal_bot(signal.SIGKILL))
    for customer, seq in said:
        customer.hears(seq, HONEST_WITHIN_S + 5)
        assert max(house.waited(customer)) < HONEST_WITHIN_S, "too late"
    time.sleep(1.0)
    for customer, _ in said:
        house.assert_nothing_lost_or_doubled(customer)
        if HONEST in "".join(customer.heard()):
            assert customer.thread()["owner"] == "queue"


def test_killed_the_api_says_so_and_is_ready_all_the_same(house: House) -> None:
    until(lambda: (house.readyz() or {}).get("bot") == "down", 10)
    assert house.readyz() == {"database": "ok", "bot": "down"}


def test_killed_danger_is_still_caught(house: House) -> None:
    assert_danger_is_caught(house)


def test_killed_everybody_else_hears_an_honest_line_and_is_queued(house: House) -> None:
    customer, start = house.customer(), time.monotonic()
    assert_an_honest_line(house, customer, customer.say(NORMAL), start)
    # Going on talking is answered too, and never with a promise that nobody keeps.
    seq, start = customer.say("那周日呢，也不开门吗？"), time.monotonic()
    assert customer.hears(seq, HONEST_WITHIN_S)
    house.assert_nothing_lost_or_doubled(customer)


def test_started_again_it_works(house: House) -> None:
    house.start_bot()
    until(lambda: (house.readyz() or {}).get("bot") == "ok", 15)
    assert_works(house)
