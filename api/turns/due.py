"""What falls due: surveys, updates, reminders, promises, waits nobody accepted. Each row fires once, in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.turns.due_casework import do_cause_look, do_handover
from api.turns.due_clocks import do_decision_at_risk, do_decision_near
from api.turns.due_daily import do_omissions, do_retention
from api.turns.due_surveys import do_survey, do_survey_remind, do_target
from api.turns.due_updates import do_owner, do_update
from desk.appointments.models import Appointment
from desk.appointments.offering import offer_again
from desk.appointments.service import attempts_of, missed_by_customer, missed_by_us, of_promise, say_slot
from desk.changes.service import of_conversation as changes_of
from desk.changes.service import offer
from desk.clocks.service import AT_RISK, NEAR, start_clocks
from desk.clocks.target import TARGET
from desk.conversations import closing
from desk.conversations.memory import Memory
from desk.conversations.models import Conversation
from desk.conversations.service import get_conversation
from desk.conversations.voice import speak
from desk.omissions import service as omissions
from desk.policy.hours import quiet_until
from desk.policy.schemas import Policy
from desk.promises.models import Promise
from desk.promises.service import break_promise
from desk.queue.models import QueueEntry
from desk.queue.service import enter, not_accepted
from desk.retention import service as retention
from desk.texts.service import texts
from desk.tickets.judging import LATE
from desk.tickets.models import Ticket
from desk.tickets.owning import own
from desk.tickets.service import facts_of
from desk.tickets.states import move
from desk.updates.service import OWNER
from desk.work.models import DueWork


@dataclass(frozen=True)
class Due:
    """One row and where it acts."""

    session: AsyncSession
    row: DueWork
    policy: Policy
    now: datetime

    async def conversation(self) -> Conversation | None:
        """The conversation it belongs to, locked."""
        if self.row.conversation_id is None:
            return None
        return await get_conversation(self.session, self.row.conversation_id, lock=True)

    async def ticket(self) -> Ticket | None:
        """The ticket it belongs to."""
        return await self.session.get(Ticket, self.row.ticket) if self.row.ticket else None

    async def say(
        self, conversation: Conversation, text: str, *, phase: str, question: dict[str, object] | None = None
    ) -> None:
        """Speak first; the effect's key is the message's id, so it cannot be said twice."""
        options = list(question.get("options", [])) if question else []  # type: ignore[call-overload]
        await speak(
            self.session,
            conversation,
            text,
            now=self.now,
            external_id=f"due:{self.row.key}",
            phase=phase,
            asked=[str(question["item"])] if question and "item" in question else [],
            buttons=[{"title": option["title"], "choice": option["id"]} for option in options],
        )
        if question is not None:
            conversation.open_question = question


async def do_promise(due: Due) -> datetime | None:
    """Due and not kept: broken, and somebody has to answer for it."""
    promise = await due.session.get(Promise, due.row.data["promise"])
    appointment = await of_promise(due.session, promise) if promise is not None and promise.state == "open" else None
    if appointment is not None:
        await appointment_is_over(due, appointment)
        return None
    await break_promise(due.session, due.row.data["promise"], due.now)
    return None


async def appointment_is_over(due: Due, row: Appointment) -> None:
    """Its time has passed and nobody wrote down what became of it: tried in vain, or never tried."""
    tried = await attempts_of(due.session, row)
    if tried:
        await missed_by_customer(due.session, row, due.now)
    else:
        await missed_by_us(due.session, row, due.now)
    lead = "changes.time.missed_by_customer" if tried else "changes.time.missed_by_us"
    await offer_again(due.session, row, lead=lead, policy=due.policy, now=due.now)


async def do_reminder(due: Due) -> datetime | None:
    """Ten minutes before the appointment."""
    conversation = await due.conversation()
    row = await due.session.get(Appointment, due.row.data["appointment"])
    if conversation is None or row is None or row.state != "booked" or row.start < due.now - timedelta(minutes=30):
        return None
    key = (
        "changes.time.remind" if row.kind == "call" and row.place in (None, "phone") else "changes.time.remind_meeting"
    )
    question = conversation.open_question
    await due.say(conversation, texts().say(key, start=say_slot(row.start, row.branch)), phase="escalate")
    conversation.open_question = question
    return None


async def do_accept(due: Due) -> datetime | None:
    """Nobody accepted in time: alarm, and the customer is told the truth with the hotlines."""
    conversation = await due.conversation()
    entry = await due.session.get(QueueEntry, due.row.data["entry"])
    if conversation is None or entry is None or not await not_accepted(due.session, entry, due.now):
        return None
    memory = Memory.model_validate(conversation.memory)
    if entry.priority == "P0":
        key = "urgent.late_self_harm" if memory.urgent == "self_harm" else "urgent.late"
        await due.say(conversation, texts().say(key), phase="urgent")
    elif entry.reason != "draft_judge":
        await _offer_time(due, conversation, entry)
    return None


async def _offer_time(due: Due, conversation: Conversation, entry: QueueEntry) -> None:
    """Row 19: a wait that grows long may be changed for a time of the customer's choosing, if he has not refused one."""
    rows = await changes_of(due.session, conversation.id)
    if any(row.kind == "change_time" and row.answer in ("declined", "accepted") for row in rows):
        return
    await offer(
        due.session,
        conversation_id=conversation.id,
        ticket=entry.ticket,
        effect=f"long-wait:{entry.id}",
        kind="change_time",
        rows=[19],
        now=due.now,
        mood=conversation.mood_levels[-1] if conversation.mood_levels else 0,
        target=None,
        options=["change_time"],
    )
    say = texts().say
    options = (
        (say("changes.button.change_time"), {"intent": "request_other_time", "args": {"accepts": "change_time"}}),
        (say("changes.button.decline"), {"intent": "decline_change", "args": {"kinds": ["change_time"]}}),
    )
    question: dict[str, object] = {
        "kind": "offer",
        "kinds": ["change_time"],
        "options": [
            {"id": f"wait-{entry.id}-{n}", "title": title, "payload": payload}
            for n, (title, payload) in enumerate(options)
        ],
    }
    await due.say(conversation, say("changes.waiting.long"), phase="escalate", question=question)


