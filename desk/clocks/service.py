"""Both clocks of a ticket as rows: recorded events, and the stored copy of the date that follows from them.

`Ticket.decision_due` is written here and nowhere else, always from `regulatory_clock`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.clock import SHANGHAI, local, stamp
from desk.clocks.answering import ServiceDates, service_dates
from desk.clocks.calendar import hours_of, notice_hole
from desk.clocks.models import ClockEvent, Extension
from desk.clocks.regulatory import RegulatoryClock, Step, regulatory_clock, review_until
from desk.clocks.target import set_target
from desk.policy.schemas import Policy, Profile
from desk.promises.service import make_promise, void
from desk.tickets.models import IDEAS, Ticket
from desk.work.service import cancel_work, plan_work

NEAR, AT_RISK = "decision_near", "decision_at_risk"
"""Kinds of due work: the internal alarm, and the word to the customer."""


def profile_of(policy: Policy, ticket: Ticket) -> Profile:
    """The regime that a ticket is under: its own, else the bank's."""
    return policy.profiles.profiles[ticket.profile or policy.profiles.default]


def review_deadline(policy: Policy, ticket: Ticket, told_at: datetime) -> datetime:
    """Until when a review of the decision told at `told_at` may be asked for (令2020/3 art. 20); the bank's own rule where
    the ticket's regime has none."""
    own = review_until(profile_of(policy, ticket), told_at)
    bank = policy.profiles.profiles[policy.profiles.default]
    return own or review_until(bank, told_at) or told_at


async def events_of(session: AsyncSession, number: str) -> list[ClockEvent]:
    """What has lawfully moved a ticket's clock, in the order of recording."""
    rows = await session.scalars(select(ClockEvent).where(ClockEvent.ticket == number).order_by(ClockEvent.id))
    return list(rows)


async def clock_of(session: AsyncSession, policy: Policy, ticket: Ticket) -> RegulatoryClock:
    """Where a ticket's regulatory clock stands."""
    return _run(policy, ticket, await events_of(session, ticket.number))


async def clock_with(
    session: AsyncSession, policy: Policy, ticket: Ticket, *, kind: str, at: datetime, grade: str | None = None
) -> RegulatoryClock:
    """Where it would stand after one more event: the notice has to name the date before there is anything to record."""
    return _run(policy, ticket, [*await events_of(session, ticket.number), Planned(kind, at, grade)])


def _run(policy: Policy, ticket: Ticket, steps: Sequence[Step]) -> RegulatoryClock:
    return regulatory_clock(profile_of(policy, ticket), ticket.received_at, steps, review=ticket.type == "HC")


class Planned(NamedTuple):
    """An event that is about to be recorded."""

    kind: str
    at: datetime
    grade: str | None


async def record_event(
    session: AsyncSession,
    policy: Policy,
    ticket: Ticket,
    *,
    kind: str,
    by: str,
    reason: str,
    now: datetime,
    at: datetime | None = None,
    why: str | None = None,
    grade: str | None = None,
    approved_by: str | None = None,
    notice: str | None = None,
    data: dict[str, Any] | None = None,
) -> RegulatoryClock:
    """Append an event and bring the stored date in line with it."""
    session.add(
        ClockEvent(
            ticket=ticket.number,
            kind=kind,
            at=at or now,
            recorded_at=now,
            by=by,
            why=why,
            grade=grade,
            reason=reason,
            approved_by=approved_by,
            notice=notice,
            data=data or {},
        )
    )
    await session.flush()
    return await set_decision_due(session, policy, ticket)


async def set_decision_due(session: AsyncSession, policy: Policy, ticket: Ticket) -> RegulatoryClock:
    """Store the date that receipt and events give."""
    clock = await clock_of(session, policy, ticket)
    ticket.decision_due, ticket.complexity = clock.due, clock.grade
    await session.flush()
    return clock


