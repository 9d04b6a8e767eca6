"""Several people, one matter: counted, tied together, and from twenty in person a major complaint (令2020/3 art. 12, 29)."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.service import raise_alert
from desk.conversations.draft import TurnDraft
from desk.policy.schemas import GroupRule, Policy
from desk.reading.schemas import Reading
from desk.tickets.models import Ticket, TicketFact
from desk.tickets.service import facts_of, link

ALERTED = ("supervisor", "duty")


def is_major(rule: GroupRule, reading: Reading) -> bool:
    """Whether so many complain jointly and in person that the head of the unit and the duty officer must know at once."""
    size = reading.group_size or 0
    return size >= rule.major and re.search(rule.in_person, reading.normalised) is not None


async def flag_group(session: AsyncSession, draft: TurnDraft, ticket: Ticket, policy: Policy) -> bool:
    """Note how many they are and tie the tickets of one event together. True when it is newly a group of this case."""
    rule, size = policy.casework.group, draft.reading.group_size or 0
    if size < rule.noted:
        return False
    before = int(ticket.flags.get("group") or 0)
    major = bool(ticket.flags.get("major")) or is_major(rule, draft.reading)
    ticket.flags = {**ticket.flags, "group": max(size, before), **({"major": True} if major else {})}
    if major:
        ticket.priority = "P0"
        for role in ALERTED:
            await raise_alert(
                session,
                key=f"major:{ticket.number}:{role}",
                kind="major",
                to=role,
                now=draft.now,
                ticket=ticket.number,
                conversation_id=draft.conversation_id,
            )
    return before == 0


async def tie_same_event(session: AsyncSession, ticket: Ticket, policy: Policy) -> None:
    """Tickets of groups at the same place within a few days tell of the same event."""
    where = (await facts_of(session, ticket.number)).get("where")
    if not ticket.flags.get("group") or where is None or not where.value:
        return
    rows = await session.scalars(
        select(Ticket)
        .join(TicketFact, TicketFact.ticket == Ticket.number)
        .where(
            Ticket.number != ticket.number,
            Ticket.received_at >= ticket.received_at - timedelta(days=policy.casework.group.same_event_days),
            TicketFact.key == "where",
            TicketFact.value == where.value,
        )
    )
    for other in rows:
        if other.flags.get("group"):
            await link(session, ticket.number, "same_event", other.number)
            await link(session, other.number, "same_event", ticket.number)
