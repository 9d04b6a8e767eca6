"""Reading messages in a batch exactly as the live path reads the first message of a conversation.

Redaction, the readers, what the state expects and the bot's model are the very functions that `api.turns` and
`desk.conversations.receive` call; only the database and the answer are left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from actions.urgent import RISKS, SURE
from api.setup.errors import SetupError
from desk.conversations.expecting import State
from desk.conversations.memory import Memory
from desk.conversations.receive import check_text
from desk.conversations.resolve import resolve
from desk.errors import Invalid
from desk.intake.heard import FALLBACK, complaint_heard, six_of
from desk.intake.message_kind import message_kind
from desk.intake.plan import is_complaint, kind_of
from desk.policy.schemas import Policy
from desk.privacy.redact import Redacted, redact
from desk.reading.model_text import model_text
from desk.reading.schemas import Reading, Risk, Span
from desk.reading.service import Reader

AT_ONCE = 4
"""Sentences the bot is asked about at the same time; it has two cores."""


@dataclass(frozen=True)
class Asked:
    """A message to be read: `at` is aware."""

    id: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Batch:
    """What reading needs; `intents` are those of the bot's domain."""

    reader: Reader
    policy: Policy
    intents: list[str]
    bot: httpx.AsyncClient

    async def read(self, asked: Asked) -> dict[str, Any]:
        """One line of the result; for a message that the chat would refuse, the reason. Raises SetupError."""
        try:
            text = check_text(asked.text, self.policy)
        except Invalid as refusal:
            return {"id": asked.id, "error": refusal.detail}
        safe = redact(text, code_expected=False)
        reading = self.reader.read(safe.text, now=asked.at)
        intent, ranking = await self._understood(safe, reading, asked)
        risk = reading.risk or second_chance(intent, ranking)
        return {
            "id": asked.id,
            "intent": intent,
            "intents": [{"name": name, "confidence": confidence} for name, confidence in ranking],
            "kind": "urgent" if risk else message_kind(intent, reading),
            **told(reading),
            "risk": risk,
            "cause": cause(self.policy, intent, reading),
            "redacted": safe.text,
        }

    async def _understood(self, safe: Redacted, reading: Reading, asked: Asked) -> tuple[str, list[tuple[str, float]]]:
        """The intent the first turn would act on, and the ranking behind it."""
        state = State(reading, safe.text, stage="open", owner="bot", memory=Memory(), question=None, now=asked.at)
        resolution = resolve(state, self.policy, self.intents)
        metadata = {
            "intent": {"name": resolution.intent} if resolution.intent else None,
            "expects": resolution.expects,
        }
        try:
            answer = await self.bot.post(
                "/webhooks/turn/parse", json={"text": model_text(safe.text), "metadata": metadata}
            )
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise SetupError(f"the bot did not read message {asked.id} ({type(error).__name__})") from None
        ranking = [(guess["name"], float(guess["confidence"])) for guess in answer.json()["ranking"]]
        likely = [guess for guess in ranking if guess[0] != FALLBACK]
        intent = likely[0][0]
        if is_complaint(self.policy, intent):
            intent = complaint_heard(self.policy, intent, likely, reading)
        return intent, likely


def second_chance(intent: str, ranking: list[tuple[str, float]]) -> Risk | None:
    """The danger that the model alone is sure of, as `actions.urgent` takes it up."""
    return RISKS.get(intent) if dict(ranking).get(intent, 0.0) >= SURE else None


def told(reading: Reading) -> dict[str, Any]:
    """What the words tell, as the format of `sanbian read` has it."""
    facts = reading.facts
    return {
        "script": reading.script,
        "mood": reading.mood.level,
        "facts": {
            "who": [{**span(who), "kind": who.kind} for who in facts.who],
            "when": [{**span(when), "precision": when.precision} for when in facts.when],
            "where": [{**span(where), "canonical": where.canonical} for where in facts.where],
            "amount": [{**span(amount), "value": amount.value, "currency": amount.currency} for amount in facts.amount],
            "institution": [span(name) for name in facts.institution],
            "what": span(facts.what) if facts.what else None,
            "why": span(facts.why) if facts.why else None,
            "remedy": list(dict.fromkeys(remedy.key for remedy in facts.remedy)),
        },
        "staff_implicated": reading.staff_implicated,
        "second_complaint": reading.second_complaint,
        "threat": reading.threat,
    }


def span(piece: Span) -> dict[str, Any]:
    """A verbatim piece with its place in the redacted text."""
    return {"text": piece.text, "start": piece.start, "end": piece.end}


def cause(policy: Policy, intent: str, reading: Reading) -> dict[str, Any]:
    """Both axes of the cause: seed 002's six causes and the key of JR/T 0169; null for what is no complaint."""
    if not is_complaint(policy, intent):
        return {"six": None, "jrt": None}
    kind = kind_of(policy, intent)
    return {"six": six_of(kind, reading), "jrt": kind.cause_jrt[0]}


async def read_all(batch: Batch, messages: Iterable[Asked]) -> AsyncIterator[dict[str, Any]]:
    """The lines of all messages, in their order."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(message: Asked) -> dict[str, Any]:
        async with room:
            return await batch.read(message)

    for done in [asyncio.create_task(one(message)) for message in messages]:
        yield await done
