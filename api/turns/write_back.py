"""Writing a turn back: replies, state, promises and hand-over in one transaction, if the owner is still the same."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.turns.prepare import Lease
from desk.conversations.draft import TurnDraft
from desk.conversations.memory import Memory
from desk.conversations.models import Conversation, Turn
from desk.conversations.service import get_conversation, note_event, unanswered
from desk.conversations.voice import speak
from desk.policy.schemas import Policy
from desk.promises.service import open_spoken, void_unsaid
from desk.queue.packet import hand_over_packet
from desk.queue.service import Wait, enter, leave, wait_of
from desk.texts.service import texts
from desk.tickets.models import Ticket
from desk.urgent.service import handle_urgent
from desk.work.service import plan_work

KEEPS_QUESTION = frozenset({"enquiry"})
Reply = dict[str, Any]


async def write_back(
    session: AsyncSession,
    lease: Lease,
    draft: TurnDraft,
    answer: dict[str, Any],
    policy: Policy,
    now: datetime,
) -> bool:
    """Store the bot's answer; False when a person took over meanwhile, who wins: the answer is dropped."""
    conversation = await get_conversation(session, lease.conversation.id, lock=True)
    turn = await session.get(Turn, lease.turn_id)
    if turn is None or turn.state != "running":
        return False
    turn.ended_at = now
    if conversation.version != turn.version or conversation.owner != turn.owner:
        await drop(session, conversation, turn, draft, "owner changed")
        return False
    turn.state = "done"
    conversation.answer_at = None
    conversation.answered_seq = max(conversation.answered_seq, turn.to_seq)
    conversation.bot_state = answer["state"]
    if "second_chance" in draft.args:
        await _believe_the_model(session, conversation, lease, draft, policy, now)
    conversation.stage = draft.stage
    conversation.case_number = draft.case_number or conversation.case_number
    replies = [reply for reply in answer["messages"] if reply.get("text")]
    intent = str((answer.get("intent") or {}).get("name"))
    turn.intent = intent
    options = await _say_all(session, conversation, lease, draft, replies, intent, policy, now)
    conversation.open_question = _question(draft, options)
    draft.memory.last_said = [str(replies[-1]["text"])[:500]] if replies else draft.memory.last_said
    conversation.memory = draft.memory.model_dump()
    await open_spoken(session, turn.id)
    if await unanswered(session, conversation):
        conversation.answer_at = now
    elif conversation.channel == "web" and conversation.stage in ("soothe", "facts", "confirm"):
        await plan_silence(session, conversation, policy, now)
    await session.flush()
    return True


async def _believe_the_model(
    session: AsyncSession, conversation: Conversation, lease: Lease, draft: TurnDraft, policy: Policy, now: datetime
) -> None:
    """Danger that only the model heard gets the same ticket, queue entry and first sentence as danger told in plain words."""
    reading = lease.reading.model_copy(update={"risk": draft.args["second_chance"], "risk_stage": "unclear"})
    handled = await handle_urgent(session, conversation, lease.messages[-1], reading, policy, now)
    told = draft.memory.urgent_told
    draft.memory = Memory.model_validate(conversation.memory)
    draft.memory.urgent_told = told
    draft.case_number, draft.stage = handled.ticket.number, "urgent"


async def plan_silence(session: AsyncSession, conversation: Conversation, policy: Policy, now: datetime) -> None:
    """A customer who falls silent in the middle is told, once, that nothing is lost (3-dialogue.md 3.13)."""
    await plan_work(
        session,
        key=f"silence:{conversation.id}:{conversation.case_number}",
        kind="silence",
        due_at=now + timedelta(minutes=policy.dialogue.silence_minutes),
        to="customer",
        ticket=conversation.case_number,
        conversation_id=conversation.id,
    )


async def drop(
    session: AsyncSession, conversation: Conversation, turn: Turn, draft: TurnDraft | None, why: str
) -> None:
    """Nobody will hear this turn: void its promises, and tell the colleague what the customer was not told."""
    turn.state, turn.why = "dropped", why
    conversation.answer_at = None
    await void_unsaid(session, turn.id)
    if conversation.owner == "agent":
        conversation.answered_seq = max(conversation.answered_seq, turn.to_seq)
    if draft is not None and draft.case_number:
        ticket = await session.get(Ticket, draft.case_number)
        if ticket is not None and ticket.registered_seq in draft.seqs:
            ticket.flags = {**ticket.flags, "customer_not_told": True}
        conversation.case_number = conversation.case_number or draft.case_number
    await note_event(session, conversation, "turn_dropped", "system", turn.ended_at or turn.started_at, why=why)


