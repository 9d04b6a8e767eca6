"""A customer talking to the bot: carries the state from turn to turn, as the api does."""

from __future__ import annotations

from typing import Any

from fake_actions import FakeActions
from rasa_process import Bot

Json = dict[str, Any]


class Conversation:
    """Each `say` is one turn; `body` builds the request without sending it."""

    def __init__(self, bot: Bot, actions: FakeActions, state: Json | None = None) -> None:
        self.bot = bot
        self.actions = actions
        self.state = state
        self.turn = 0

    def body(self, text: str = "测试", *, intent: str | None = None, mood: str = "calm", **metadata: Any) -> Json:
        self.turn += 1
        return {
            "turn": self.turn,
            "attempt": 1,
            "text": text,
            "metadata": {
                "turn": self.turn,
                "attempt": 1,
                "token": f"token-{self.turn}",
                "conversation": "c1",
                "now": "2026-11-20T10:00:00+08:00",
                "owner": "bot",
                "intent": {"name": intent} if intent else None,
                "entities": {"mood_gate": mood},
                "expects": None,
                **metadata,
            },
            "state": self.state,
            "actions_url": self.actions.url,
        }

    def say(self, text: str = "测试", **kwargs: Any) -> Json:
        response = self.bot.post(self.body(text, **kwargs))
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        self.state = answer["state"]
        return answer


def texts(answer: Json) -> list[str]:
    return [message["text"] for message in answer["messages"]]


def standing(stage: str, loop: str | None = None, requested: str | None = None, mood: str = "calm") -> Json:
    """A state as bot/state.py writes it, at any point of a dialogue."""
    return {
        "version": 1,
        "slots": {"stage": stage, "mood_gate": mood, **({"what": "排队太久"} if loop else {})},
        "loop": {"name": loop, "interrupted": False, "rejected": False} if loop else None,
        "requested_slot": requested,
        "turns": [],
    }


OPEN = standing("open")
SOOTHE = standing("soothe")
REGISTERED = standing("registered")
FACTS = standing("facts", "facts_form", "when")
CONFIRM = standing("confirm", "confirm_form", "confirmation")
# Everywhere a dialogue can stand when a message arrives; a form may be left (by a change) with its stage kept.
EVERYWHERE = {
    "open": OPEN,
    "soothe": SOOTHE,
    "facts, no form": standing("facts"),
    "confirm, no form": standing("confirm"),
    "registered": REGISTERED,
    "waiting": standing("waiting"),
    "urgent": standing("urgent"),
    "facts_form": FACTS,
    "confirm_form": CONFIRM,
    "confirm_form, stage not moved": standing("facts", "confirm_form", "confirmation"),
}
