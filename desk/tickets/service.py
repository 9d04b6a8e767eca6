"""Tickets: opening drafts, registering, looking up, deciding.

A draft exists from the first complaint sentence, so that nothing reported is ever lost (SD074).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.clock import stamp
from desk.clocks.answering import ServiceDates, service_dates
from desk.clocks.calendar import hours_of
from desk.clocks.service import start_clocks
from desk.conversations.models import Conversation
from desk.conversations.service import get_conversation
from desk.customers.service import same_person
from desk.errors import NotFound
from desk.policy.hours import before_quiet
from desk.policy.schemas import Policy, policy
from desk.privacy.keyring import keyring
from desk.promises.models import Promise
from desk.promises.service import make_promise
from desk.tickets.models import (
    IDEAS,
    Ticket,
    TicketAddition,
    TicketFact,
    TicketHistory,
    TicketItem,
    TicketLink,
)
from desk.tickets.numbers import new_code, next_number
from desk.tickets.owning import own
from desk.tickets.states import OPEN_STATES, move
from desk.work.models import DueWork
from desk.work.service import cancel_work, plan_work

TOLD_DATES = ("first_answer", "decision", "update")
"""What a customer is told at registration; who asks later hears the last two."""
DECIDED_STATES = ("decided", "notified", "rechecked", "followed_up", "closed")


@dataclass(frozen=True)
class Registered:
    """What the customer is told when a case is registered. `code` is None when it had been told before."""

    ticket: Ticket
    code: str | None
    dates: ServiceDates


async def get_ticket(session: AsyncSession, number: str, *, lock: bool = False) -> Ticket:
    """The ticket, or NotFound; with `lock` nobody else changes it or its conversation until this transaction ends.

    Its conversation is locked first, as whoever takes or answers it does: in the other order two would wait for each other.
    """
    ticket = await session.get(Ticket, number)
    if ticket is None:
        raise NotFound(f"没有编号{number}的工单。")
    if lock:
        if ticket.conversation_id is not None:
            await get_conversation(session, ticket.conversation_id, lock=True)
        ticket = await session.get_one(Ticket, number, with_for_update=True, populate_existing=True)
    return ticket


async def open_draft(
    session: AsyncSession,
    conversation: Conversation,
    *,
    kind: str,
    effect: str,
    received_at: datetime,
    now: datetime,
    intent: str | None,
    priority: str = "P2",
) -> Ticket:
    """The draft for `effect`, made when it is not there yet. The clock starts at `received_at`, the first sentence."""
    ticket = await session.scalar(select(Ticket).where(Ticket.effect == effect))
    if ticket is None:
        ticket = Ticket(
            number=await next_number(session, kind, now),
            type=kind,
            customer_id=conversation.customer_id,
            conversation_id=conversation.id,
            effect=effect,
            intent=intent,
            received_at=received_at,
            priority=priority,
            state="draft",
            version=1,
            remedy=[],
            flags={},
            chases=0,
            complexity="simple",
        )
        session.add(ticket)
        await session.flush()
        session.add(
            TicketHistory(
                ticket=ticket.number, from_state=None, to_state="draft", by="bot", at=now, reason="客户首次反映"
            )
        )
    conversation.case_number = ticket.number
    await session.flush()
    return ticket


async def add_item(
    session: AsyncSession,
    ticket: Ticket,
    *,
    effect: str,
    what: str,
    intent: str | None,
    cause_six: int | None,
    cause_jrt: Sequence[str],
    from_seq: int | None,
    amount: dict[str, Any] | None = None,
) -> TicketItem:
    """One more grievance; the same `effect` again is the same item."""
    item = await session.scalar(
        select(TicketItem).where(TicketItem.ticket == ticket.number, TicketItem.effect == effect)
    )
    if item is None:
        item = TicketItem(
            ticket=ticket.number,
            effect=effect,
            what=what,
            intent=intent,
            cause_six=cause_six,
            cause_jrt=list(cause_jrt),
            from_seq=from_seq,
            amount=amount,
        )
        session.add(item)
        await session.flush()
    return item


async def items_of(session: AsyncSession, number: str) -> list[TicketItem]:
    """The grievances of a ticket, in the order they were told."""
    return list(await session.scalars(select(TicketItem).where(TicketItem.ticket == number).order_by(TicketItem.id)))


async def facts_of(session: AsyncSession, number: str) -> dict[str, TicketFact]:
    """The facts of a ticket by key."""
    rows = await session.scalars(select(TicketFact).where(TicketFact.ticket == number).order_by(TicketFact.id))
    return {row.key: row for row in rows}


async def put_fact(
    session: AsyncSession,
    number: str,
    key: str,
    *,
    value: str | None,
    status: str,
    from_seq: int | None,
    certain: bool = True,
    resolved: dict[str, Any] | None = None,
) -> TicketFact:
    """Write a fact; the newest word of the customer counts, and its message can always be found (rule F1)."""
    row = await session.scalar(select(TicketFact).where(TicketFact.ticket == number, TicketFact.key == key))
    if row is None:
        row = TicketFact(ticket=number, key=key, status=status)
        session.add(row)
    row.value, row.status, row.from_seq, row.certain, row.resolved = value, status, from_seq, certain, resolved
    await session.flush()
    return row


async def register(
    session: AsyncSession,
    ticket: Ticket,
    *,
    rules: Policy,
    unit: str,
    now: datetime,
    turn_id: str | None,
    seq: int | None,
    by: str = "bot",
) -> Registered:
    """Register a draft: owner, dates and the promises that go with them. Once only; a second call tells the same."""
    code: str | None = None
    if ticket.state == "draft":
        await own(session, ticket, unit, by=by, now=now, reason="登记")
        move(session, ticket, "registered", by=by, now=now, reason="客户确认，登记")
        ticket.registered_at, ticket.registered_seq = now, seq
        await start_clocks(session, rules, ticket, now=now)
    if ticket.registered_seq == seq and turn_id is not None:
        # A turn that is tried again tells a fresh code: nobody has seen the earlier one.
        code = new_code()
        ticket.code_hash = keyring().blind_index(code, "ticket-code")
    await session.flush()
    await promise_dates(session, ticket, turn_id=turn_id, now=now)
    await cancel_work(session, f"draft:{ticket.number}:")
    hours = await hours_of(session, rules)
    told_at = ticket.registered_at or now
    return Registered(ticket, code, service_dates(hours, ticket.received_at, priority=ticket.priority, now=told_at))


async def promise_dates(
    session: AsyncSession, ticket: Ticket, *, turn_id: str | None, now: datetime, kinds: Sequence[str] = TOLD_DATES
) -> None:
    """The dates a registered case still has before it, as promises (rules P1, P2); of an idea only the answer's."""
    if ticket.conversation_id is None:
        return
    for kind, content, due in (
        ("first_answer", "先答复客户", ticket.answer_due),
        # While the clock is stopped there is no date for the decision: it moves on with every day.
        ("decision", "给出处理决定", ticket.decision_due if ticket.state != "paused" else None),
        ("update", "告知进展", ticket.next_update_at),
    ):
        told = kind in kinds and (ticket.type not in IDEAS or kind == "decision")
        if told and due is not None and due > now:
            await make_promise(
                session,
                conversation_id=ticket.conversation_id,
                ticket=ticket.number,
                effect=f"{kind}:{ticket.number}:{stamp(due)}{await _again(session, ticket, kind, due)}",
                kind=kind,
                content=content,
                due_at=due,
                turn_id=turn_id,
            )
    if ticket.next_update_at is not None:
        await plan_update(session, ticket)


