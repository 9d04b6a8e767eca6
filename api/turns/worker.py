"""The worker: answers conversations, does what is due, delivers. It only asks the clock and the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm.exc import StaleDataError

from api.turns.due import HANDLERS, Due, conversations_due
from api.turns.runner import TurnRunner
from desk.conversations.models import Conversation, Turn
from desk.notices.service import note_delivery
from desk.outbox.models import Outgoing
from desk.outbox.service import claim, first_delivery, settle
from desk.work.models import DueWork
from desk.work.service import first_due, take_due

log = structlog.get_logger()
Deliver = Callable[[Outgoing], Awaitable[bool]]
"""Hands one row to its channel and tells whether it arrived. May be called again for the same `key`, after a crash; the
channel passes the key on, or drops what it has sent before."""
DELIVERY_S = 20.0


@dataclass(frozen=True)
class Ahead:
    """When the next answer, due row and delivery fall due; None when there is none."""

    answer: datetime | None
    work: datetime | None
    delivery: datetime | None

    @property
    def first(self) -> datetime | None:
        """The earliest of them."""
        return min((moment for moment in (self.answer, self.work, self.delivery) if moment is not None), default=None)


def is_due(moment: datetime | None, now: datetime) -> bool:
    """Whether that moment has come."""
    return moment is not None and moment <= now


@dataclass
class Worker:
    """One a process. `tick` does everything that is due at the clock's present moment."""

    runner: TurnRunner
    deliver: Deliver
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _turns: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _running: bool = False

    def wake(self) -> None:
        """Something new came in; look at once instead of at the next moment known."""
        self._wake.set()

    async def recover(self) -> None:
        """After a crash: leases of dead turns end, and what they were to answer is due again."""
        now = self.runner.clock.now()
        async with self.runner.database.transaction() as session:
            stranded = list(await session.scalars(select(Turn).where(Turn.state == "running", Turn.expires_at <= now)))
            for turn in stranded:
                turn.state, turn.ended_at, turn.why = "dropped", now, "process died"
                await session.execute(
                    update(Conversation).where(Conversation.id == turn.conversation_id).values(answer_at=now)
                )

    async def tick(self) -> None:
        """Answer, do, deliver – one after the other, until nothing is due now. For replays and tests."""
        progress = True
        while progress:
            ahead, now = await self._look_ahead(), self.runner.clock.now()
            answered = [await self.runner.run(waits) for waits in await self._waiting_conversations(ahead, now)]
            sent = is_due(ahead.delivery, now) and await self.deliver_some()
            done = is_due(ahead.work, now) and await self.do_one_due()
            progress = any(answered) or done or sent

    async def _waiting_conversations(self, ahead: Ahead, now: datetime) -> list[str]:
        if not is_due(ahead.answer, now):
            return []
        async with self.runner.database.snapshot() as session:
            return await conversations_due(session, now)

    async def do_one_due(self) -> bool:
        """One due row, in one transaction with its mark; False when nothing is due."""
        now = self.runner.clock.now()
        key: str | None = None
        try:
            async with self.runner.database.transaction() as session:
                row = await take_due(session, now)
                if row is None:
                    return False
                key = row.key
                later = await HANDLERS[row.kind](Due(session, row, self.runner.policy, now))
                if later is None:
                    row.done_at = now
                else:
                    row.due_at = later
        except (OperationalError, NoConnection):
            raise
        except StaleDataError:
            # A colleague changed the ticket meanwhile; the row is looked at again as things stand now.
            log.info("due_work_overtaken", key=key)
        except Exception:
            # One row that cannot be done must not hold up every other promise.
            log.exception("due_work_failed", key=key)
            await self._put_off(key, now)
        return True

    async def _put_off(self, key: str | None, now: datetime) -> None:
        async with self.runner.database.transaction() as session:
            row = await session.scalar(select(DueWork).where(DueWork.key == key))
            if row is not None:
                row.attempts += 1
                row.due_at = now + timedelta(minutes=min(60, 2**row.attempts))

    async def deliver_some(self) -> bool:
        """Deliver what waits in the outbox; a failed delivery is tried again later."""
        now = self.runner.clock.now()
        async with self.runner.database.transaction() as session:
            rows = await claim(session, now)
        for row in rows:
            if row.lease_until is not None and self.runner.clock.now() >= row.lease_until:
                break  # the ones before took too long; another worker may have these by now
            arrived = await self._arrives(row)
            async with self.runner.database.transaction() as session:
                if await settle(session, row, arrived=arrived, now=self.runner.clock.now()):
                    await note_delivery(session, row.id, self.runner.clock.now())
        return bool(rows)

    async def _arrives(self, row: Outgoing) -> bool:
        try:
            async with asyncio.timeout(DELIVERY_S):
                return await self.deliver(row)
        except Exception:
            # One channel that fails must not keep the others waiting.
            log.exception("delivery_failed", key=row.key)
            return False

    async def next_moment(self) -> datetime | None:
        """When something falls due next."""
        return (await self._look_ahead()).first

    async def _look_ahead(self) -> Ahead:
        """One statement: this is asked after every turn."""
        async with self.runner.database.snapshot() as session:
            answer = select(func.min(Conversation.answer_at)).scalar_subquery()
            delivery = first_delivery(self.runner.clock.now())
            query = select(answer, first_due().scalar_subquery(), delivery.scalar_subquery())
            return Ahead(*(await session.execute(query)).one())

    async def run(self) -> None:
        """For ever: conversations side by side, due rows and deliveries between them. Survives its own errors."""
        await self.recover()
        self._running = True
        try:
            while True:
                self._wake.clear()
                try:
                    await self._sleep(await self._live_round())
                except Exception:
                    # The database may be locked or gone for a while; customers are told 503 meanwhile.
                    log.exception("worker_round_failed")
                    await asyncio.sleep(1)
        finally:
            self._running = False

    async def _live_round(self) -> datetime | None:
        """Everything that is due now; returns when there will be something again."""
        while True:
            ahead, now = await self._look_ahead(), self.runner.clock.now()
            for conversation_id in await self._waiting_conversations(ahead, now):
                self.answer(conversation_id)
            # First what was decided leaves, then comes what rests on its having arrived.
            sent = is_due(ahead.delivery, now) and await self.deliver_some()
            done = is_due(ahead.work, now) and await self.do_one_due()
            if not done and not sent:
                return ahead.first

    def answer(self, conversation_id: str) -> None:
        """Begin the conversation's next turn at once, without asking the database who else waits.

        Nothing is lost when this worker is not running or a turn of the conversation is under way: `answer_at` stands in
        the database, and the round after that turn finds it.
        """
        if self._running and conversation_id not in self._turns:
            self._turns[conversation_id] = asyncio.create_task(self._answer(conversation_id))

    async def _answer(self, conversation_id: str) -> None:
        try:
            await self.runner.run(conversation_id)
        except Exception:
            log.exception("turn_failed", conversation=conversation_id)
            await asyncio.sleep(1)
        finally:
            self._turns.pop(conversation_id, None)
            self.wake()

    async def _sleep(self, moment: datetime | None) -> None:
        now = self.runner.clock.now()
        # Never 0: what is due may be in the hands of another worker, and asking on and on would not hurry it.
        seconds = 30.0 if moment is None else max(0.05, (moment - now) / timedelta(seconds=1))
        # Not wait_for: that of Python 3.11 swallows a cancellation that comes together with the wake-up.
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, 30.0)):
                await self._wake.wait()

    async def stop(self) -> None:
        """After `run` has ended: let turns in flight end, briefly; the others are owed again when their leases are over."""
        turns = list(self._turns.values())
        if not turns:
            return
        _, late = await asyncio.wait(turns, timeout=5)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
