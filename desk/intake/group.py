"""Several people, one matter: counted, tied together, and from twenty in person a major complaint (令2020/3 art. 12, 29)."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.service import raise_alert
from desk.changes.table import is_disaster
from desk.conversations.draft import TurnDraft
from desk.policy.schemas import GroupRule, Policy
from desk.reading.schemas import Reading
from desk.tickets.models import Ticket, TicketFact
from desk.tickets.service import facts_of, link

ALERTED = ("supervisor", "duty")


def is_gathered(rule: GroupRule, reading: Reading) -> bool:
    """Whether so many complain jointly and in person that the head of the unit and the duty officer must know at once."""
    size = reading.group_size or 0
    return size >= rule.major and re.search(rule.in_person, reading.normalised) is not None


def is_major(policy: Policy, reading: Reading) -> bool:
    """Whether this message alone tells of a major complaint: twenty in person, a disaster, the bank's own systems down."""
    return is_gathered(policy.casework.group, reading) or is_disaster(reading.normalised, policy)


async def flag_group(session: AsyncSession, draft: TurnDraft, ticket: Ticket, policy: Policy) -> bool:
    """Note how many they are, how urgent that makes it (3.5 row 5), and wake supervisor and duty officer for a major one.

    True when it is newly a group of this case.
    """
    rule, reading = policy.casework.group, draft.reading
    size, major = reading.group_size or 0, is_major(policy, reading)
    if size < rule.noted and not major:
        return False
    before = int(ticket.flags.get("group") or 0)
    group = {"group": max(size, before)} if size >= rule.noted else {}
    ticket.flags = {**ticket.flags, **group, **({"major": True} if major else {})}
    if size >= rule.many or major:
        ticket.priority = min(ticket.priority, "P0" if is_gathered(rule, reading) else "P1")
    for role in ALERTED if major else ():
        await raise_alert(
            session,
            key=f"major:{ticket.number}:{role}",
            kind="major",
            to=role,
            now=draft.now,
            ticket=ticket.number,
            conversation_id=draft.conversation_id,
        )
    return bool(group) and before == 0


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
