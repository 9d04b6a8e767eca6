"""Time in a replay: nothing sleeps, the clock goes from one due moment to the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from api.core import Core
from desk.clock import ManualClock
from desk.conversations.models import Conversation

GIVE_UP = 20
"""Ticks that change nothing in one wait: something is due and never gets done."""


class Stuck(RuntimeError):
    """Something is due and stays due: time cannot pass."""


@dataclass
class Clockwork:
    """Moves the clock and lets the worker do what is due on the way."""

    core: Core
    clock: ManualClock

    async def run_until(self, target: datetime) -> None:
        """Do everything that falls due up to `target`, each at its own moment, and arrive there."""
        idle = 0
        while (moment := await self.core.worker.next_moment()) is not None and moment <= target:
            before = self.clock.now()
            self.clock.advance_to(moment)
            await self.core.worker.tick()
            idle = 0 if self.clock.now() > before else idle + 1
            if idle > GIVE_UP:
                raise Stuck(f"something due at {moment.isoformat()} never gets done")
        self.clock.advance_to(target)

    async def settle(self, conversation_id: str) -> None:
        """Run until nobody waits for an answer in this conversation; what is due later stays due."""
        while (answer_at := await self._answer_at(conversation_id)) is not None:
            await self.run_until(max(answer_at, self.clock.now()))
            if await self._answer_at(conversation_id) == answer_at:
                raise Stuck("a message is never answered")

    async def _answer_at(self, conversation_id: str) -> datetime | None:
        async with self.core.database.snapshot() as session:
            return await session.scalar(select(Conversation.answer_at).where(Conversation.id == conversation_id))
