from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import structlog
from api_bot import ScriptedBot
from api_world import World

from api.actions.endpoint import make_actions_app
from api.app import make_api
from api.core import make_core
from api.log import drop_locals
from desk.clock import ManualClock
from desk.db import Database
from desk.policy.schemas import Policy, policy
from desk.settings import settings

NO_LIMIT = 1_000_000


@pytest.fixture(autouse=True)
def short_logs() -> Iterator[None]:
    """Errors in one line, as in production: the default prints every local variable."""
    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.add_log_level, drop_locals, structlog.processors.KeyValueRenderer()],
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    yield
    structlog.configure(**before)


@pytest.fixture
def hasty() -> Policy:
    """The bank's rules with little patience for the bot, so that no test waits for seconds."""
    rules = policy()
    turn = rules.dialogue.turn.model_copy(update={"attempt_s": 0.3, "give_up_s": 6.0})
    return rules.model_copy(update={"dialogue": rules.dialogue.model_copy(update={"turn": turn})})


@pytest.fixture
async def make_world(
    own_var: Path, database_url: str, clock: ManualClock, hasty: Policy
) -> AsyncIterator[Callable[..., World]]:
    async with AsyncExitStack() as stack:

        def make(*, busy_s: float = 10.0, run_worker: bool = False, **changed: object) -> World:
            own_var.mkdir(exist_ok=True)
            here = settings().model_copy(
                update={
                    "database_url": database_url,
                    "session_rate_per_minute": NO_LIMIT,
                    "message_rate_per_minute": NO_LIMIT,
                    "survey_delay_hours": 2.0,
                    **changed,
                }
            )
            bot = ScriptedBot()
            core = make_core(here, clock=clock, bot=bot, rules=hasty)
            # Tests write from many sides at once on a busy machine; how long a writer waits is not what they test.
            core.database = core.runner.database = Database(here.database, busy_timeout_s=busy_s)
            bot.actions = make_actions_app(core.runner.attempts)
            world = World(core, make_api(core, run_worker=run_worker), bot, clock)
            stack.push_async_callback(core.database.close)

            async def close_clients() -> None:
                for client in world.clients:
                    await client.aclose()

            stack.push_async_callback(close_clients)
            return world

        yield make
    await connections_ended()


async def connections_ended() -> None:
    """A call that was given up still runs in its connection's thread, and would report to a loop that is closed by then."""
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, 2.0)


@pytest.fixture
async def world(make_world: Callable[..., World]) -> World:
    return make_world()
