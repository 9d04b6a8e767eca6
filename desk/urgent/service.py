"""Danger (3-dialogue.md 3.9): the P0 ticket, the queue entry and the first safety sentence, without the bot.

Runs inside the transaction that stores the message, so it works with Rasa killed, and a customer who is told a ticket
number can rely on it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.service import raise_alert
from desk.changes.service import record
from desk.clocks.service import start_clocks
from desk.conversations.memory import Memory
from desk.conversations.models import Conversation, Message
from desk.conversations.service import note_event
from desk.conversations.voice import speak
from desk.policy.schemas import Policy
from desk.queue.service import enter
from desk.reading.schemas import Reading
from desk.staff.models import Staff
from desk.texts.service import texts
from desk.tickets.models import Ticket
from desk.tickets.owning import own
from desk.tickets.service import add_item, link, open_draft, plan_update
from desk.tickets.states import move

INTENTS = {
    "fraud": "report_fraud",
    "unauthorized_txn": "report_unauthorized_txn",
    "identity_misuse": "report_unauthorized_txn",
    "card_loss": "report_card_loss",
    "violence": "threaten_violence",
    "self_harm": "self_harm_risk",
}
ROWS = {"self_harm": 1, "violence": 2, "fraud": 3, "unauthorized_txn": 4, "card_loss": 4, "identity_misuse": 4}
SKILLS = {1: "duty", 2: "supervisor", 3: "fraud", 4: "fraud"}
RESTRICTED_NOTE = "生命安全：内容限当班人员查看"
HIDDEN = ("self_harm",)
ASKS: dict[str, tuple[str, ...]] = {
    "fraud": ("amount", "when"),
    "unauthorized_txn": ("amount", "when"),
    "identity_misuse": ("when", "amount"),
    "card_loss": ("when",),
}
"""The facts worth a question while it is urgent."""
MONEY = ("fraud", "unauthorized_txn", "identity_misuse", "card_loss")


@dataclass(frozen=True)
class Handled:
    """What was done at once."""

    ticket: Ticket
    said: Message | None
    """The safety sentence; None when an agent owns the conversation (he is alerted instead) or it was said before."""


def missing(risk: str, known: Collection[str]) -> list[str]:
    """The facts still worth asking for."""
    return [key for key in ASKS.get(risk, ()) if key not in known]


def next_step(risk: str, open_keys: Sequence[str]) -> str:
    """Which of the risk's sentences follows the first one; it asks for nothing that has been told (rule F3)."""
    wanted = ASKS.get(risk, ())
    if len(open_keys) == len(wanted):
        return "next"
    return f"next_{open_keys[0]}" if open_keys else "more"


async def handle_urgent(
    session: AsyncSession,
    conversation: Conversation,
    message: Message,
    reading: Reading,
    policy: Policy,
    now: datetime,
) -> Handled:
    """Commit everything danger needs. The caller holds the conversation's lock and commits."""
    risk = reading.risk
    if risk is None:
        raise ValueError("nothing urgent in this reading")
    memory = Memory.model_validate(conversation.memory)
    if risk in MONEY and memory.urgent in MONEY and memory.urgent != risk:
        # More about the danger in hand, not a second danger: one case, one number.
        reading = reading.model_copy(update={"risk": memory.urgent})
        risk = reading.risk or risk
    first_time = memory.urgent != risk
    ticket = await _ticket(session, conversation, message, reading, policy, now)
    for role in ("security",) if risk == "violence" else ():
        await _alert(session, ticket, "security", role, now)
    await _alert(session, ticket, "urgent", SKILLS[ROWS[risk]], now)
    await _alert(session, ticket, "urgent", "supervisor", now)
    said = None
    if conversation.owner == "agent":
        await note_event(session, conversation, "urgent", "system", now, risk=risk, ticket=ticket.number)
        agent = await session.get(Staff, conversation.agent_id)
        await _alert(session, ticket, "urgent", agent.work_no if agent else "duty", now)
    else:
        if first_time and memory.urgent is None and conversation.stage in ("facts", "confirm", "soothe"):
            memory.parked = conversation.stage
        await record(
            session,
            conversation_id=conversation.id,
            ticket=ticket.number,
            effect=f"urgent:{risk}",
            kind="change_person",
            rows=[ROWS[risk]],
            answer="not_needed",
            now=now,
            mood=reading.mood.level,
            target=SKILLS[ROWS[risk]],
            source="bot",
            initiated_by="system",
        )
        await enter(
            session,
            conversation,
            reason=risk,
            priority="P0",
            skill=SKILLS[ROWS[risk]],
            policy=policy,
            now=now,
            packet={"risk": risk, "stage": reading.risk_stage},
        )
        if first_time:
            said = await speak(
                session,
                conversation,
                texts().say(
                    f"urgent.{risk}.first", number=ticket.number, presence=texts().say("urgent.presence.calling")
                ),
                now=now,
                phase="urgent",
                answers=[message.seq],
            )
        memory.urgent, memory.urgent_told = risk, 0 if first_time else memory.urgent_told
        memory.asked, conversation.open_question, conversation.stage = [], None, "urgent"
        conversation.memory = memory.model_dump()
    await session.flush()
    return Handled(ticket, said)


async def _ticket(
    session: AsyncSession,
    conversation: Conversation,
    message: Message,
    reading: Reading,
    policy: Policy,
    now: datetime,
) -> Ticket:
    risk = str(reading.risk)
    before = conversation.case_number
    ticket = await open_draft(
        session,
        conversation,
        kind="TS",
        effect=f"urgent:{conversation.id}:{risk}",
        received_at=message.at,
        now=now,
        intent=INTENTS[risk],
        priority="P0",
    )
    if ticket.state == "draft":
        await own(session, ticket, SKILLS[ROWS[risk]], by="system", now=now, reason=f"危急：{risk}")
        move(session, ticket, "registered", by="system", now=now, reason=f"危急：{risk}")
        ticket.registered_at, ticket.registered_seq = now, message.seq
        await start_clocks(session, policy, ticket, now=now)
        ticket.flags = {"restricted": True} if risk in HIDDEN else {}
        await add_item(
            session,
            ticket,
            effect="urgent",
            what=RESTRICTED_NOTE if risk in HIDDEN else message.text[:500],
            intent=INTENTS[risk],
            cause_six=None,
            cause_jrt=[] if ROWS[risk] in (1, 2) else ["fund_security"],
            from_seq=message.seq,
        )
        await plan_update(session, ticket)
    if before is not None and before != ticket.number:
        await link(session, ticket.number, "same_event", before)
    return ticket


async def _alert(session: AsyncSession, ticket: Ticket, kind: str, to: str, now: datetime) -> None:
    await raise_alert(
        session,
        key=f"{kind}:{ticket.number}:{to}",
        kind=kind,
        to=to,
        now=now,
        ticket=ticket.number,
        conversation_id=ticket.conversation_id,
    )