async def do_silence(due: Due) -> datetime | None:
    """Ten minutes without a word in the middle of the facts."""
    conversation = await due.conversation()
    if conversation is None or conversation.owner != "bot" or conversation.stage not in ("soothe", "facts", "confirm"):
        return None
    quiet_since = conversation.last_at
    wait = timedelta(minutes=due.policy.dialogue.silence_minutes)
    if due.now < quiet_since + wait:
        return quiet_since + wait
    question = conversation.open_question
    await due.say(conversation, texts().say("facts.silence"), phase=conversation.stage)
    conversation.open_question = question
    return None


async def do_draft_follow_up(due: Due) -> datetime | None:
    """One gentle question about a draft that was left (3.1)."""
    conversation, ticket = await due.conversation(), await due.ticket()
    if conversation is None or ticket is None or ticket.state != "draft" or conversation.owner != "bot":
        return None
    if quiet_until(due.policy, due.now) > due.now:
        return quiet_until(due.policy, due.now)
    what = (await facts_of(due.session, ticket.number)).get("what")
    conversation.case_number = ticket.number
    conversation.stage = "open"
    text = texts().say("facts.draft_follow_up", what=((what.value if what else None) or "这件事")[:40])
    await due.say(conversation, text, phase="open", question={"kind": "draft", "number": ticket.number})
    return None


async def do_draft_judge(due: Due) -> datetime | None:
    """A draft nobody came back to is judged by a person, never dropped."""
    conversation, ticket = await due.conversation(), await due.ticket()
    if conversation is None or ticket is None or ticket.state != "draft":
        return None
    await own(due.session, ticket, due.policy.service.unit, by="system", now=due.now, reason="转人工判断")
    move(due.session, ticket, "registered", by="system", now=due.now, reason=LATE)
    ticket.registered_at = due.now
    await start_clocks(due.session, due.policy, ticket, now=due.now)
    if conversation.owner == "bot":
        await enter(
            due.session,
            conversation,
            reason="draft_judge",
            priority="P2",
            skill="agent",
            policy=due.policy,
            now=due.now,
            packet={"ticket": ticket.number},
        )
    return None


async def do_close(due: Due) -> datetime | None:
    """Nobody has written for long and nothing is to come: it is over."""
    conversation = await due.conversation()
    if conversation is None or conversation.closed_at is not None:
        return None
    idle_until = closing.idle_until(conversation, due.policy)
    if idle_until > due.now:
        return idle_until
    if await closing.something_to_come(due.session, conversation):
        return due.now + timedelta(hours=due.policy.service.clocks.close_idle_hours)
    await closing.close(due.session, conversation, by="system", now=due.now)
    return None


HANDLERS: dict[str, Callable[[Due], Awaitable[datetime | None]]] = {
    "survey": do_survey,
    "survey_remind": do_survey_remind,
    TARGET: do_target,
    "update": do_update,
    OWNER: do_owner,
    "promise": do_promise,
    "reminder": do_reminder,
    "accept": do_accept,
    "silence": do_silence,
    "draft_follow_up": do_draft_follow_up,
    "draft_judge": do_draft_judge,
    closing.LOOK: do_close,
    "handover": do_handover,
    "cause_look": do_cause_look,
    retention.LOOK: do_retention,
    omissions.LOOK: do_omissions,
    NEAR: do_decision_near,
    AT_RISK: do_decision_at_risk,
}
"""By kind; each returns None when done, or a later moment at which to try again."""


async def conversations_due(session: AsyncSession, now: datetime) -> list[str]:
    """Conversations whose customers wait for an answer now, longest first."""
    rows = await session.scalars(
        select(Conversation.id)
        .where(Conversation.answer_at.is_not(None), Conversation.answer_at <= now)
        .order_by(Conversation.answer_at)
    )
    return list(rows)
