"""A colleague proposes one of the three changes to the customer he is talking with, or writes down what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.appointments.offering import Option, slot_options
from desk.appointments.service import book, free_slots, say_slot
from desk.appointments.slots import SlotTaken
from desk.changes.models import Change
from desk.changes.places import PRIVATE, place_to_call, places_for
from desk.changes.service import decline, executed_in_case, of_conversation, offer, pending, record
from desk.clock import require_aware
from desk.consents.service import record_consent
from desk.conversations.models import Conversation
from desk.conversations.service import add_message, check_version, get_conversation
from desk.conversations.voice import voice_of
from desk.db import new_id
from desk.errors import Conflict, Invalid
from desk.policy.schemas import Policy
from desk.staff.models import Staff
from desk.texts.service import texts
from desk.tickets.models import Ticket

INTENTS = {
    "change_person": "request_other_person",
    "change_place": "request_other_place",
    "change_time": "request_other_time",
}


async def propose(
    session: AsyncSession,
    conversation_id: str,
    agent: Staff,
    *,
    version: int,
    kind: str,
    asked: bool,
    note: str | None,
    policy: Policy,
    now: datetime,
) -> Change:
    """Offer a change in the colleague's name. Raises Conflict when the customer refused it already (unless he `asked`), when
    two offers are open, or when three changes were carried out and the head of the unit should decide."""
    conversation, ticket = await _mine(session, conversation_id, agent, version)
    rows = await of_conversation(session, conversation_id)
    if not asked and any(row.kind == kind and row.answer == "declined" for row in rows):
        raise Conflict("客户已经谢绝过这个改变，除非客户自己提出，不再提。")
    open_kinds = {row.kind for row in rows if row.answer == "pending"} | {kind}
    if len(open_kinds) > policy.dialogue.changes.offers_per_message:
        raise Conflict("一次最多提两个改变，先等客户回答。")
    done = await executed_in_case(session, conversation_id, ticket.number if ticket else None)
    if done >= policy.dialogue.changes.most and policy.changes.head not in agent.skills and agent.role != "supervisor":
        raise Conflict(f"这件事已经换过{done}次，请转给投诉部门负责人来定。")
    options, offered, said = await _options(session, ticket, kind, policy, now)
    key = new_id()
    row = await offer(
        session,
        conversation_id=conversation_id,
        ticket=ticket.number if ticket else None,
        effect=f"proposed:{key}",
        kind=kind,
        rows=[],
        now=now,
        mood=conversation.mood_levels[-1] if conversation.mood_levels else 0,
        target=None,
        options=offered,
        initiated_by="agent",
    )
    row.note = note
    options.append((texts().say("changes.button.decline"), {"intent": "decline_change", "args": {"kinds": [kind]}}))
    voice = await voice_of(session, conversation)
    await add_message(
        session,
        conversation,
        by="agent",
        text=voice(said),
        now=now,
        sender=f"staff:{agent.work_no}",
        external_id=f"{conversation_id}:{key}",
        agent_id=agent.id,
        phase="escalate",
        buttons=[{"title": voice(title), "choice": f"{key[:12]}-{n}"} for n, (title, _) in enumerate(options)],
    )
    conversation.open_question = {
        "kind": "offer",
        "kinds": [kind],
        "options": [
            {"id": f"{key[:12]}-{n}", "title": title, "payload": payload} for n, (title, payload) in enumerate(options)
        ],
    }
    return row


async def _options(
    session: AsyncSession, ticket: Ticket | None, kind: str, policy: Policy, now: datetime
) -> tuple[list[Option], Sequence[str], str]:
    say = texts().say
    if kind == "change_time":
        place = place_to_call(ticket, policy)
        slots = await free_slots(session, policy, ticket, now, place=place)
        lead = say("changes.time.slots_text" if place == PRIVATE else "changes.time.slots")
        told = "、".join(say_slot(slot.start, slot.branch) for slot in slots)
        return slot_options(slots, place), [slot.start.isoformat() for slot in slots], lead + told
    if kind == "change_place":
        places = await places_for(session, policy, ticket, now)
        names = "，".join(say(f"changes.place.names.{place}") for place in places)
        options: list[Option] = [
            (say(f"changes.button.{place}"), {"intent": INTENTS[kind], "args": {"place": place}}) for place in places
        ]
        return options, places, say("changes.place.ask", places=names) + say("changes.place.consent")
    yes: Option = (say("changes.button.change_person"), {"intent": INTENTS[kind], "args": {"accepts": kind}})
    return [yes], [kind], say("changes.offer.change_person")


async def note_answer(
    session: AsyncSession,
    conversation_id: str,
    agent: Staff,
    *,
    version: int,
    kind: str,
    accepted: bool,
    place: str | None,
    start: datetime | None,
    note: str | None,
    policy: Policy,
    now: datetime,
) -> Change:
    """Write down what the customer answered in words, and book the time agreed.

    Raises Conflict without an open offer, Invalid for a place that does not suit him, SlotTaken when the time is gone.
    """
    conversation, ticket = await _mine(session, conversation_id, agent, version)
    row = await pending(session, conversation_id, kind)
    if row is None:
        raise Conflict("没有等客户回答的提议，先提出来。")
    if note:
        row.note = note
    if not accepted:
        await decline(session, conversation_id, [kind], now)
        return row
    args = {**({"place": place} if place else {}), **({"start": require_aware(start).isoformat()} if start else {})}
    await _accept(session, conversation, ticket, row, args, policy, now)
    return row


async def answer_tap(
    session: AsyncSession, conversation: Conversation, choice: str, policy: Policy, now: datetime
) -> None:
    """The customer taps what a colleague has offered him; the bot is silent, so it is written down here."""
    question = conversation.open_question or {}
    option = next((one for one in question.get("options", []) if one["id"] == choice), None)
    if option is None or question.get("kind") not in ("offer", "slots"):
        return
    ticket = await session.get(Ticket, conversation.case_number) if conversation.case_number else None
    args = option["payload"].get("args", {})
    if "kinds" in args:
        await decline(session, conversation.id, args["kinds"], now)
    else:
        kind = next(kind for kind, intent in INTENTS.items() if intent == option["payload"]["intent"])
        row = await pending(session, conversation.id, kind)
        if row is None:
            return
        try:
            await _accept(session, conversation, ticket, row, args, policy, now)
        except (SlotTaken, Invalid):
            # Gone meanwhile: the tap stands in the thread, and the colleague who is there offers another time.
            return
    conversation.open_question = None


async def _accept(
    session: AsyncSession,
    conversation: Conversation,
    ticket: Ticket | None,
    row: Change,
    args: dict[str, Any],
    policy: Policy,
    now: datetime,
) -> None:
    place = args.get("place") or args.get("call") or place_to_call(ticket, policy)
    if row.kind == "change_place":
        if place not in await places_for(session, policy, ticket, now):
            raise Invalid("这个地方不适合这位客户，或者现在没有空的房间。")
        consent = await record_consent(
            session,
            conversation_id=conversation.id,
            ticket=row.ticket,
            effect=row.effect,
            purpose="change_place",
            text=texts().say("changes.place.consent"),
            given=True,
            now=now,
            seq=conversation.last_seq,
        )
        row.consent_text_version, row.target, row.source = consent.version, place, conversation.place
    start = args.get("start")
    if row.kind == "change_time" and start is None:
        raise Invalid("要写明约好的时间。")
    if start is not None:
        booked = await book(
            session,
            policy=policy,
            conversation_id=conversation.id,
            ticket=row.ticket,
            effect=row.effect,
            start=datetime.fromisoformat(start),
            now=now,
            turn_id=None,
            place=place,
            branch=args.get("branch"),
        )
        row.start, row.end = booked.start, booked.end
    row.answer, row.answered_at = "accepted", now
    if row.kind == "change_time" or (
        row.kind == "change_place" and place == PRIVATE and conversation.place == "private"
    ):
        row.executed_at = now
    await session.flush()
    await record_time_of_place(session, row, now)


async def record_time_of_place(session: AsyncSession, row: Change, now: datetime) -> None:
    """Another place at another time is a change of time as well, as in the dialogue."""
    if row.kind != "change_place" or row.start is None:
        return
    time = await record(
        session,
        conversation_id=row.conversation_id,
        ticket=row.ticket,
        effect=f"time:{row.effect}",
        kind="change_time",
        rows=row.trigger_rows,
        answer="accepted",
        now=now,
        mood=row.mood_before or 0,
        initiated_by=row.initiated_by,
        executed=True,
    )
    time.start, time.end = row.start, row.end
    await session.flush()


async def _mine(
    session: AsyncSession, conversation_id: str, agent: Staff, version: int
) -> tuple[Conversation, Ticket | None]:
    conversation = await get_conversation(session, conversation_id, lock=True)
    check_version(conversation, version, {"kind": conversation.owner})
    if conversation.agent_id != agent.id:
        raise Conflict("这个会话现在不归您，先接手再提。", owner={"kind": conversation.owner})
    ticket = await session.get(Ticket, conversation.case_number) if conversation.case_number else None
    return conversation, ticket
