"""What all cases of a replay share: a place for databases, the actions' listener, the logs and the bot."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from actions.base import Work
from api.actions.endpoint import make_actions_app
from api.core import Core, make_core
from api.replay.bots import BotAddress, SwitchedBot, classifier
from api.replay.cases.case import Case
from api.replay.logs import FileTap, LogTap, tapped_log
from api.serve import Server
from api.setup.errors import SetupError
from api.supervisor.ports import LOOPBACK
from api.turns.bot import Bot, HttpBot
from desk.clock import ManualClock
from desk.db import Database, upgrade_schema
from desk.knowledge.service import load_folder
from desk.policy.schemas import Calendar, Policy, policy
from desk.settings import Settings, settings

NO_LIMIT = 1_000_000
"""A replayed customer types as fast as the script says."""
LONG_DAYS = 10_000
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
PATIENT_S = 60.0
"""A replay measures what is said, not how fast this machine is."""


@dataclass
class World:
    """Plays one case after the other, each in a database of its own."""

    folder: Path
    template: Path
    bot: Bot
    classify: Callable[[str], Awaitable[list[str]]]
    attempts: dict[str, Work]
    actions_url: str
    api_log: LogTap
    bot_log: FileTap

    def core_for(self, case: Case) -> tuple[Core, ManualClock, SwitchedBot]:
        """The api's parts for one case: a fresh database, its own clock, calendar and switch."""
        file = self.folder / "case.db"
        for old in self.folder.glob("case.db*"):
            old.unlink()
        shutil.copyfile(self.template, file)
        clock = ManualClock(case.context.now)
        switch = SwitchedBot(self.bot, clock, policy().dialogue.turn)
        core = make_core(
            settings_for(file), clock=clock, bot=switch, rules=rules_for(case), actions_url=self.actions_url
        )
        # The listener serves whichever case is being played: they come one at a time.
        core.runner.attempts = self.attempts
        return core, clock, switch

    async def require_bot(self) -> None:
        """Raise SetupError when the bot has gone: everything after it would be played against nobody."""
        for _ in range(10):
            if await self.bot.state() == "ok":
                return
            await asyncio.sleep(1)
        raise SetupError("The bot of this replay does not answer any more")

    def log_lines(self) -> list[str]:
        """What both processes have logged since the last call."""
        return [*self.api_log.take(), *self.bot_log.take()]


@asynccontextmanager
async def open_world(bot: BotAddress | Bot) -> AsyncIterator[World]:
    """Everything a replay needs, for the length of the block; `bot` is an address or somebody who takes turns."""
    url = bot.url if isinstance(bot, BotAddress) else None
    bot_log = FileTap(bot.log if isinstance(bot, BotAddress) else None)
    attempts: dict[str, Work] = {}
    with tempfile.TemporaryDirectory(prefix="sanbian-replay-") as name, tapped_log() as log:
        folder = Path(name)
        with keys_in(folder):
            template = folder / "template.db"
            template.write_bytes(await _template(template))
            async with _listening(attempts) as actions_url:
                taker = HttpBot(bot.url) if isinstance(bot, BotAddress) else bot
                yield World(folder, template, taker, classifier(url), attempts, actions_url, log, bot_log)
                if isinstance(taker, HttpBot):
                    await taker.close()


def settings_for(database: Path) -> Settings:
    """This installation's settings, on a throw-away database and without limits on haste."""
    return settings().model_copy(
        update={
            "database_url": f"sqlite+aiosqlite:///{database}",
            "session_rate_per_minute": NO_LIMIT,
            "message_rate_per_minute": NO_LIMIT,
            "session_days": LONG_DAYS,
        }
    )


def rules_for(case: Case) -> Policy:
    """The bank's rules with all patience for a bot on a busy machine, and the calendar of the case if it brings one."""
    rules, days = policy(), case.context.calendar
    turn = rules.dialogue.turn.model_copy(update={"attempt_s": PATIENT_S, "give_up_s": 2 * PATIENT_S})
    rules = rules.model_copy(update={"dialogue": rules.dialogue.model_copy(update={"turn": turn})})
    if days is None:
        return rules
    calendar = Calendar(
        as_of=case.context.now.date(),
        source=case.id,
        holidays=days.holidays,
        workdays=days.workdays,
        weekend_service=rules.calendar.weekend_service,
        least_holidays=rules.calendar.least_holidays,
        look_ahead_days=rules.calendar.look_ahead_days,
        # A case tells only the days that matter to it; they are all there are.
        years=frozenset(range(case.context.now.year - 1, case.context.now.year + 3)),
    )
    return rules.model_copy(update={"calendar": calendar})


async def _template(file: Path) -> bytes:
    """A database with all tables and the knowledge in it, made at `file` once a process; cases begin with a copy."""
    if not _templates:
        database = Database(f"sqlite+aiosqlite:///{file}")
        await upgrade_schema(database)
        async with database.transaction() as session:
            await load_folder(session, settings().data_dir / "knowledge", clock=ManualClock(LONG_AGO))
        await database.close()
        _templates.append(await asyncio.to_thread(file.read_bytes))
    return _templates[0]


_templates: list[bytes] = []


@contextmanager
def keys_in(folder: Path) -> Iterator[None]:
    """Keys of this replay's own: nothing of the installation is opened or written."""
    before = os.environ.get("SANBIAN_KEY_FILE")
    os.environ["SANBIAN_KEY_FILE"] = str(folder / "keys.json")
    settings.cache_clear()
    try:
        yield
    finally:
        if before is None:
            del os.environ["SANBIAN_KEY_FILE"]
        else:
            os.environ["SANBIAN_KEY_FILE"] = before
        settings.cache_clear()


@asynccontextmanager
async def _listening(attempts: dict[str, Work]) -> AsyncIterator[str]:
    """The custom actions on a free loopback port, as in `api.serve`."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        port = listener.getsockname()[1]
        config = uvicorn.Config(make_actions_app(attempts), log_config=None, access_log=False, lifespan="off")
        server = Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://{LOOPBACK}:{port}/actions"
        finally:
            server.should_exit = True
            await task
