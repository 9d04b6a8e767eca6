"""二度抱怨: a second complaint is its own event, tied to the first, and asks only what is new (SD015, SD028, 3.12)."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.draft import TurnDraft
from desk.recusal.service import keep_off, keep_off_handlers
from desk.tickets.chasing import note_second
from desk.tickets.models import Ticket
from desk.tickets.service import facts_of, link, put_fact

CARRIED = ("when", "where", "who", "amount", "product")


async def tie_to_first(session: AsyncSession, draft: TurnDraft, ticket: Ticket, first: Ticket) -> None:
    """Link, keep the earlier handler away, raise the urgency, and carry over what the customer already told."""
    await link(session, ticket.number, "second_of", first.number)
    ticket.intent = "complain_unresolved"
    for row in first.excluded:
        await keep_off(
            session,
            ticket,
            kind=row.kind,
            value=row.value,
            reason=row.reason,
            resolved=row.resolved,
            source_message=row.source_message,
            now=draft.now,
        )
    await keep_off_handlers(session, ticket, first, now=draft.now)
    await note_second(session, ticket, of=first, draft=draft)
    present = await facts_of(session, ticket.number)
    for key, fact in (await facts_of(session, first.number)).items():
        if key in CARRIED and key not in present and fact.status == "given":
            await put_fact(
                session,
                ticket.number,
                key,
                value=fact.value,
                status="inferred",
                from_seq=None,
                resolved=fact.resolved,
            )
