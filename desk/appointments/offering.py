"""Telling the customer about an appointment that came to nothing, with new times to choose from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.appointments.models import Appointment
from desk.appointments.service import free_slots, say_slot
from desk.appointments.slots import Slot
from desk.changes.service import offer
from desk.clock import stamp
from desk.conversations.models import Conversation
from desk.conversations.service import get_conversation
from desk.conversations.voice import speak
from desk.policy.schemas import Policy
from desk.texts.service import texts
from desk.tickets.models import Ticket

Option = tuple[str, dict[str, Any]]


def slot_options(slots: list[Slot], place: str) -> list[Option]:
    """One option a slot; taking it is the whole answer."""
    return [
        (
            say_slot(slot.start, slot.branch),
            {
                "intent": "request_other_time",
                "args": {
                    "start": slot.start.isoformat(),
                    "end": slot.end.isoformat(),
                    "call": place,
                    **({"branch": slot.branch} if slot.branch else {}),
                },
            },
        )
        for slot in slots
    ]


async def offer_again(session: AsyncSession, row: Appointment, *, lead: str, policy: Policy, now: datetime) -> None:
    """Say why (`lead`, a key of `data/texts/changes.yml`) and offer new times; asked, not told, unless a colleague is talking."""
    conversation = await get_conversation(session, row.conversation_id, lock=True)
    ticket = await session.get(Ticket, row.ticket) if row.ticket else None
    place = row.place or "phone"
    slots = await free_slots(session, policy, ticket, now, place=place)
    said = texts().say(lead, start=say_slot(row.start)) + "、".join(say_slot(s.start, s.branch) for s in slots)
    key = f"{row.id}:{row.state}:{stamp(row.start)}"
    await _offer(session, conversation, row, slots, key, now)
    options = slot_options(slots, place)
    options.append((texts().say("changes.button.decline"), _no()))
    await speak(
        session,
        conversation,
        said,
        by="system" if conversation.owner == "agent" else "bot",
        now=now,
        external_id=f"appointment:{key}",
        phase="escalate",
        buttons=[]
        if conversation.owner == "agent"
        else [{"title": title, "choice": f"slot-{key}-{n}"} for n, (title, _) in enumerate(options)],
    )
    if conversation.owner != "agent":
        conversation.open_question = {
            "kind": "slots",
            "call": place,
            "options": [
                {"id": f"slot-{key}-{n}", "title": title, "payload": payload}
                for n, (title, payload) in enumerate(options)
            ],
        }


def _no() -> dict[str, Any]:
    return {"intent": "decline_change", "args": {"kinds": ["change_time"]}}


async def _offer(
    session: AsyncSession, conversation: Conversation, row: Appointment, slots: list[Slot], key: str, now: datetime
) -> None:
    await offer(
        session,
        conversation_id=conversation.id,
        ticket=row.ticket,
        effect=f"again:{key}",
        kind="change_time",
        rows=[7] if row.state == "missed_by_us" else [18],
        now=now,
        mood=conversation.mood_levels[-1] if conversation.mood_levels else 0,
        target=None,
        options=[slot.start.isoformat() for slot in slots],
    )
