"""Talking to the bot. It may be slow, frozen or gone at any time; that is normal, not exceptional."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import httpx


class BotUnreachable(Exception):
    """No answer from the bot: gone, too slow, or not making sense."""


class Bot(Protocol):
    """Somebody who takes a turn."""

    async def turn(self, payload: dict[str, Any], timeout_s: float) -> dict[str, Any]: ...

    async def state(self) -> str:
        """`ok`, `starting` or `down`."""
        ...


def sensible(answer: Any) -> dict[str, Any]:
    """The answer when it has the agreed shape; raises BotUnreachable for anything else."""
    if not isinstance(answer, dict) or not isinstance(answer.get("state"), dict):
        raise BotUnreachable("no sense")
    messages = answer.get("messages")
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise BotUnreachable("no sense")
    return answer


class HttpBot:
    """The Rasa process behind its turn channel."""

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, trust_env=False)
        self._seen = False

    async def turn(self, payload: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        """One attempt at a turn; raises BotUnreachable for anything but a sensible answer."""
        try:
            # The client's own timeout is for each read; a bot that drips would never meet it.
            async with asyncio.timeout(timeout_s):
                response = await self._client.post("/webhooks/turn/", json=payload, timeout=None)
        except (httpx.HTTPError, TimeoutError) as error:
            raise BotUnreachable(type(error).__name__) from error
        if response.status_code != 200:
            raise BotUnreachable(f"status {response.status_code}")
        try:
            return sensible(response.json())
        except ValueError as error:
            raise BotUnreachable("no sense") from error

    async def state(self) -> str:
        """Whether the bot answers with a model loaded. `starting` until it has answered once."""
        try:
            response = await self._client.get("/webhooks/turn/", timeout=1.0)
            if response.status_code == 200 and response.json().get("model"):
                self._seen = True
                return "ok"
        except (httpx.HTTPError, ValueError):
            pass
        return "down" if self._seen else "starting"

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()
