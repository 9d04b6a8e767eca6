"""The parts of a running api, put together in one place; replays and tests put in their own clock and bot."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import yaml

from api.turns.bot import Bot, HttpBot
from api.turns.runner import TurnRunner
from api.turns.worker import Worker
from desk.clock import Clock, SystemClock
from desk.db import Database
from desk.knowledge.service import load_folder
from desk.outbox.models import Outgoing
from desk.policy.schemas import Policy, policy
from desk.reading.service import Reader
from desk.settings import ROOT, Settings

Hint = Callable[[str], Awaitable[None]]
"""Tells whoever looks at a conversation that it has changed."""


@dataclass(frozen=True)
class Look:
    """An entry of the audit trail that is still to be written."""

    by: str
    verb: str
    kind: str
    ref: str
    now: datetime


@dataclass
class Core:
    """Everything a request needs."""

    settings: Settings
    database: Database
    clock: Clock
    policy: Policy
    reader: Reader
    bot: Bot
    runner: TurnRunner
    worker: Worker
    hints: list[Hint] = field(default_factory=list)
    closing: bool = False
    looks: dict[tuple[str, ...], datetime] = field(default_factory=dict)
    """When each colleague last looked at each thing, so that a page that polls is one entry in the audit trail."""
    unwritten: list[Look] = field(default_factory=list)
    """Looks taken while the database could only be read."""
    _watchers: dict[str, asyncio.Event] = field(default_factory=dict)

    async def deliver(self, row: Outgoing) -> bool:
        """Web messages are fetched, so delivering them is a hint; a lost hint loses nothing."""
        await self.hint(row.conversation_id)
        return True

    async def hint(self, conversation_id: str) -> None:
        """Tell lookers-on to fetch."""
        watcher = self._watchers.pop(conversation_id, None)
        if watcher is not None:
            watcher.set()
        for hint in self.hints:
            await hint(conversation_id)

    def close(self) -> None:
        """We are about to stop: whoever waits for news gets what there is, instead of being cut off."""
        self.closing = True
        for watcher in self._watchers.values():
            watcher.set()

    async def wait_for_change(self, conversation_id: str, seconds: float) -> None:
        """Return at the next hint for this conversation, or after `seconds` (another process may have changed it)."""
        watcher = self._watchers.setdefault(conversation_id, asyncio.Event())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await watcher.wait()


@lru_cache
def all_intents(root: Path = ROOT) -> list[str]:
    """The intents of the bot's domain, by name."""
    found: list[str] = []
    for file in sorted((root / "bot" / "domain").glob("*.yml")):
        for entry in (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get("intents", []):
            found.append(entry if isinstance(entry, str) else next(iter(entry)))
    return found


def make_core(
    settings: Settings,
    *,
    clock: Clock | None = None,
    bot: Bot | None = None,
    rules: Policy | None = None,
    actions_url: str | None = None,
) -> Core:
    """Put the parts together; nothing is started and nothing is read from the network yet."""
    clock, rules = clock or SystemClock(), rules or policy()
    database, reader = Database(settings.database), Reader()
    bot = bot or HttpBot(settings.bot_address)
    runner = TurnRunner(
        database=database,
        bot=bot,
        clock=clock,
        policy=rules,
        reader=reader,
        intents=all_intents(),
        actions_url=actions_url or settings.actions_address,
    )

    async def deliver(row: Outgoing) -> bool:
        return await core.deliver(row)

    worker = Worker(runner, deliver)
    core = Core(settings, database, clock, rules, reader, bot, runner, worker)
    runner.changed = core.hint
    return core


async def load_knowledge(core: Core) -> None:
    """Bring the knowledge table in line with `data/knowledge`; what the desk added stays."""
    async with core.database.transaction() as session:
        await load_folder(session, core.settings.data_dir / "knowledge", clock=core.clock)
