"""The hand-over packet: everything a colleague needs so that the customer never has to say it twice (3-dialogue.md 3.6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.appointments.service import of_conversation as appointments_of
from desk.changes.models import Change
from desk.clock import local
from desk.conversations.models import Conversation
from desk.intake.wording import say_fact
from desk.promises.service import of_conversation as promises_of
from desk.recusal.service import say_reason
from desk.tickets.models import Ticket
from desk.tickets.service import facts_of, items_of, tickets_of

FIVE = ("who", "what", "when", "where", "why")
"""何人、何事、何时、何地、何因 (SD008), each with the customer's words or nothing."""


def trend(levels: Sequence[int]) -> int:
    """Against two turns ago (3.4)."""
    return levels[-1] - levels[-3] if len(levels) >= 3 else 0


async def changes_in_case(session: AsyncSession, conversation: Conversation, ticket: Ticket | None) -> list[Change]:
    """Everything offered and done in this case, also in the customer's other conversations about it."""
    mine = Change.conversation_id == conversation.id
    about = mine | (Change.ticket == ticket.number) if ticket is not None else mine
    return list(await session.scalars(select(Change).where(about).order_by(Change.id)))


async def hand_over_packet(session: AsyncSession, conversation: Conversation, reason: str) -> dict[str, Any]:
    """五何, mood curve, what was promised and declined, whom to keep away, what not to ask again, and why now."""
    ticket = await session.get(Ticket, conversation.case_number) if conversation.case_number else None
    facts = await facts_of(session, ticket.number) if ticket else {}
    items = await items_of(session, ticket.number) if ticket else []
    promises = await promises_of(session, conversation.id)
    changes = await changes_in_case(session, conversation, ticket)
    return {
        "reason": reason,
        "ticket": ticket.number if ticket else None,
        "summary": "；".join(item.what for item in items),
        "facts": {key: say_fact(fact) for key, fact in facts.items() if fact.status == "given"},
        "five": {key: say_fact(facts[key]) or None if key in facts else None for key in FIVE},
        "do_not_ask": [key for key, fact in facts.items()],
        "moods": list(conversation.mood_levels),
        "mood": {"score": conversation.mood_score, "trend": trend(conversation.mood_levels)},
        "promised": [
            f"{p.content}（{local(p.due_at):%m月%d日%H:%M}）" for p in promises if p.state in ("open", "kept")
        ],
        "not_told": [p.content for p in promises if p.state in ("unsent", "voided")],
        "declined": list(dict.fromkeys(change.kind for change in changes if change.answer == "declined")),
        "executed": [
            {"kind": change.kind, "to": change.target, "result": change.result}
            for change in changes
            if change.executed_at is not None
        ],
        "exclusions": list(ticket.exclusions) if ticket else [],
        "kept_off": [say_reason(row) for row in ticket.excluded] if ticket else [],
        "who_is_meant": [row.value for row in ticket.excluded if not row.resolved] if ticket else [],
        "needs": list(ticket.flags.get("needs") or []) if ticket else [],
        "appointments": [
            {"start": row.start.isoformat(), "place": row.place, "state": row.state}
            for row in await appointments_of(session, conversation.id)
        ],
        # Shown together, on whichever channel they were told (3-dialogue.md 3.12).
        "other_tickets": [
            {"number": other.number, "state": other.state}
            for other in await tickets_of(session, conversation.customer_id)
            if ticket is None or other.number != ticket.number
        ],
        "chases": ticket.chases if ticket else 0,
        "customer_not_told": bool(ticket and ticket.flags.get("customer_not_told")),
    }
