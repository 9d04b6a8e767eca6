"""The bot of a replay: somebody else's or our own Rasa, behind a switch that can take it away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import httpx

from api.turns.bot import Bot, BotUnreachable
from desk.clock import ManualClock
from desk.policy.schemas import TurnRule
from desk.settings import ROOT, Settings

Mode = Literal["up", "down", "frozen"]


@dataclass(frozen=True)
class BotAddress:
    """Where a bot listens, and its log when we started it."""

    url: str
    log: Path | None = None


@contextmanager
def bot_for(settings: Settings) -> Iterator[BotAddress]:
    """A bot with the model of the present sources: the one that runs already, else our own on a free port.

    Readers and a model that do not exist are trained first. Raises SetupError when there can be no bot.
    """
    from api.setup.readers import ensure_readers
    from api.setup.training import ensure_model
    from api.supervisor.bot import find_running_bot, start_bot

    ensure_readers(settings)
    found = find_running_bot(settings)
    if found is not None:
        yield BotAddress(found)
        return
    own = start_bot(ensure_model(ROOT, models_dir=settings.models_dir, var_dir=settings.var_dir))
    try:
        own.wait(180.0)
        yield BotAddress(own.url, own.log)
    finally:
        own.stop()
    own.log.unlink(missing_ok=True)


@dataclass
class SwitchedBot:
    """The bot as one case sees it. Notes what was understood in each turn."""

    inner: Bot
    clock: ManualClock
    patience: TurnRule
    """How long the api waits for a bot in real life."""
    mode: Mode = "up"
    understood: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Turn id → the bot's reading of it."""

    async def turn(self, payload: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        """One attempt. A frozen bot takes all the time the api would give it, on the replay's clock."""
        if self.mode == "frozen":
            before = (int(payload["attempt"]) - 1) * self.patience.attempt_s
            left = max(0.0, self.patience.give_up_s - before)
            self.clock.advance(timedelta(seconds=min(self.patience.attempt_s, left)))
            raise BotUnreachable("frozen")
        if self.mode == "down":
            raise BotUnreachable("down")
        answer = await self.inner.turn(payload, timeout_s)
        self.understood[str(payload["turn"])] = dict(answer.get("intent") or {})
        return answer

    async def state(self) -> str:
        """As the api sees it."""
        return await self.inner.state() if self.mode == "up" else "down"


def classifier(url: str | None) -> Callable[[str], Awaitable[list[str]]]:
    """The bot's readings of a sentence outside any dialogue, best first; none when there is no bot to ask."""

    async def classify(text: str) -> list[str]:
        if url is None:
            return []
        try:
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=10) as client:
                answer = await client.post("/webhooks/turn/parse", json={"text": text, "metadata": {}})
            return [str(one["name"]) for one in answer.json()["ranking"]]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return []

    return classify
