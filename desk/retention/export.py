"""Everything we hold about a customer, in a form he can take away (PIPL art. 45)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.consents.models import ConsentText
from desk.consents.service import consents_of
from desk.conversations.models import Conversation, Message
from desk.customers.models import Customer
from desk.customers.service import same_person
from desk.errors import NotFound
from desk.tickets.models import TYPES
from desk.tickets.service import facts_of, history_of, items_of, tickets_of


async def export(session: AsyncSession, customer_id: str) -> dict[str, Any]:
    """The person's row, conversations on all his channels, cases and consents as plain JSON; masked values stay masked."""
    customer = await session.get(Customer, customer_id)
    if customer is None:
        raise NotFound("没有这位客户。")
    conversations = list(
        await session.scalars(
            select(Conversation)
            .where(Conversation.customer_id.in_(same_person(customer_id)))
            .order_by(Conversation.created_at)
        )
    )
    return {
        "customer": {
            "channel": customer.channel,
            "name": customer.name,
            "tier": customer.tier,
            "locale": customer.locale,
            "since": customer.created_at.isoformat(),
        },
        "conversations": [await _conversation(session, row) for row in conversations],
        "tickets": await _tickets(session, customer_id),
        "consents": await _consents(session, [row.id for row in conversations]),
    }


async def _conversation(session: AsyncSession, conversation: Conversation) -> dict[str, Any]:
    messages = await session.scalars(
        select(Message).where(Message.conversation_id == conversation.id).order_by(Message.seq)
    )
    return {
        "id": conversation.id,
        "channel": conversation.channel,
        "messages": [{"by": row.by, "at": row.at.isoformat(), "text": row.text} for row in messages],
    }


async def _tickets(session: AsyncSession, customer_id: str) -> list[dict[str, Any]]:
    found = []
    for ticket in await tickets_of(session, customer_id):
        facts = await facts_of(session, ticket.number)
        found.append(
            {
                "number": ticket.number,
                "type": TYPES[ticket.type],
                "state": ticket.state,
                "received_at": ticket.received_at.isoformat(),
                "items": [item.what for item in await items_of(session, ticket.number)],
                "facts": {key: fact.value for key, fact in facts.items() if fact.value},
                "decision": ticket.decision,
                "history": [
                    {"to": step.to_state, "at": step.at.isoformat()}
                    for step in await history_of(session, ticket.number)
                ],
            }
        )
    return found


async def _consents(session: AsyncSession, conversations: list[str]) -> list[dict[str, Any]]:
    found = []
    for row in await consents_of(session, conversations):
        text = await session.get(ConsentText, row.version)
        found.append(
            {
                "purpose": row.purpose,
                "text": text.text if text else None,
                "given": row.given,
                "at": row.at.isoformat(),
                "withdrawn_at": row.withdrawn_at.isoformat() if row.withdrawn_at else None,
            }
        )
    return found
