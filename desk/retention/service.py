"""Erase what has been kept long enough, and tell or erase at a customer's wish (PIPL art. 19, 45, 47).

The unit is a conversation with its cases: what a case says stands in both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.audit.service import note
from desk.clock import local
from desk.consents.service import withdraw_consents
from desk.conversations.models import ChatSession, Conversation
from desk.customers.models import Customer
from desk.customers.service import part, same_person
from desk.db import Base
from desk.errors import NotFound
from desk.policy.schemas import Policy
from desk.retention.columns import DELETED, ERASED, GONE
from desk.tickets.models import Ticket, TicketLink

LOOK = "retention"


@dataclass
class Erased:
    """What a request or a look erased, and what must still be kept: case number → until when."""

    conversations: int = 0
    kept: dict[str, datetime | None] = field(default_factory=dict)


async def cases_of(session: AsyncSession, conversation_id: str) -> list[Ticket]:
    """The cases that were told in a conversation."""
    return list(await session.scalars(select(Ticket).where(Ticket.conversation_id == conversation_id)))


async def case_kept_until(session: AsyncSession, ticket: Ticket, rules: Policy) -> datetime | None:
    """Until when a case must be kept: years after it, and every case that it is tied to, was closed. None: still open."""
    ends: list[datetime | None] = [ticket.closed_at]
    links = select(TicketLink).where((TicketLink.ticket == ticket.number) | (TicketLink.number == ticket.number))
    for link in list(await session.scalars(links)):
        other = await session.get(Ticket, link.number if link.ticket == ticket.number else link.ticket)
        if other is not None and other.state != "draft":
            ends.append(other.closed_at)
    if any(end is None for end in ends):
        return None
    last = local(max(end for end in ends if end is not None))
    years = rules.retention.cases.years
    # 29 February has no anniversary in most years.
    if (last.month, last.day) == (2, 29):
        last += timedelta(days=1)
    return last.replace(year=last.year + years)


async def may_go(session: AsyncSession, conversation: Conversation, rules: Policy, now: datetime) -> Erased:
    """Nothing is kept: it may be erased now. Else what must stay, and until when."""
    found = Erased()
    for ticket in await cases_of(session, conversation.id):
        until = await case_kept_until(session, ticket, rules)
        if until is None or until > now:
            found.kept[ticket.number] = until
    return found


async def erase(session: AsyncSession, conversation: Conversation, now: datetime) -> None:
    """Overwrite everything that was said in it and about its cases; figures, states and times stay."""
    numbers = [ticket.number for ticket in await cases_of(session, conversation.id)]
    for name, values in ERASED.items():
        table = Base.metadata.tables[name]
        await session.execute(update(table).where(_belongs(table, conversation.id, numbers)).values(**values))
    for name in DELETED:
        table = Base.metadata.tables[name]
        await session.execute(delete(table).where(_belongs(table, conversation.id, numbers)))
    await session.execute(delete(ChatSession).where(ChatSession.conversation_id == conversation.id))
    for ticket in await session.scalars(
        select(Ticket).where(Ticket.number.in_(numbers)).execution_options(populate_existing=True)
    ):
        if ticket.decision is not None:
            ticket.decision = {**ticket.decision, "text": GONE, "parts": None}
    await withdraw_consents(session, [conversation.id], now)
    await session.execute(update(Conversation).where(Conversation.id == conversation.id).values(erased_at=now))
    await note(session, by="system", verb="erase", kind="conversation", ref=conversation.id, now=now)
    await _forget_customer(session, conversation.customer_id)


def _belongs(table: Table, conversation_id: str, numbers: list[str]) -> ColumnElement[bool]:
    if table.name == "conversations":
        return table.c.id == conversation_id
    if table.name == "tickets":
        return table.c.number.in_(numbers)
    ways: list[ColumnElement[bool]] = []
    if "conversation_id" in table.c:
        ways.append(table.c.conversation_id == conversation_id)
    if "ticket" in table.c:
        ways.append(table.c.ticket.in_(numbers))
    return or_(*ways)


async def _forget_customer(session: AsyncSession, customer_id: str) -> None:
    """With the last conversation the person goes too; the row stays for counting."""
    left = await session.scalar(
        select(Conversation.id)
        .where(Conversation.customer_id == customer_id, Conversation.erased_at.is_(None))
        .limit(1)
    )
    customer = await session.get(Customer, customer_id)
    if left is None and customer is not None:
        customer.name, customer.external_id = None, f"erased:{customer.id}"
        await part(session, customer)


async def sweep(session: AsyncSession, rules: Policy, now: datetime) -> bool:
    """Erase one batch of what has been kept long enough; True when there may be more."""
    batch = rules.retention.batch
    oldest = now - timedelta(days=rules.retention.enquiries.days)
    rows = list(
        await session.scalars(
            select(Conversation)
            .where(
                Conversation.erased_at.is_(None),
                Conversation.closed_at.is_not(None),
                Conversation.last_at < oldest,
                Conversation.keep_until.is_(None) | (Conversation.keep_until <= now),
            )
            .order_by(Conversation.last_at)
            .limit(batch)
        )
    )
    for conversation in rows:
        held = await may_go(session, conversation, rules, now)
        if not held.kept:
            await erase(session, conversation, now)
        else:
            # Looked at again when the last of its cases may go, or in a month when one is still open.
            ends = [until or now + timedelta(days=30) for until in held.kept.values()]
            conversation.keep_until = max(ends)
    await session.flush()
    return len(rows) == batch


async def erase_customer(session: AsyncSession, customer_id: str, rules: Policy, now: datetime) -> Erased:
    """At the customer's wish, on all his channels: everything that the law does not make us keep. Tells what stays and until when."""
    customer = await session.get(Customer, customer_id)
    if customer is None:
        raise NotFound("没有这位客户。")
    done = Erased()
    conversations = select(Conversation).where(
        Conversation.customer_id.in_(same_person(customer_id)), Conversation.erased_at.is_(None)
    )
    rows = list(await session.scalars(conversations))
    await withdraw_consents(session, [row.id for row in rows], now)
    for conversation in rows:
        held = await may_go(session, conversation, rules, now)
        done.kept.update(held.kept)
        if not held.kept and conversation.owner == "bot":
            await erase(session, conversation, now)
            done.conversations += 1
    return done
