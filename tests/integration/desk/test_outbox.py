"""What leaves the house leaves it under a lease: killed, frozen or doubled workers lose nothing and mark nothing twice."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from datetime import timedelta

import pytest

from api.turns.worker import Worker
from desk.conversations.service import get_conversation
from desk.conversations.voice import speak
from desk.outbox.models import Outgoing
from desk.outbox.service import LEASE, MOST_ATTEMPTS, claim, settle


class PowerCut(BaseException):
    """Nothing after it is done by this worker."""


class Channel:
    """A receiver that keeps what it is given, by key, and may pull the plug before or after it has it."""

    def __init__(self):
        self.attempts = Counter()
        self.cut = None
        self.works = True

    async def __call__(self, row):
        await asyncio.sleep(0)
        if self.cut == "before":
            raise PowerCut
        self.attempts[row.key] += self.works
        if self.cut == "after":
            raise PowerCut
        return self.works


@pytest.fixture
def channel(desk):
    desk.core.worker.deliver = Channel()
    return desk.core.worker.deliver


async def say(desk, *texts):
    async with desk.core.database.transaction() as session:
        conversation = await get_conversation(session, desk.conversation_id, lock=True)
        return [f"message:{(await speak(session, conversation, text, now=desk.clock.now())).id}" for text in texts]


async def rows(desk):
    return await desk.all(Outgoing.__table__.select().with_only_columns(Outgoing.state).order_by(Outgoing.id))


@pytest.mark.parametrize(("cut", "attempts"), [("before", 1), ("after", 2)])
async def test_a_worker_killed_at_a_send(desk, channel, cut, attempts):
    """Nothing is lost; what had been sent before the kill is sent again, with the same key."""
    [key] = await say(desk, "进展")
    channel.cut = cut
    with pytest.raises(PowerCut):
        await desk.core.worker.deliver_some()
    channel.cut = None
    assert not await desk.core.worker.deliver_some(), "the dead worker's lease still runs"
    desk.clock.advance(LEASE)
    assert await desk.core.worker.next_moment() <= desk.clock.now()
    assert await desk.core.worker.deliver_some()
    assert channel.attempts == {key: attempts}
    assert await rows(desk) == ["sent"]


async def test_two_workers_send_once(desk, channel):
    keys = await say(desk, *(f"第{n}条" for n in range(20)))
    other = Worker(desk.core.runner, channel)
    await asyncio.gather(*(worker.deliver_some() for worker in (desk.core.worker, other) * 3))
    assert channel.attempts == dict.fromkeys(keys, 1)


async def test_a_mark_after_the_lease_is_refused(desk, channel):
    """A frozen worker wakes up when another has the row: what it believes of it no longer counts."""
    await say(desk, "进展")
    now = desk.clock.now()
    async with desk.core.database.transaction() as session:
        [frozen] = await claim(session, now)
    async with desk.core.database.transaction() as session:
        assert await claim(session, now + LEASE - timedelta(seconds=1)) == []
        [other] = await claim(session, now + LEASE)
    assert (frozen.token, other.token) == (1, 2)
    async with desk.core.database.transaction() as session:
        assert not await settle(session, frozen, arrived=False, now=now + LEASE)
        assert await settle(session, other, arrived=True, now=now + LEASE)
        assert not await settle(session, frozen, arrived=False, now=now + LEASE)
    assert await rows(desk) == ["sent"]


async def test_a_lease_from_before_the_clock_was_set_back_counts_for_nothing(desk, channel):
    [key] = await say(desk, "进展")
    async with desk.core.database.transaction() as session:
        await claim(session, desk.clock.now() + timedelta(hours=5))
    assert await desk.core.worker.deliver_some()
    assert channel.attempts == {key: 1}


async def test_a_channel_that_fails_is_tried_ever_more_slowly_and_then_given_up(desk, channel):
    await say(desk, "进展")
    channel.works = False
    moments = []
    while (moment := await desk.core.worker.next_moment()) is not None:
        desk.clock.advance_to(moment)
        moments.append(moment)
        await desk.core.worker.deliver_some()
    waits = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert len(moments) == MOST_ATTEMPTS
    assert waits == sorted(waits)
    assert await rows(desk) == ["failed"]


async def test_one_broken_row_keeps_nobody_waiting(desk, channel):
    first, second = await say(desk, "一", "二")

    async def deliver(row):
        if row.key == first:
            raise RuntimeError("the channel's own bug")
        return await channel(row)

    desk.core.worker.deliver = deliver
    await desk.core.worker.deliver_some()
    assert channel.attempts == {second: 1}
    assert await rows(desk) == ["waiting", "sent"]
