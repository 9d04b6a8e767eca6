"""二度抱怨: finding the earlier case without asking for its number, and tying the new one to it (SD015, SD028, 3.12)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.draft import TurnDraft
from desk.conversations.models import Conversation, SealedValue
from desk.intake.service import VAGUE
from desk.policy.schemas import Policy
from desk.tickets.chasing import same_subject
from desk.tickets.merging import merged_into
from desk.tickets.models import Ticket, TicketItem, TicketLink
from desk.tickets.numbers import find_number
from desk.tickets.second import tie_second
from desk.tickets.service import add_addition, items_of, tickets_of

UNSPECIFIC = (*VAGUE, "complain_unresolved")
"""Kinds that may be about anything the customer has complained of before."""
CONTACTS = ("phone", "email")


@dataclass(frozen=True)
class Earlier:
    """The case whose handling failed, and why this is taken for its second telling. `same_matter` when what was told then
    still stands; `known` when the customer's identity shows that it is his, so that he may be told of it.
    """

    ticket: Ticket
    reason: str
    same_matter: bool
    known: bool = True


async def earlier_told(session: AsyncSession, draft: TurnDraft, ticket: Ticket, policy: Policy) -> Earlier | None:
    """The decided case this message is a second complaint about: by the customer's words, or by customer and category.

    An unrelated complaint has none, nor has one about a case that is still in hand and on time.
    """
    reading = draft.reading
    said = reading.second_complaint or ticket.flags.get("second_complaint") or ticket.intent == "complain_unresolved"
    for first in await tickets_of(session, ticket.customer_id):
        if first.number == ticket.number or first.type != "TS" or first.decided_at is None:
            continue
        items = await items_of(session, first.number)
        what = "；".join(item.what for item in items)
        same_kind = _same_kind(ticket, first, items)
        if said and (ticket.intent in UNSPECIFIC or same_kind or same_subject(reading.normalised, what)):
            return Earlier(first, "words", same_matter=True)
        if same_kind and ticket.intent not in UNSPECIFIC and _recent(first, policy, draft.now):
            facts = reading.facts
            own = bool(facts.when or facts.where or facts.who or facts.amount)
            return Earlier(first, "recurring", same_matter=not own)
    return None


async def earlier_by_category(session: AsyncSession, ticket: Ticket, policy: Policy, now: datetime) -> Earlier | None:
    """A decided case of the same customer, or of who left the same contact, of the same category, not long ago.

    Asked once more when everything has been told: only then are the kind and the contact known. A contact is no proof of
    identity, so nothing is told of a case found by it.
    """
    if ticket.intent in UNSPECIFIC:
        return None
    mine = await tickets_of(session, ticket.customer_id)
    for first in [*mine, *await _by_contact(session, ticket)]:
        if first.number == ticket.number or first.type != "TS" or first.decided_at is None:
            continue
        if _recent(first, policy, now) and _same_kind(ticket, first, await items_of(session, first.number)):
            known = first in mine
            return Earlier(first, "recurring", same_matter=False, known=known)
    return None


async def tie_to_first(
    session: AsyncSession, ticket: Ticket, earlier: Earlier, *, policy: Policy, now: datetime, seq: int | None
) -> None:
    """Link, keep the earlier handler away, raise the urgency, and carry over what the customer already told."""
    await tie_second(
        session,
        ticket,
        earlier.ticket,
        reason=earlier.reason,
        by="customer",
        now=now,
        policy=policy,
        from_seq=seq,
        same_matter=earlier.same_matter,
    )


async def first_of(session: AsyncSession, ticket: Ticket) -> Ticket | None:
    """The earlier case that this one is tied to."""
    number = await session.scalar(
        select(TicketLink.number).where(TicketLink.ticket == ticket.number, TicketLink.kind == "second_of").limit(1)
    )
    return await session.get(Ticket, number) if number is not None else None


async def tie_by_number(
    session: AsyncSession, draft: TurnDraft, ticket: Ticket, policy: Policy, *, shown: Ticket | None = None
) -> Ticket | None:
    """The customer gives the earlier number: tied when the case is his, or `shown` to him by its code; else it is noted for
    the handler, and nothing of the other case is carried over or told.
    """
    number = find_number(draft.text)
    if number is None or number == ticket.number or await first_of(session, ticket) is not None:
        return None
    mine = await tickets_of(session, ticket.customer_id)
    first = shown or next((one for one in mine if one.number == number), None)
    if first is None:
        text = f"客户说前次编号是{number}，还没有核对"
        await add_addition(
            session, ticket, effect=f"first:{number}", kind="note", text=text, by="customer", now=draft.now
        )
        return None
    first = await merged_into(session, first)
    await tie_to_first(session, ticket, Earlier(first, "words", True), policy=policy, now=draft.now, seq=draft.seq)
    return first


def complained_before(draft: TurnDraft, ticket: Ticket, policy: Policy) -> bool:
    """Whether the words say that there is an earlier complaint with a number, not merely calls and visits."""
    return ticket.intent == "complain_unresolved" or (
        draft.reading.second_complaint
        and re.search(policy.intake["lodged_before"], draft.reading.normalised) is not None
    )


def _same_kind(ticket: Ticket, first: Ticket, items: list[TicketItem]) -> bool:
    return ticket.intent in {first.intent, *(item.intent for item in items)}


def _recent(first: Ticket, policy: Policy, now: datetime) -> bool:
    return first.decided_at is not None and now - first.decided_at <= timedelta(days=policy.casework.second.within_days)


async def _by_contact(session: AsyncSession, ticket: Ticket) -> list[Ticket]:
    left = select(SealedValue.blind_index).where(
        SealedValue.conversation_id == ticket.conversation_id, SealedValue.kind.in_(CONTACTS)
    )
    conversations = (
        select(Conversation.id)
        .join(SealedValue, SealedValue.conversation_id == Conversation.id)
        .where(SealedValue.blind_index.in_(left), SealedValue.kind.in_(CONTACTS))
    )
    rows = await session.scalars(
        select(Ticket)
        .where(Ticket.conversation_id.in_(conversations), Ticket.customer_id != ticket.customer_id)
        .order_by(Ticket.received_at.desc(), Ticket.number)
    )
    return list(rows)
