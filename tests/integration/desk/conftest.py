"""A desk with a clock, a database and colleagues, and a bot that is away: what happens here must not need it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from api.core import Core, make_core
from api.turns.bot import BotUnreachable
from desk.clock import ManualClock
from desk.conversations.models import Conversation
from desk.conversations.receive import receive
from desk.conversations.service import customer_for, messages_after, start_conversation
from desk.settings import Settings
from desk.staff.models import Staff
from desk.staff.service import add_staff


class AbsentBot:
    """Killed: every call fails at once."""

    async def turn(self, payload, timeout_s):
        raise BotUnreachable("absent")

    async def state(self):
        return "down"


@dataclass
class Desk:
    """One conversation and everything around it."""

    core: Core
    clock: ManualClock
    conversation_id: str
    agent: Staff
    said: int = 0

    async def customer_says(self, text: str) -> None:
        self.said += 1
        await receive(
            self.core.database,
            self.core.reader,
            self.core.policy,
            conversation_id=self.conversation_id,
            text=text,
            external_id=f"m{self.said}",
            now=self.clock.now(),
        )
        await self.core.worker.tick()

    async def pass_time(self, step: timedelta) -> None:
        until = self.clock.now() + step
        while (moment := await self.core.worker.next_moment()) is not None and moment <= until:
            self.clock.advance_to(moment)
            await self.core.worker.tick()
        self.clock.advance_to(until)
        await self.core.worker.tick()

    async def replies(self) -> list[str]:
        async with self.core.database.snapshot() as session:
            rows = await messages_after(session, self.conversation_id, 0)
        return [row.text for row in rows if row.by != "customer"]

    async def conversation(self) -> Conversation:
        async with self.core.database.snapshot() as session:
            return await session.get(Conversation, self.conversation_id)

    async def all(self, query):
        async with self.core.database.snapshot() as session:
            return list(await session.scalars(query))


@pytest.fixture
async def desk(tmp_path: Path, database_url: str, clock: ManualClock) -> AsyncIterator[Desk]:
    core = make_core(Settings(database_url=database_url, var_dir=tmp_path / "var"), clock=clock, bot=AbsentBot())
    async with core.database.transaction() as session:
        agent = await add_staff(session, work_no="0101", user="a", name="坐席", role="agent", on_duty="work")
        await add_staff(session, work_no="0091", user="f", name="反诈", role="fraud", on_duty="on")
        await add_staff(session, work_no="0001", user="d", name="值班", role="duty", on_duty="on")
        customer = await customer_for(session, channel="web", external_id="c", now=clock.now())
        conversation = await start_conversation(session, customer, channel="web", now=clock.now())
    yield Desk(core, clock, conversation.id, agent)
    await core.database.close()
