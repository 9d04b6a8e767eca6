"""The api is killed between acknowledging and answering: nothing acknowledged is lost, nothing is answered twice."""

from __future__ import annotations

import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from chaos_house import Customer, House, until

ANSWERED_WITHIN_S = 30.0
SENTENCES = ("你们周末几点开门？", "办张银行卡要带什么材料？", "城南支行的柜员昨天对我大吼大叫，给个说法！")


def chatter(customer: Customer, count: int) -> None:
    """Speak until nobody acknowledges any more."""
    for n in range(count):
        try:
            customer.say(SENTENCES[n % len(SENTENCES)])
        except httpx.HTTPError:
            return


def assert_all_answered(house: House, customers: list[Customer]) -> None:
    limit = time.monotonic() + ANSWERED_WITHIN_S
    for customer in customers:
        until(lambda customer=customer: not house.unanswered(customer), max(1.0, limit - time.monotonic()), every_s=0.2)
    time.sleep(0.5)
    for customer in customers:
        house.assert_nothing_lost_or_doubled(customer)
        # A turn that died with its worker is seen as such when its lease is over.
        left = max(1.0, limit - time.monotonic())
        until(lambda customer=customer: customer.thread()["typing"] is False, left, every_s=0.2)


def test_killed_while_the_bot_thinks(house: House) -> None:
    """The turn's lease is committed, its answer never comes; the customer does not write again."""
    customers = [house.customer() for _ in range(3)]
    house.signal_bot(signal.SIGSTOP)
    try:
        for customer in customers:
            customer.say(SENTENCES[0])
        until(lambda: house.query("select count(*) from turns where state = 'running'")[0][0] == 3, 5)
        house.kill_api()
    finally:
        house.signal_bot(signal.SIGCONT)
    house.start_api()
    assert_all_answered(house, customers)


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_in_the_middle_of_everything(house: House, seed: int) -> None:
    dice = random.Random(seed)
    customers = [house.customer() for _ in range(6)]
    with ThreadPoolExecutor(len(customers)) as pool:
        talking = [pool.submit(chatter, customer, 12) for customer in customers]
        until(lambda: any(customer.acknowledged for customer in customers), 10, every_s=0.01)
        time.sleep(dice.uniform(0.05, 0.6))
        house.kill_api()
        for one in talking:
            one.result()
    house.start_api()
    # A browser that got no answer sends the same again.
    for customer in customers:
        last = f"c{len(customer.acknowledged)}"
        customer.say(SENTENCES[len(customer.acknowledged) % len(SENTENCES)], client_id=last)
    assert_all_answered(house, customers)


def test_danger_told_before_the_kill_is_on_record(house: House) -> None:
    customer = house.customer()
    customer.say("有人冒充客服让我把钱转到安全账户，我正在转")
    house.kill_api()
    [(number, priority, state)] = house.query(
        "select number, priority, state from tickets where conversation_id = ?", customer.id
    )
    assert (priority, state) == ("P0", "registered")
    assert any(number in text for _, by, _, text, _ in house.stored(customer) if by == "bot")
    house.start_api()
    assert customer.thread()["owner"] == "queue"
    assert_all_answered(house, [customer])
