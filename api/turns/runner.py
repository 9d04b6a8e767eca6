"""Running a turn: lease, ask the bot, write back; try again once, then a person (architecture.md, 6–10)."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from actions.base import Work
from api.turns.bot import Bot, BotUnreachable, sensible
from api.turns.prepare import Lease, joined, take_lease
from api.turns.write_back import drop, say_wait, write_back
from desk.clock import Clock
from desk.conversations.draft import TurnDraft
from desk.conversations.memory import Memory
from desk.conversations.models import Turn
from desk.conversations.service import get_conversation, hash_token, note_event, unanswered
from desk.conversations.voice import speak
from desk.db import Database
from desk.policy.schemas import Policy
from desk.queue.packet import hand_over_packet
from desk.queue.service import enter, wait_of
from desk.reading.model_text import model_text
from desk.reading.service import Reader
from desk.texts.service import texts

log = structlog.get_logger()


@dataclass
class TurnRunner:
    """Takes turns. One instance a process; conversations run side by side, each strictly one turn at a time."""

    database: Database
    bot: Bot
    clock: Clock
    policy: Policy
    reader: Reader
    intents: list[str]
    actions_url: str
    attempts: dict[str, Work] = field(default_factory=dict)
    """Attempts in flight by token hash: only their custom actions are served."""
    changed: Callable[[str, int | None], Awaitable[None]] | None = None
    """Told as soon as a turn is written back; the outbox would get there too, one round later."""
    understood: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The model's last reading by conversation; for replays and the desk's reading panel."""

    async def run(self, conversation_id: str) -> bool:
        """Answer what is unanswered; False when there was nothing to do."""
        lease = await take_lease(
            self.database, self.reader, self.policy, conversation_id, now=self.clock.now(), intents=self.intents
        )
        if lease is None:
            return False
        if lease.resolution.stale:
            await self._say_plainly(lease, "system.stale")
            await self._tell(lease)
            return True
        if not any(char.isalnum() for char in joined(lease.messages)) and lease.messages[0].choice is None:
            question = (lease.conversation.open_question or {}).get("kind")
            if lease.resolution.intent is None or question is None:
                await self._say_plainly(lease, wordless(joined(lease.messages)))
                await self._tell(lease)
                return True
        await self._attempts(lease)
        return True

    async def _tell(self, lease: Lease, last_seq: int | None = None) -> None:
        if self.changed is not None:
            await self.changed(lease.conversation.id, last_seq)

    async def _attempts(self, lease: Lease) -> None:
        rule = self.policy.dialogue.turn
        loop = asyncio.get_running_loop()
        give_up = loop.time() + rule.give_up_s
        draft: TurnDraft | None = None
        for attempt in range(1, rule.attempts + 1):
            left = give_up - loop.time()
            if left <= 0.5:
                break
            draft = lease.draft()
            answer = await self._attempt(lease, draft, attempt, min(rule.attempt_s, left))
            if answer is not None and await self._written(lease, draft, answer):
                return
            await asyncio.sleep(0.2 if attempt < rule.attempts else 0)
        await self._give_up(lease, draft)
        await self._tell(lease)

    async def _attempt(self, lease: Lease, draft: TurnDraft, attempt: int, timeout_s: float) -> dict[str, Any] | None:
        token = secrets.token_urlsafe(24)
        key = hash_token(token)
        self.attempts[key] = Work(self.database, self.policy, draft, self.reader)
        try:
            answer = await self._ask(
                {
                    "turn": lease.turn_id,
                    "attempt": attempt,
                    "text": model_text(draft.text),
                    "metadata": lease.metadata(draft, attempt, token),
                    "state": lease.conversation.bot_state,
                    "actions_url": self.actions_url,
                },
                timeout_s,
            )
        except BotUnreachable as error:
            log.warning("turn_attempt_failed", turn=lease.turn_id, attempt=attempt, why=str(error))
            return None
        finally:
            self.attempts.pop(key, None)
        self.understood[draft.conversation_id] = {"intent": answer.get("intent"), "ranking": answer.get("ranking")}
        missing = set(answer.get("actions", [])) - set(draft.succeeded) - REJECTING
        if (
            draft.failed
            or answer.get("failed")
            or missing
            or not any(str(m.get("text") or "").strip() for m in answer["messages"])
        ):
            log.warning(
                "turn_attempt_failed",
                turn=lease.turn_id,
                attempt=attempt,
                why="action failed or empty",
                failed=[*draft.failed, *answer.get("failed", []), *missing],
            )
            return None
        return answer

    async def _ask(self, payload: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        """The bot's answer; whatever it does instead of answering sensibly counts as not answering."""
        try:
            return sensible(await self.bot.turn(payload, timeout_s))
        except (BotUnreachable, SQLAlchemyError):
            raise
        except Exception as error:
            raise BotUnreachable(type(error).__name__) from error

    async def _written(self, lease: Lease, draft: TurnDraft, answer: dict[str, Any]) -> bool:
        """Write back; an answer that cannot be written (a button without a payload) is no answer."""
        try:
            async with self.database.transaction() as session:
                last_seq = await write_back(session, lease, draft, answer, self.policy, self.clock.now())
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            log.warning("turn_attempt_failed", turn=lease.turn_id, why=f"unwritable: {type(error).__name__}")
            return False
        await self._tell(lease, last_seq)
        return True

    async def _say_plainly(self, lease: Lease, key: str) -> None:
        """An answer that needs no bot; the open question stands."""
        now = self.clock.now()
        async with self.database.transaction() as session:
            conversation = await get_conversation(session, lease.conversation.id, lock=True)
            turn = await session.get(Turn, lease.turn_id)
            if turn is None or turn.state != "running":
                return
            turn.ended_at = now
            if conversation.version != turn.version:
                await drop(session, conversation, turn, None, "owner changed")
                return
            turn.state = "done"
            conversation.answer_at = None
            conversation.answered_seq = max(conversation.answered_seq, turn.to_seq)
            await speak(
                session,
                conversation,
                texts().say(key),
                now=now,
                phase="open",
                answers=[message.seq for message in lease.messages],
                turn_id=turn.id,
            )
            if await unanswered(session, conversation):
                conversation.answer_at = now

    async def _give_up(self, lease: Lease, draft: TurnDraft | None) -> None:
        """The bot cannot: say so within ten seconds, lose nothing, and let a person have it."""
        now = self.clock.now()
        async with self.database.transaction() as session:
            conversation = await get_conversation(session, lease.conversation.id, lock=True)
            turn = await session.get(Turn, lease.turn_id)
            if turn is None or turn.state != "running":
                return
            turn.ended_at = now
            if conversation.version != turn.version:
                await drop(session, conversation, turn, draft, "owner changed")
                return
            await drop(session, conversation, turn, draft, "bot unreachable")
            turn.state = "given_up"
            conversation.answered_seq = max(conversation.answered_seq, turn.to_seq)
            await note_event(session, conversation, "bot_down", "system", now)
            waiting = conversation.owner == "queue"
            if not waiting:
                await enter(
                    session,
                    conversation,
                    reason="bot_down",
                    priority=conversation.priority,
                    skill="agent",
                    policy=self.policy,
                    now=now,
                    packet=await hand_over_packet(session, conversation, "bot_down"),
                )
                conversation.stage = "waiting"
            wait = await wait_of(session, conversation.id, self.policy, now)
            memory = Memory.model_validate(conversation.memory)
            text = self._waiting_text(memory, waiting) + (say_wait(wait) if wait else "")
            # The urgent question has now been put, with or without the bot: it is not put again.
            memory.urgent_told += memory.urgent is not None
            conversation.memory = memory.model_dump()
            await speak(
                session,
                conversation,
                text,
                now=now,
                phase="urgent" if memory.urgent else "handoff",
                answers=[message.seq for message in lease.messages],
                turn_id=turn.id,
            )
            if await unanswered(session, conversation):
                conversation.answer_at = now

    def _waiting_text(self, memory: Memory, waiting: bool) -> str:
        if memory.urgent is not None:
            key = "late_self_harm" if memory.urgent == "self_harm" else "late"
            return texts().say(f"urgent.{key}") if memory.urgent_told else texts().say(f"urgent.{memory.urgent}.next")
        return texts().say("changes.waiting.message" if waiting else "system.bot_down")


def wordless(text: str) -> str:
    """What to say to a message without a word in it: a picture, an emoji, or bare marks."""
    if not text:
        return "system.non_text"
    return "system.emoji" if any(unicodedata.category(char) == "So" for char in text) else "system.marks"


REJECTING = frozenset({"validate_facts_form", "validate_confirm_form"})
"""These may answer "not for me", which is no failure."""
