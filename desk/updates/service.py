"""Updates that nobody asked for: who is responsible, and how it stands before the promised time (SD014)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from desk.clocks.answering import next_update
from desk.clocks.calendar import hours_of
from desk.conversations.models import Conversation
from desk.notices.service import tell
from desk.policy.schemas import Policy
from desk.promises.service import keep
from desk.staff.models import ROLE_NAMES, Staff
from desk.texts.service import texts
from desk.tickets.models import Ticket, TicketOwner
from desk.tickets.owning import RELEASED, owners_of
from desk.tickets.service import promise_dates
from desk.tickets.states import UNDER_WAY
from desk.updates.progress import dates_of, update_text
from desk.work.service import plan_work

OWNER = "owner"
"""Kind of due work: the customer learns who is responsible."""


def makes_sense(ticket: Ticket) -> bool:
    """Whether there is anything to tell unasked: it is registered and undecided, and no life is in danger.

    Drafts have a question of their own (3.1); whoever is decided, withdrawn, merged or declined has been told; where a
    life is in danger a person stays with the customer, and no automatic word comes between them (3.9).
    """
    return ticket.state in UNDER_WAY and ticket.conversation_id is not None and not ticket.flags.get("restricted")


async def tell_progress(session: AsyncSession, ticket: Ticket, *, effect: str, policy: Policy, now: datetime) -> None:
    """Tell how it stands and promise the next time, which keeps the promise of this one."""
    await keep(session, ticket.number, ("update",), now)
    ticket.next_update_at = next_update(await hours_of(session, policy), ticket.priority, now)
    await promise_dates(session, ticket, turn_id=None, now=now, kinds=("decision", "update"))
    text = await update_text(session, ticket, now)
    await tell(session, ticket, text, kind="progress", by="system", now=now, effect=effect)


async def plan_owner_told(session: AsyncSession, ticket: Ticket, *, policy: Policy, now: datetime) -> None:
    """Somebody new is responsible: the customer hears it once. At once when he knew another one, else in a while, so that
    a colleague who goes on to write to him himself is not announced to him afterwards."""
    owners = await owners_of(session, ticket.number)
    wait = timedelta(minutes=0 if _known_before(owners) else policy.service.clocks.owner_told_minutes)
    await plan_work(
        session,
        key=f"{OWNER}:{ticket.number}:{owners[-1].id}",
        kind=OWNER,
        due_at=now + wait,
        to="customer",
        ticket=ticket.number,
        conversation_id=ticket.conversation_id,
        data={"owner": owners[-1].id},
    )


def _known_before(owners: Sequence[TicketOwner]) -> bool:
    return any(row.told_at is not None for row in owners[:-1])


async def tell_owner(
    session: AsyncSession,
    ticket: Ticket,
    row: TicketOwner,
    conversation: Conversation,
    *,
    policy: Policy,
    now: datetime,
) -> None:
    """Say by role and work number who is responsible now, and the dates that hold; not to somebody who talks with him."""
    handler = await session.get(Staff, ticket.handler_id) if ticket.handler_id else None
    if row.until_at is not None or row.told_at is not None or handler is None or not makes_sense(ticket):
        return
    row.told_at = now
    if conversation.owner == "agent" and conversation.agent_id == handler.id:
        return
    if ticket.next_update_at is None or ticket.next_update_at <= now:
        ticket.next_update_at = next_update(await hours_of(session, policy), ticket.priority, now)
    await promise_dates(session, ticket, turn_id=None, now=now, kinds=("decision", "update"))
    owners = await owners_of(session, ticket.number)
    key = "first"
    if _known_before(owners):
        last_known = max(n for n, owner in enumerate(owners[:-1]) if owner.told_at is not None)
        key = "recusal" if any(owner.reason == RELEASED for owner in owners[last_known:]) else "changed"
    text = texts().say(
        f"procedure.owner.{key}",
        number=ticket.number,
        role=handler.title or ROLE_NAMES[handler.role],
        work_no=handler.work_no,
        dates=dates_of(ticket, now),
    )
    await tell(session, ticket, text, kind="owner", by="system", now=now, effect=f"{OWNER}:{ticket.number}:{row.id}")
