"""The hand-over packet: everything a colleague needs so that the customer never has to say it twice (3-dialogue.md 3.6)."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.changes.service import of_conversation as changes_of
from desk.clock import local
from desk.conversations.models import Conversation
from desk.intake.wording import say_fact
from desk.promises.service import of_conversation as promises_of
from desk.tickets.models import Ticket
from desk.tickets.service import facts_of, items_of


async def hand_over_packet(session: AsyncSession, conversation: Conversation, reason: str) -> dict[str, Any]:
    """五何, mood curve, what was promised and declined, whom to keep away, what not to ask again, and why now."""
    ticket = await session.get(Ticket, conversation.case_number) if conversation.case_number else None
    facts = await facts_of(session, ticket.number) if ticket else {}
    items = await items_of(session, ticket.number) if ticket else []
    promises = await promises_of(session, conversation.id)
    changes = await changes_of(session, conversation.id)
    return {
        "reason": reason,
        "ticket": ticket.number if ticket else None,
        "summary": "；".join(item.what for item in items),
        "facts": {key: say_fact(fact) for key, fact in facts.items() if fact.status == "given"},
        "do_not_ask": [key for key, fact in facts.items()],
        "moods": list(conversation.mood_levels),
        "promised": [
            f"{p.content}（{local(p.due_at):%m月%d日%H:%M}）" for p in promises if p.state in ("open", "kept")
        ],
        "not_told": [p.content for p in promises if p.state in ("unsent", "voided")],
        "declined": [change.kind for change in changes if change.answer == "declined"],
        "exclusions": list(ticket.exclusions) if ticket else [],
        "chases": ticket.chases if ticket else 0,
        "customer_not_told": bool(ticket and ticket.flags.get("customer_not_told")),
    }
