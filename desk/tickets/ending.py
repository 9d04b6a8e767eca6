"""Ends that are no decision: withdrawn, not taken up – and the way back, reopened."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.appointments.models import Appointment
from desk.appointments.service import cancel
from desk.clock import local
from desk.clocks.service import raise_again, stop_clocks
from desk.errors import Invalid
from desk.handovers.models import HandOver
from desk.notices.service import tell
from desk.policy.hours import say_date
from desk.policy.schemas import Policy, policy
from desk.promises.service import ENDED_BY_DECISION, keep
from desk.recusal.service import check_not_concerned
from desk.staff.models import Staff
from desk.surveys.service import stop_survey
from desk.texts.service import texts
from desk.tickets.models import Ticket
from desk.tickets.owning import own
from desk.tickets.service import add_addition, get_ticket, plan_update, promise_dates
from desk.tickets.states import check_may, check_version, move
from desk.work.service import cancel_work

WORK = ("update:", "owner:", "survey:", "draft:", "handover:")
"""Due work about a ticket that nobody waits for any longer when its procedure ends."""


async def withdraw(
    session: AsyncSession, ticket: Ticket, *, now: datetime, by: str = "customer", reason: str = "客户撤回"
) -> None:
    """End the procedure the same day, at the moment it is received (令2020/3 art. 15)."""
    check_may(ticket, "withdrawn")
    await stop_clocks(session, policy(), ticket, by=by, now=now)
    await someone_answers_for(session, ticket, by, now, reason)
    move(session, ticket, "withdrawn", by=by, now=now, reason=reason)
    await end_work(session, ticket, now)


async def withdraw_for(
    session: AsyncSession, number: str, agent: Staff, *, version: int, reason: str, now: datetime
) -> Ticket:
    """A colleague withdraws at the customer's word (on the phone, at the counter); the customer reads it with its time."""
    ticket = await get_ticket(session, number, lock=True)
    check_version(ticket, version)
    if not reason.strip():
        raise Invalid("请写明客户怎么提出撤回的。")
    await withdraw(session, ticket, now=now, by=agent.work_no, reason="客户撤回")
    await note_words(session, ticket, "withdraw", reason, agent.work_no, now)
    await tell(session, ticket, withdrawn_text(ticket, now), kind="withdrawn", by=agent.work_no, now=now)
    return ticket


def withdrawn_text(ticket: Ticket, now: datetime) -> str:
    """The acknowledgement, with the minute it was received."""
    return texts().say("notices.withdrawn", number=ticket.number, at=f"{say_date(now)}{local(now):%H:%M}")


async def note_words(session: AsyncSession, ticket: Ticket, deed: str, words: str, by: str, now: datetime) -> None:
    """A colleague's own words about a deed: for colleagues. The step's reason is also told to who asks how it stands."""
    await add_addition(
        session, ticket, effect=f"{deed}:{ticket.version}", kind="note", text=words.strip(), by=by, now=now
    )


async def decline(
    session: AsyncSession, number: str, agent: Staff, *, version: int, reason: str, now: datetime
) -> Ticket:
    """Not taken up because neither the person nor an agent of his raised it; he is told so (令2020/3 art. 18 ¶4)."""
    ticket = await get_ticket(session, number, lock=True)
    check_not_concerned(ticket, agent)
    check_may(ticket, "declined")
    check_version(ticket, version)
    if not reason.strip():
        raise Invalid("不予受理要写明原因，客户会看到。")
    await stop_clocks(session, policy(), ticket, by=agent.work_no, now=now)
    await someone_answers_for(session, ticket, agent.work_no, now, "不予受理")
    move(session, ticket, "declined", by=agent.work_no, now=now, reason="不予受理")
    await note_words(session, ticket, "decline", reason, agent.work_no, now)
    await end_work(session, ticket, now)
    text = texts().say("notices.declined", number=ticket.number, reason=reason.strip().rstrip("。"))
    await tell(session, ticket, text, kind="declined", by=agent.work_no, now=now)
    return ticket


async def someone_answers_for(session: AsyncSession, ticket: Ticket, by: str, now: datetime, reason: str) -> None:
    """A draft belongs to nobody yet; one that ends has been somebody's, else it would be lost (SD075)."""
    if ticket.owner is None:
        await own(session, ticket, policy().service.unit, by=by, now=now, reason=reason)


async def end_work(session: AsyncSession, ticket: Ticket, now: datetime) -> None:
    """Nothing is to come any longer: promises, updates, survey, appointments, an open hand-over."""
    ticket.closed_at, ticket.next_update_at = now, None
    await keep(session, ticket.number, ENDED_BY_DECISION, now, done=False)
    for prefix in WORK:
        await cancel_work(session, f"{prefix}{ticket.number}:")
    await stop_survey(session, ticket.number)
    for row in await session.scalars(
        select(Appointment).where(Appointment.ticket == ticket.number, Appointment.state.in_(("booked", "offered")))
    ):
        await cancel(session, row)
    for offer in await session.scalars(
        select(HandOver).where(HandOver.ticket == ticket.number, HandOver.state == "offered")
    ):
        offer.state, offer.answered_at, offer.reason = "void", now, "工单已结束"
    await session.flush()


async def reopen(
    session: AsyncSession, ticket: Ticket, *, by: str, reason: str, policy: Policy, now: datetime, tell_customer: bool
) -> None:
    """Back to work, with the same owner. The day for the decision is the old one while it is still to come."""
    move(session, ticket, "reopened", by=by, now=now, reason=reason)
    ticket.closed_at = None
    await cancel_work(session, f"survey:{ticket.number}:")
    await stop_survey(session, ticket.number)
    due = await raise_again(session, policy, ticket, new_facts=False, by=by, reason=reason, now=now)
    if tell_customer:
        text = texts().say("notices.reopened", number=ticket.number, decision_due=say_date(due))
        await tell(session, ticket, text, kind="reopened", by=by, now=now)
        await promise_dates(session, ticket, turn_id=None, now=now)
    await plan_update(session, ticket)
