"""Playing cases with a bot: for the command line, for tests, and for measuring."""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import lru_cache
from typing import Any

from api.replay.bots import BotAddress, bot_for
from api.replay.cases.case import Case
from api.replay.cases.parse import parse_cases
from api.replay.player import play_case
from api.replay.world import open_world
from api.turns.bot import Bot
from desk.settings import settings

Told = Callable[[Case, dict[str, Any]], None]


async def play_all(cases: Sequence[Case], bot: BotAddress | Bot, told: Told | None = None) -> list[dict[str, Any]]:
    """The results of all cases, in their order; `told` hears of each as it is done.

    Raises SetupError when the bot goes away for good.
    """
    results = []
    async with open_world(bot) as world:
        for case in cases:
            await world.require_bot()
            result = await play_case(world, case)
            results.append(result)
            if told is not None:
                told(case, result)
    return results


def play(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Play cases as they stand in a file, with one bot for the whole process. Raises MalformedCases.

    For tests that are plain functions: it brings its own event loop.
    """
    return asyncio.run(play_all(parse_cases(cases), shared_bot()))


@lru_cache
def shared_bot() -> BotAddress:
    """The process's bot, found or started (and trained) at the first call and stopped when the process ends."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(bot_for(settings()))
