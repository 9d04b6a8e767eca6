"""A bot that does what a test tells it, step by step; it can call the real custom actions as Rasa would."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from fastapi import FastAPI

from api.turns.bot import BotUnreachable

Payload = dict[str, Any]
Answer = dict[str, Any]
Step = Callable[["ScriptedBot", Payload, float], Awaitable[Answer]]


def answer(*texts: str, buttons: list[dict[str, Any]] | None = None, **more: Any) -> Answer:
    """What Rasa would send back; the buttons go with the last text."""
    messages = [{"text": text, "buttons": [], "custom": {}} for text in texts]
    if buttons:
        messages[-1]["buttons"] = buttons
    return {"messages": messages, "state": {"turns": []}, "intent": None, "ranking": [], "actions": [], **more}


def says(*texts: str, **more: Any) -> Step:
    """Answers with these texts."""

    async def step(_bot: ScriptedBot, _payload: Payload, _patience: float) -> Answer:
        return answer(*texts, **more)

    return step


async def gone(_bot: ScriptedBot, _payload: Payload, _patience: float) -> Answer:
    """Killed: nobody listens."""
    raise BotUnreachable("ConnectError")


async def frozen(_bot: ScriptedBot, _payload: Payload, patience: float) -> Answer:
    """Stopped: takes the connection and all the time there is."""
    await asyncio.sleep(patience)
    raise BotUnreachable("ReadTimeout")


async def speechless(_bot: ScriptedBot, _payload: Payload, _patience: float) -> Answer:
    """Answers 200 with nothing in it."""
    return {"messages": [], "state": {}, "intent": None, "ranking": [], "actions": []}


def nonsense(body: Any) -> Step:
    """Answers 200 with something nobody agreed upon."""

    async def step(_bot: ScriptedBot, _payload: Payload, _patience: float) -> Answer:
        return body  # type: ignore[no-any-return]

    return step


def breaks(error: Exception) -> Step:
    """Something nobody thought of."""

    async def step(_bot: ScriptedBot, _payload: Payload, _patience: float) -> Answer:
        raise error

    return step


def held(until: asyncio.Event, then: Step) -> Step:
    """Thinks until the event is set."""

    async def step(bot: ScriptedBot, payload: Payload, patience: float) -> Answer:
        bot.asked.set()
        await until.wait()
        return await then(bot, payload, patience)

    return step


def acts(*names: str, intent: str = "inform", then: Step | None = None) -> Step:
    """Runs these custom actions through their own listener and says what they said."""

    async def step(bot: ScriptedBot, payload: Payload, patience: float) -> Answer:
        messages: list[dict[str, Any]] = []
        failed: list[str] = []
        for name in names:
            status, body = await bot.call_action(name, payload, intent)
            if status != 200:
                failed.append(name)
                break
            for response in body["responses"]:
                messages.append(
                    {
                        "text": response.get("text") or "",
                        "buttons": response.get("buttons") or [],
                        "custom": response.get("custom") or {},
                    }
                )
        if then is not None:
            await then(bot, payload, patience)
        said = [] if failed else messages
        return {**answer(), "messages": said, "actions": list(names), "failed": failed}

    return step


class ScriptedBot:
    """Takes the steps of its script, one an attempt, then the usual one."""

    def __init__(self) -> None:
        self.script: list[Step] = []
        self.usual: Step = says("好的，我在听。")
        self.seen: list[Payload] = []
        self.asked = asyncio.Event()
        self.actions: FastAPI | None = None
        self.health = "ok"

    def next(self, *steps: Step) -> None:
        """The coming attempts."""
        self.script.extend(steps)

    @property
    def texts(self) -> list[str]:
        """What it was given to answer."""
        return [payload["text"] for payload in self.seen]

    async def turn(self, payload: Payload, timeout_s: float) -> Answer:
        self.seen.append(payload)
        step = self.script.pop(0) if self.script else self.usual
        return await step(self, payload, timeout_s)

    async def state(self) -> str:
        return self.health

    async def call_action(self, name: str, payload: Payload, intent: str) -> tuple[int, dict[str, Any]]:
        """One call of Rasa's webhook protocol."""
        assert self.actions is not None
        metadata = payload["metadata"]
        decided = (metadata.get("intent") or {}).get("name") or intent
        call = {
            "next_action": name,
            "sender_id": metadata["conversation"],
            "version": "3.6.21",
            "domain": {"forms": {}, "slots": {}},
            "tracker": {
                "sender_id": metadata["conversation"],
                "slots": {"requested_slot": None},
                "latest_message": {
                    "text": payload["text"],
                    "intent": {"name": decided, "confidence": 1.0},
                    "intent_ranking": [{"name": decided, "confidence": 1.0}],
                    "entities": [],
                    "metadata": metadata,
                },
                "events": [],
                "paused": False,
                "followup_action": None,
                "active_loop": {},
                "latest_action_name": "action_listen",
                "latest_input_channel": "turn",
            },
        }
        transport = httpx.ASGITransport(self.actions)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            response = await client.post("/actions", json=call)
        return response.status_code, response.json()
