"""What a customer, a colleague and an auditor would have seen: the result of a case, read from the record at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.core import Core
from api.replay.cases.case import Case
from api.replay.channels import Refused
from api.replay.records import (
    UNSEEN,
    alert_of,
    appointment_of,
    change_of,
    iso,
    outgoing_of,
    promise_of,
    queue_entry_of,
    scheduled_of,
    survey_of,
)
from api.replay.stored import stored_text, without_ids
from api.replay.ticket_results import tickets_of
from desk.alerts.models import Alert
from desk.appointments.models import Appointment
from desk.changes.models import Change
from desk.conversations.models import Conversation, Message, Turn
from desk.db import Base
from desk.outbox.models import Outgoing
from desk.promises.models import Promise
from desk.queue.models import QueueEntry
from desk.surveys.models import Survey
from desk.work.models import DueWork

Row = TypeVar("Row", bound=Base)
PHASE_OF_STAGE = {"registered": "track", "waiting": "handoff"}
PHASES = frozenset(
    [
        "open",
        "soothe",
        "facts",
        "confirm",
        "procedure",
        "escalate",
        "handoff",
        "track",
        "follow_up",
        "urgent",
        "enquiry",
    ]
)


@dataclass
class Played:
    """One turn of the case as it was played."""

    text: str
    at: datetime
    seqs: list[int] = field(default_factory=list)
    """The customer's messages of this turn."""
    refused: Refused | None = None
    owner: str = "bot"
    stage: str = "open"
    last_seq: int = 0
    """The thread's last message when the turn was over."""


async def collect(
    core: Core,
    case: Case,
    conversation_id: str,
    turns: list[Played],
    *,
    seeded: int,
    understood: dict[str, dict[str, Any]],
    error: str | None,
    log_lines: list[str],
) -> dict[str, Any]:
    """The whole result of a case, in the order of the format."""
    async with core.database.snapshot() as session:
        conversation = await session.get_one(Conversation, conversation_id)
        messages = await _all(session, Message, Message.seq, Message.conversation_id == conversation_id)
        intents = await _intents(session, conversation_id, understood)
        return {
            "id": case.id,
            "error": error,
            "turns": _turns(turns, messages, intents, seeded),
            "tickets": await tickets_of(session, conversation.customer_id, policy=core.policy, now=core.clock.now()),
            "changes": [change_of(row) for row in await _all(session, Change, Change.id)],
            "promises": [promise_of(row) for row in await _all(session, Promise, Promise.id)],
            "surveys": [survey_of(row) for row in await _all(session, Survey, Survey.id)],
            "appointments": [appointment_of(row) for row in await _all(session, Appointment, Appointment.id)],
            "alerts": [alert_of(row) for row in await _all(session, Alert, Alert.id)],
            "queue": [queue_entry_of(row) for row in await _all(session, QueueEntry, QueueEntry.id)],
            "scheduled": [
                scheduled_of(row)
                for row in await _all(
                    session, DueWork, DueWork.due_at, DueWork.done_at.is_(None), DueWork.cancelled.is_(False)
                )
                if row.kind not in UNSEEN
            ],
            "outbox": [outgoing_of(row) for row in await _all(session, Outgoing, Outgoing.id)],
            "stored_text": [*await stored_text(session), *(without_ids(line) for line in log_lines)],
        }


async def _all(session: AsyncSession, table: type[Row], order: Any, *where: Any) -> list[Row]:
    return list(await session.scalars(select(table).where(*where).order_by(order)))


async def _intents(
    session: AsyncSession, conversation_id: str, understood: dict[str, dict[str, Any]]
) -> dict[int, dict[str, Any]]:
    """Message seq → the intent under which the bot answered it."""
    leases = await session.scalars(
        select(Turn).where(Turn.conversation_id == conversation_id, Turn.id.in_(list(understood)))
    )
    return {seq: understood[turn.id] for turn in leases for seq in range(turn.from_seq, turn.to_seq + 1)}


def _turns(
    turns: list[Played], messages: list[Message], intents: dict[int, dict[str, Any]], seeded: int
) -> list[dict[str, Any]]:
    of_seq = {seq: n for n, turn in enumerate(turns) for seq in turn.seqs}
    replies: list[list[Message]] = [[] for _ in turns]
    for message in messages:
        if message.by != "customer" and message.seq > seeded and turns:
            replies[_turn_of(message, turns, of_seq)].append(message)
    by_seq = {message.seq: message for message in messages}
    found: list[dict[str, Any]] = []
    phase = "open"
    for n, turn in enumerate(turns):
        phase = _phase(turn, replies[n], phase)
        asked = [key for message in replies[n] for key in message.asked]
        found.append(
            {
                "in": turn.text,
                "at": iso(turn.at),
                "seq": turn.seqs[-1] if turn.seqs else None,
                "owner": turn.owner,
                "phase": phase,
                "reading": _reading(by_seq.get(turn.seqs[-1]) if turn.seqs else None, intents),
                "replies": [_reply(message, of_seq) for message in replies[n]],
                "asked": list(dict.fromkeys(asked)),
                **({"refused": turn.refused.as_json()} if turn.refused else {}),
            }
        )
    return found


def _turn_of(message: Message, turns: list[Played], of_seq: dict[int, int]) -> int:
    """The last turn that a reply answers; what answers nothing stands where it was said."""
    answered = [of_seq[seq] for seq in message.answers if seq in of_seq]
    if answered:
        return max(answered)
    return next((n for n, turn in enumerate(turns) if message.seq <= turn.last_seq), len(turns) - 1)


def _phase(turn: Played, replies: list[Message], before: str) -> str:
    """The phase of the reply to the turn's last message; where nothing was said, what the dialogue stood at."""
    last = turn.seqs[-1:]
    answering = [message for message in replies if set(message.answers) & set(last)] or replies
    for message in answering:
        if message.phase in PHASES:
            return message.phase
    if turn.owner == "agent":
        return "handoff"
    stage = PHASE_OF_STAGE.get(turn.stage, turn.stage)
    return stage if stage in PHASES else before


def _reading(message: Message | None, intents: dict[int, dict[str, Any]]) -> dict[str, Any]:
    reading: dict[str, Any] = (message.reading if message else None) or {}
    mood: dict[str, Any] = reading.get("mood") or {}
    intent = intents.get(message.seq, {}) if message else {}
    facts = {key: value for key, value in (reading.get("facts") or {}).items() if value not in (None, [], ())}
    return {
        "script": reading.get("script"),
        "mood": mood.get("level"),
        "score": mood.get("score"),
        "trend": mood.get("trend"),
        "risk": reading.get("risk"),
        "intent": intent.get("name"),
        "confidence": intent.get("confidence"),
        "facts": facts,
        "redacted": list(message.redacted) if message else [],
    }


def _reply(message: Message, of_seq: dict[int, int]) -> dict[str, Any]:
    return {
        "by": message.by,
        "text": message.text,
        "buttons": [dict(button) for button in message.buttons],
        "at": iso(message.at),
        "place": message.place,
        # Numbers of turns, counted from 1: a reader of results sees turns and no message numbers.
        "answers": list(dict.fromkeys(of_seq[seq] + 1 for seq in message.answers if seq in of_seq)),
        "seq": message.seq,
        "phase": message.phase,
    }