async def _again(session: AsyncSession, ticket: Ticket, kind: str, due: datetime) -> str:
    """Sets apart a date that is promised anew after it had been kept early: it binds us once more."""
    if kind != "update":
        return ""
    known = select(func.count()).where(Promise.ticket == ticket.number, Promise.kind == kind, Promise.due_at == due)
    kept = await session.scalar(known.where(Promise.kept_at.is_not(None)))
    return f":{kept}" if kept else ""


async def plan_update(session: AsyncSession, ticket: Ticket) -> DueWork | None:
    """Progress is told a little before it was promised, so that the promise is kept and not just met (SD014)."""
    if ticket.next_update_at is None:
        return None
    lead = timedelta(minutes=policy().service.clocks.update_lead_minutes)
    due_at = ticket.next_update_at - lead
    if ticket.priority != "P0" and before_quiet(policy(), due_at) < due_at:
        due_at = before_quiet(policy(), due_at) - lead
    return await plan_work(
        session,
        key=str(update_key(ticket)),
        kind="update",
        due_at=due_at,
        to="customer",
        ticket=ticket.number,
        conversation_id=ticket.conversation_id,
    )


def update_key(ticket: Ticket) -> str | None:
    """Names the due work of the next progress; another time is another key."""
    due = ticket.next_update_at
    return f"update:{ticket.number}:{stamp(due)}" if due is not None else None


async def add_addition(
    session: AsyncSession, ticket: Ticket, *, effect: str, kind: str, text: str, by: str, now: datetime
) -> TicketAddition:
    """Something said after registration; the same `effect` again is the same addition."""
    row = await session.scalar(
        select(TicketAddition).where(TicketAddition.ticket == ticket.number, TicketAddition.effect == effect)
    )
    if row is None:
        row = TicketAddition(ticket=ticket.number, effect=effect, kind=kind, text=text, by=by, at=now)
        session.add(row)
        await session.flush()
    return row


async def tickets_of(session: AsyncSession, customer_id: str) -> list[Ticket]:
    """A person's tickets, on whichever of his channels, newest first."""
    rows = await session.scalars(
        select(Ticket)
        .where(Ticket.customer_id.in_(same_person(customer_id)))
        .order_by(Ticket.received_at.desc(), Ticket.number.desc())
    )
    return list(rows)


async def link(session: AsyncSession, number: str, kind: str, other: str) -> None:
    """Tie two tickets together, once."""
    known = await session.scalar(
        select(TicketLink).where(TicketLink.ticket == number, TicketLink.kind == kind, TicketLink.number == other)
    )
    if known is None:
        session.add(TicketLink(ticket=number, kind=kind, number=other))
        await session.flush()


async def history_of(session: AsyncSession, number: str) -> list[TicketHistory]:
    """Every step of a ticket, oldest first."""
    rows = await session.scalars(select(TicketHistory).where(TicketHistory.ticket == number).order_by(TicketHistory.id))
    return list(rows)


async def recent_open(session: AsyncSession, customer_id: str, now: datetime, days: int = 90) -> Ticket | None:
    """The person's newest undecided registered case, for status questions and second complaints (3.12)."""
    return await session.scalar(
        select(Ticket)
        .where(
            Ticket.customer_id.in_(same_person(customer_id)),
            Ticket.type == "TS",
            Ticket.state.in_([s for s in OPEN_STATES if s != "draft"]),
            Ticket.received_at >= now - timedelta(days=days),
        )
        .order_by(Ticket.received_at.desc())
        .limit(1)
    )


async def count_unowned(session: AsyncSession) -> int:
    """Registered tickets without an owner; the database keeps this at 0 (SD075)."""
    return (
        await session.scalar(
            select(func.count()).select_from(Ticket).where(Ticket.owner.is_(None), Ticket.state != "draft")
        )
        or 0
    )
