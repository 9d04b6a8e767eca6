from __future__ import annotations

from typing import Any

import pytest
from scripted_bot import Play, Result, ScriptedBot

from api.replay.cases.parse import parse_cases
from api.replay.service import play_all


@pytest.fixture
def bot() -> ScriptedBot:
    return ScriptedBot()


@pytest.fixture
def play(bot: ScriptedBot) -> Play:
    """Plays one case with the scripted bot."""

    async def play(turns: list[Any], **context: Any) -> Result:
        cases = parse_cases([{"id": "T1", "context": context, "turns": turns}])
        [result] = await play_all(cases, bot)
        return result

    return play
