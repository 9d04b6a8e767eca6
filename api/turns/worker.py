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

from api.turns.due import HANDLERS, Due, conversations_due
from api.turns.runner import TurnRunner
from desk.conversations.models import Conversation, Turn
from desk.notices.service import note_delivery
from desk.outbox.models import Outgoing
from desk.outbox.service import delivered, not_delivered, waiting
from desk.work.models import DueWork
from desk.work.service import next_due, take_due

log = structlog.get_logger()
Deliver = Callable[[Outgoing], Awaitable[bool]]


@dataclass
class Worker:
    """One a process. `tick` does everything that is due at the clock's present moment."""

    runner: TurnRunner
    deliver: Deliver
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _turns: dict[str, asyncio.Task[None]] = field(default_factory=dict)

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
            progress = False
            for conversation_id in await self._waiting_conversations():
                progress = await self.runner.run(conversation_id) or progress
            progress = await self.do_one_due() or progress
            progress = await self.deliver_some() or progress

    async def _waiting_conversations(self) -> list[str]:
        async with self.runner.database.snapshot() as session:
            return await conversations_due(session, self.runner.clock.now())

    async def do_one_due(self) -> bool:
        """One due row, in one transaction with its mark; False when nothing is due."""
        now = self.runner.clock.now()
        async with self.runner.database.snapshot() as session:
            moment = await next_due(session)
        if moment is None or moment > now:
            return False
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
        async with self.runner.database.snapshot() as session:
            if not await session.scalar(
                select(func.count()).select_from(Outgoing).where(Outgoing.state == "waiting", Outgoing.due_at <= now)
            ):
                return False
        async with self.runner.database.transaction() as session:
            rows = await waiting(session, now)
            for row in rows:
                if await self.deliver(row):
                    delivered(row)
                else:
                    not_delivered(row, now)
                await note_delivery(session, row, now)
        return bool(rows)

    async def next_moment(self) -> datetime | None:
        """When something falls due next."""
        async with self.runner.database.snapshot() as session:
            moments = [
                await session.scalar(select(func.min(Conversation.answer_at))),
                await next_due(session),
                await session.scalar(select(func.min(Outgoing.due_at)).where(Outgoing.state == "waiting")),
            ]
        return min((moment for moment in moments if moment is not None), default=None)

    async def run(self) -> None:
        """For ever: conversations side by side, due rows and deliveries between them. Survives its own errors."""
        await self.recover()
        while True:
            self._wake.clear()
            try:
                await self._live_round()
                await self._sleep()
            except Exception:
                # The database may be locked or gone for a while; customers are told 503 meanwhile.
                log.exception("worker_round_failed")
                await asyncio.sleep(1)

    async def _live_round(self) -> None:
        for conversation_id in await self._waiting_conversations():
            if conversation_id not in self._turns:
                task = asyncio.create_task(self._answer(conversation_id))
                self._turns[conversation_id] = task
        while await self.do_one_due():
            pass
        while await self.deliver_some():
            pass

    async def _answer(self, conversation_id: str) -> None:
        try:
            await self.runner.run(conversation_id)
        except Exception:
            log.exception("turn_failed", conversation=conversation_id)
            await asyncio.sleep(1)
        finally:
            self._turns.pop(conversation_id, None)
            self.wake()

    async def _sleep(self) -> None:
        moment = await self.next_moment()
        now = self.runner.clock.now()
        busy = bool(self._turns)
        seconds = 30.0 if moment is None else max(0.0, (moment - now) / timedelta(seconds=1))
        if busy and seconds == 0:
            seconds = 0.05
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
