"""What a customer who is not satisfied with a decision chooses is carried out: the case taken up again by another person,
or mediation (3-dialogue.md 3.11). A review by the upper level is `desk.reviews`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.service import raise_alert
from desk.clock import stamp
from desk.clocks.answering import next_update
from desk.clocks.calendar import hours_of
from desk.clocks.service import raise_again
from desk.conversations.service import get_conversation
from desk.policy.schemas import Policy
from desk.reading.answers import tells_new_facts
from desk.reading.normalise import normalise
from desk.tickets.models import Ticket
from desk.tickets.owning import handled_by, own
from desk.tickets.second import mark_second, tie_second
from desk.tickets.service import add_addition, open_draft, promise_dates, register
from desk.tickets.states import move


@dataclass(frozen=True)
class Again:
    """A case taken up again, and why its decision's clock began anew, if it did. `code` is the look-up code of a new case."""

    ticket: Ticket
    due: datetime
    restarted: Literal["new_facts", "complained_again"] | None
    former: str
    code: str | None = None


def may_reopen(ticket: Ticket, policy: Policy, now: datetime) -> bool:
    """Whether it is still the same case: within `reopen_days` of the decision's notice."""
    told = ticket.notified_at or ticket.decided_at
    return told is not None and now <= told + timedelta(days=policy.casework.second.reopen_days)


async def take_up_again(
    session: AsyncSession,
    ticket: Ticket,
    *,
    reason: str,
    policy: Policy,
    received_at: datetime,
    now: datetime,
    turn_id: str | None,
    seq: int | None,
) -> Again:
    """Another person starts afresh (SD015): the same case with one round more, or after `reopen_days` a new case, linked.

    Either is a second complaint, cause 6. The decision's date follows 令2020/3 art. 18 ¶3. `reason` is in the customer's words.
    """
    if may_reopen(ticket, policy, now):
        return await _reopen(session, ticket, reason=reason, policy=policy, now=now, turn_id=turn_id, seq=seq)
    return await _new_case(
        session, ticket, reason=reason, policy=policy, received_at=received_at, now=now, turn_id=turn_id, seq=seq
    )


async def _reopen(
    session: AsyncSession,
    ticket: Ticket,
    *,
    reason: str,
    policy: Policy,
    now: datetime,
    turn_id: str | None,
    seq: int | None,
) -> Again:
    former = handled_by(ticket)
    move(session, ticket, "reopened", by="customer", now=now, reason="客户对结果不满意，换人重新处理")
    ticket.round, ticket.closed_at, ticket.target_due = ticket.round + 1, None, None
    await mark_second(
        session, ticket, reason="survey", by="customer", now=now, policy=policy, what=reason, from_seq=seq
    )
    await own(session, ticket, policy.service.unit, by="customer", now=now, reason="客户不满意，换人重新处理")
    new_facts = tells_new_facts(normalise(reason))
    if new_facts:
        await add_addition(
            session,
            ticket,
            effect=f"new:{ticket.number}:{ticket.round}",
            kind="new_fact",
            text=reason,
            by="customer",
            now=now,
        )
    before = ticket.decision_due
    due = await raise_again(session, policy, ticket, new_facts=new_facts, now=now)
    ticket.next_update_at = next_update(await hours_of(session, policy), ticket.priority, now)
    await promise_dates(session, ticket, turn_id=turn_id, now=now)
    late = before is None or before < now
    return Again(ticket, due, "new_facts" if new_facts else "complained_again" if late else None, former)


async def _new_case(
    session: AsyncSession,
    first: Ticket,
    *,
    reason: str,
    policy: Policy,
    received_at: datetime,
    now: datetime,
    turn_id: str | None,
    seq: int | None,
) -> Again:
    conversation = await get_conversation(session, str(first.conversation_id), lock=True)
    ticket = await open_draft(
        session,
        conversation,
        kind="TS",
        effect=f"again:{first.number}:{first.round}:{stamp(first.notified_at or now)}",
        received_at=received_at,
        now=now,
        intent="complain_unresolved",
        priority="P1",
    )
    await tie_second(
        session,
        ticket,
        first,
        reason="survey",
        by="customer",
        now=now,
        policy=policy,
        what=reason,
        from_seq=seq,
    )
    done = await register(session, ticket, rules=policy, unit=policy.service.unit, now=now, turn_id=turn_id, seq=seq)
    return Again(ticket, ticket.decision_due or now, "complained_again", handled_by(first), done.code)


async def ask_for_mediation(
    session: AsyncSession, ticket: Ticket, *, effect: str, policy: Policy, now: datetime, turn_id: str | None
) -> datetime:
    """Write down that mediation is wanted, for whom it is to arrange; returns by when the customer hears how it goes on."""
    due = ticket.next_update_at = next_update(await hours_of(session, policy), "P1", now)
    await add_addition(session, ticket, effect=effect, kind="note", text="客户申请调解", by="customer", now=now)
    await promise_dates(session, ticket, turn_id=turn_id, now=now)
    await raise_alert(
        session,
        key=f"mediation:{ticket.number}:{ticket.round}",
        kind="duty",
        to="supervisor",
        now=now,
        ticket=ticket.number,
        conversation_id=ticket.conversation_id,
    )
    return due