async def _say_all(
    session: AsyncSession,
    conversation: Conversation,
    lease: Lease,
    draft: TurnDraft,
    replies: list[Reply],
    answer_intent: str,
    policy: Policy,
    now: datetime,
) -> list[dict[str, Any]]:
    wait = await _move_owner(session, conversation, draft, policy, now)
    options: list[dict[str, Any]] = []
    place = conversation.place
    redacted = sorted({kind for message in lease.messages for kind in message.redacted})
    secret = any(kind in ("otp", "password", "cvv", "card", "id") for kind in redacted)
    for n, reply in enumerate(replies):
        custom = reply.get("custom") or {}
        text = str(reply["text"]).replace("{number}", draft.case_number or "")
        if n == 0 and secret and draft.memory.urgent is None:
            text = texts().say("system.redacted") + "\n" + text
        if n == len(replies) - 1 and was_helpful_due(answer_intent, draft):
            text += texts().say("follow_up.enquiry")
            reply = {**reply, "buttons": helpful_buttons()}
            draft.memory.topic = None
        if n == len(replies) - 1 and wait is not None:
            text += say_wait(wait)
        buttons = [_option(button) for button in reply.get("buttons") or []]
        if buttons:
            options = buttons
        place = custom.get("place", draft.place if n else place)
        await speak(
            session,
            conversation,
            text,
            now=now,
            place=place,
            buttons=[{"title": button["title"], "choice": button["id"]} for button in buttons],
            turn_id=lease.turn_id,
            external_id=f"{lease.turn_id}:{n}",
            phase=custom.get("phase", draft.phase if draft.phase in ("enquiry",) else "open"),
            asked=list(custom.get("asked", [])),
            answers=draft.seqs,
        )
    conversation.place = draft.place
    return options


async def _move_owner(
    session: AsyncSession, conversation: Conversation, draft: TurnDraft, policy: Policy, now: datetime
) -> Wait | None:
    if draft.leave_queue:
        await leave(session, conversation, now)
        return None
    if draft.hand_off is not None:
        await enter(
            session,
            conversation,
            reason=draft.hand_off.reason,
            priority=draft.hand_off.priority,
            skill=draft.hand_off.skill,
            policy=policy,
            now=now,
            packet=await hand_over_packet(session, conversation, draft.hand_off.reason),
        )
    elif not draft.args.get("say_wait"):
        return None
    return await wait_of(session, conversation.id, policy, now)


def helpful_buttons() -> list[dict[str, Any]]:
    """One tap: it helped, or a person please."""
    return [
        {"title": texts().say("follow_up.helpful"), "payload": {"intent": "confirm_resolved"}},
        {"title": texts().say("follow_up.not_helpful"), "payload": {"intent": "request_human"}},
    ]


def was_helpful_due(intent: str, draft: TurnDraft) -> bool:
    """At the end of an enquiry, and only there: one light question, which may be left unanswered (3.11)."""
    return intent in ("thank", "goodbye") and draft.memory.topic is not None and draft.case_number is None


def say_wait(wait: Wait) -> str:
    """The position as it is at this moment; silence about minutes when nobody is there."""
    if wait.eta_s is None:
        return texts().say(
            "changes.waiting.nobody" if wait.staffed else "changes.waiting.closed", position=wait.position
        )
    return texts().say("changes.waiting.position", position=wait.position, minutes=max(1, round(wait.eta_s / 60)))


def _option(button: dict[str, Any]) -> dict[str, Any]:
    payload = button["payload"]
    return {
        "id": secrets.token_hex(6),
        "title": button["title"],
        "payload": json.loads(payload) if isinstance(payload, str) else payload,
    }


def _question(draft: TurnDraft, options: list[dict[str, Any]]) -> dict[str, Any] | None:
    question = draft.question
    if question is None and options:
        question = {"kind": "menu"}
    if question is None and draft.phase in KEEPS_QUESTION:
        question = draft.previous_question
    if question is None:
        return None
    return {**question, "options": options} if options else dict(question)