async def start_clocks(session: AsyncSession, policy: Policy, ticket: Ticket, *, now: datetime) -> ServiceDates:
    """Give a case its dates at registration. They depend on receipt, type and priority, never on who the customer is."""
    hours = await hours_of(session, policy)
    clock = await set_decision_due(session, policy, ticket)
    dates = service_dates(hours, ticket.received_at, priority=ticket.priority, now=now)
    ticket.answer_due = dates.answer_due
    ticket.next_update_at = None if ticket.type in IDEAS else min(dates.next_update_at, max(clock.due, now))
    await plan_warnings(session, policy, ticket, now=now)
    await set_target(session, policy, ticket, now=now)
    await notice_hole(session, hours, dates.answer_due, now)
    return dates


async def plan_warnings(session: AsyncSession, policy: Policy, ticket: Ticket, *, now: datetime) -> None:
    """Let the alarms before the decision's date ring by the date as it is now (3-dialogue.md 3.8, D-2)."""
    await cancel_warnings(session, ticket)
    if ticket.decision_due is None or ticket.state == "paused":
        return
    profile, due = profile_of(policy, ticket), ticket.decision_due
    for kind, to, days in ((NEAR, "supervisor", profile.warn_days), (AT_RISK, "customer", profile.tell_days)):
        day = local(due).date() - timedelta(days=days)
        moment = datetime.combine(day, policy.service.hours.open, SHANGHAI)
        if due > now:
            await plan_work(
                session,
                key=f"{kind}:{ticket.number}:{stamp(due)}",
                kind=kind,
                due_at=max(moment, now),
                to=to,
                ticket=ticket.number,
                conversation_id=ticket.conversation_id,
            )


async def cancel_warnings(session: AsyncSession, ticket: Ticket) -> None:
    """No alarm for a date that no longer holds."""
    for kind in (NEAR, AT_RISK):
        await cancel_work(session, f"{kind}:{ticket.number}:")


async def renew_decision_date(session: AsyncSession, policy: Policy, ticket: Ticket, *, now: datetime) -> None:
    """Promise the present date in place of the earlier one, which the customer has just been told no longer holds."""
    await void(session, ticket.number, ("decision",))
    await plan_warnings(session, policy, ticket, now=now)
    due = ticket.decision_due
    if ticket.conversation_id is None or ticket.state == "paused" or due is None or due <= now:
        return
    await make_promise(
        session,
        conversation_id=ticket.conversation_id,
        ticket=ticket.number,
        effect=f"decision:{ticket.number}:{stamp(due)}",
        kind="decision",
        content="给出处理决定",
        due_at=due,
    )


async def stop_clocks(session: AsyncSession, policy: Policy, ticket: Ticket, *, by: str, now: datetime) -> None:
    """A decision, or the end of the procedure: no alarm, no request and no pause outlives it. Call it before moving on."""
    await cancel_warnings(session, ticket)
    await session.execute(
        update(Extension)
        .where(Extension.ticket == ticket.number, Extension.state == "requested")
        .values(state="voided", answered_at=now)
    )
    if (await clock_of(session, policy, ticket)).paused_since is not None:
        await record_event(session, policy, ticket, kind="resumed", by=by, reason="程序结束，暂停随之结束", now=now)


async def raise_again(
    session: AsyncSession,
    policy: Policy,
    ticket: Ticket,
    *,
    new_facts: bool,
    now: datetime,
    by: str = "customer",
    reason: str = "客户在回访时提出",
) -> datetime:
    """A decision is not accepted, or the case is reopened by a colleague; returns the date to tell.

    New facts count anew from today (令2020/3 art. 18 ¶3). Without them the date stands while it is still to come; when it
    is over, the decision had met it, and what is raised now is received now.
    """
    # A case that was withdrawn before it was registered has no date yet.
    clock = await set_decision_due(session, policy, ticket)
    if new_facts or clock.due < now:
        clock = await record_event(
            session,
            policy,
            ticket,
            kind="restarted",
            by=by,
            why="new_facts" if new_facts else "complained_again",
            reason=reason,
            now=now,
        )
        # What the desk had given itself was part of the term that is over.
        ticket.target_due = None
    await plan_warnings(session, policy, ticket, now=now)
    await set_target(session, policy, ticket, now=now)
    return clock.due
