"""A bot whose answers are made in the test, and the names of what tests pass around."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Result = dict[str, Any]
Play = Callable[..., Awaitable[Result]]


@dataclass
class ScriptedBot:
    """Says what the test made it say: the answers in order, then always the same."""

    answers: list[dict[str, Any]] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)

    async def turn(self, payload: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        self.heard.append(payload)
        told = self.answers.pop(0) if self.answers else {}
        intent = (payload["metadata"].get("intent") or {}).get("name") or "inform"
        message = {
            "text": told.get("text", "好的"),
            "buttons": [{"title": title, "payload": json.dumps(said)} for title, said in told.get("buttons", ())],
            "custom": {"phase": told.get("phase", "open"), "asked": told.get("asked", [])},
        }
        return {
            "messages": [message],
            "state": {"turns": len(self.heard)},
            "intent": {"name": intent, "confidence": 0.9},
            "ranking": [],
            "actions": [],
        }

    async def state(self) -> str:
        return "ok"
