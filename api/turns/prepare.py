"""Taking the lease: what is unanswered becomes a turn, committed before the bot is called (architecture.md, 6)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.draft import TurnDraft
from desk.conversations.expecting import State
from desk.conversations.memory import Memory
from desk.conversations.models import Conversation, Message, Turn
from desk.conversations.receive import told_before
from desk.conversations.resolve import Resolution, resolve
from desk.conversations.service import get_conversation, unanswered
from desk.db import Database, new_id
from desk.policy.schemas import Policy
from desk.reading.schemas import MoodHistory, Reading
from desk.reading.service import Reader


@dataclass(frozen=True)
class Lease:
    """A turn that is ours to take, and everything an attempt needs to begin afresh."""

    turn_id: str
    conversation: Conversation
    messages: list[Message]
    reading: Reading
    resolution: Resolution
    now: datetime

    def draft(self) -> TurnDraft:
        """A fresh working copy: every attempt starts from the record, not from a failed attempt's leftovers."""
        conversation, memory = self.conversation, Memory.model_validate(self.conversation.memory)
        return TurnDraft(
            turn_id=self.turn_id,
            conversation_id=conversation.id,
            customer_id=conversation.customer_id,
            channel=conversation.channel,
            owner=conversation.owner,
            now=self.now,
            text=joined(self.messages),
            seqs=[message.seq for message in self.messages],
            first_seq=self.messages[0].seq,
            received_at=self.messages[0].at,
            reading=self.reading,
            levels=list(conversation.mood_levels),
            stage=conversation.stage,
            memory=memory,
            intent=self.resolution.intent,
            args=dict(self.resolution.args),
            case_number=conversation.case_number,
            previous_question=conversation.open_question,
            phase=conversation.stage,
            place=conversation.place,
        )

    def metadata(self, draft: TurnDraft, attempt: int, token: str) -> dict[str, Any]:
        """What the bot is told besides the text."""
        mood = draft.reading.mood
        return {
            "turn": self.turn_id,
            "attempt": attempt,
            "token": token,
            "conversation": draft.conversation_id,
            "now": self.now.isoformat(),
            "owner": draft.owner,
            "intent": {"name": self.resolution.intent} if self.resolution.intent else None,
            "entities": {
                "mood_gate": "upset" if mood.level >= 2 else "calm",
                "stage": draft.stage,
            },
            "expects": self.resolution.expects,
        }


def joined(messages: list[Message]) -> str:
    """A burst as one text; what cannot be read stands in the record, not in the text."""
    return "\n".join(message.text for message in messages if message.kind == "text")


async def take_lease(
    database: Database,
    reader: Reader,
    policy: Policy,
    conversation_id: str,
    *,
    now: datetime,
    intents: list[str],
) -> Lease | None:
    """The next turn of this conversation, or None when there is nothing to do or somebody is at it."""
    async with database.transaction() as session:
        conversation = await get_conversation(session, conversation_id, lock=True)
        busy_until = await _busy_until(session, conversation, now)
        if busy_until is not None:
            # Looked at again when that lease ends, whoever lives then.
            conversation.answer_at = busy_until
            return None
        messages = await unanswered(session, conversation)
        conversation.answer_at = conversation.burst_since = None
        if not messages or conversation.owner == "agent":
            return None
        # Danger gets a turn of its own: what was said before and after it is answered afterwards.
        messages = _one_subject(messages)
        turn = Turn(
            id=new_id(),
            conversation_id=conversation.id,
            state="running",
            attempt=0,
            owner=conversation.owner,
            version=conversation.version,
            from_seq=messages[0].seq,
            to_seq=messages[-1].seq,
            started_at=now,
            expires_at=now + timedelta(seconds=policy.dialogue.turn.give_up_s * 2),
        )
        session.add(turn)
        # Should this process die, the answer is owed again when its lease is over.
        conversation.answer_at = turn.expires_at
        await session.flush()
        earlier = conversation.mood_levels[: len(conversation.mood_levels) - len(messages)]
        told = "" if _read_already(messages) else await told_before(session, conversation.id, seq=messages[0].seq)
    reading = await _reading_of(reader, messages, conversation, earlier, told)
    resolution = resolve(_state(conversation, messages, reading), policy, intents)
    return Lease(turn.id, conversation, messages, reading, resolution, now)


async def _busy_until(session: AsyncSession, conversation: Conversation, now: datetime) -> datetime | None:
    running = await session.scalar(select(Turn).where(Turn.conversation_id == conversation.id, Turn.state == "running"))
    if running is None:
        return None
    if running.expires_at > now:
        return running.expires_at
    # Its process died in the middle: nothing of it was said, so it is simply taken again.
    running.state, running.ended_at, running.why = "dropped", now, "lease expired"
    await session.flush()
    return None


def _one_subject(messages: list[Message]) -> list[Message]:
    for n, message in enumerate(messages):
        alone = message.choice is not None or bool((message.reading or {}).get("risk"))
        if alone:
            return messages[:n] or messages[:1]
    return messages


def _read_already(messages: list[Message]) -> bool:
    return len(messages) == 1 and messages[0].reading is not None


async def _reading_of(
    reader: Reader, messages: list[Message], conversation: Conversation, earlier: list[int], told: str
) -> Reading:
    if _read_already(messages):
        return Reading.model_validate(messages[0].reading)
    memory = Memory.model_validate(conversation.memory)
    return await asyncio.to_thread(
        reader.read,
        joined(messages),
        now=messages[-1].at,
        history=MoodHistory(levels=tuple(earlier[-6:]), score=conversation.mood_score),
        asked=tuple(memory.asked),
        told=told,
    )


def _state(conversation: Conversation, messages: list[Message], reading: Reading) -> State:
    memory = Memory.model_validate(conversation.memory)
    return State(
        reading=reading,
        text=joined(messages),
        stage=conversation.stage,
        owner=conversation.owner,
        memory=memory,
        question=conversation.open_question,
        now=messages[-1].at,
        choice=messages[0].choice,
        parked=memory.parked is not None
        or (conversation.stage in ("open", "soothe") and conversation.case_number is not None),
    )
