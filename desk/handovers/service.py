"""Handing a ticket over: offered, accepted or refused; until it is accepted the owner stays responsible (SD034)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.service import raise_alert
from desk.errors import Conflict, Invalid, NotAllowed, NotFound
from desk.handovers.models import HandOver
from desk.policy.schemas import Policy, policy
from desk.recusal.service import check_not_concerned, concerns
from desk.staff.models import ROLES, Staff
from desk.tickets.models import Ticket
from desk.tickets.owning import LEADERS, own
from desk.tickets.service import get_ticket
from desk.tickets.states import UNDER_WAY, check_may, check_version, may, move
from desk.updates.service import plan_owner_told
from desk.work.service import forget_work, plan_work


async def offered(session: AsyncSession, number: str) -> HandOver | None:
    """The offer that waits for an answer."""
    return await session.scalar(select(HandOver).where(HandOver.ticket == number, HandOver.state == "offered"))


async def hand_over(
    session: AsyncSession, number: str, staff: Staff, *, version: int, to: str, note: str, policy: Policy, now: datetime
) -> Ticket:
    """Offer the ticket to a work number or a role. Its owner, or a supervisor, may; whom recusal keeps off it may not get it."""
    ticket = await get_ticket(session, number, lock=True)
    if ticket.state not in UNDER_WAY:
        check_may(ticket, "assigned")
    check_version(ticket, version)
    if ticket.owner is not None and ticket.owner.isdigit() and staff.work_no != ticket.owner:
        _check_leads(staff)
    if await offered(session, number) is not None:
        raise Conflict(f"工单{number}已经在移交，等对方答复后再移交。", version=ticket.version)
    person = await session.scalar(select(Staff).where(Staff.work_no == to, Staff.active.is_(True)))
    if person is None and to not in ROLES:
        raise NotFound(f"没有工号或岗位“{to}”。")
    if person is not None and concerns(ticket, person):
        raise NotAllowed(f"工号{to}按回避规定不能接手这张单子。")
    if to == ticket.owner:
        raise Invalid(f"工单{number}已经由{to}负责。")
    offer = HandOver(
        ticket=number,
        source=str(ticket.owner),
        target=to,
        note=note.strip(),
        by=staff.work_no,
        at=now,
        state="offered",
    )
    session.add(offer)
    ticket.version += 1
    await session.flush()
    await plan_work(
        session,
        key=f"handover:{number}:{offer.id}",
        kind="handover",
        due_at=now + timedelta(minutes=policy.casework.handover_minutes),
        to="supervisor",
        ticket=number,
        conversation_id=ticket.conversation_id,
        data={"hand_over": offer.id},
    )
    return ticket


def _check_leads(staff: Staff) -> None:
    if staff.role not in LEADERS:
        raise NotAllowed("这张单子现在由别的同事负责，请他本人或主管移交。")


async def begin(session: AsyncSession, number: str, staff: Staff, *, version: int, now: datetime) -> Ticket:
    """Start looking into it: whoever takes a ticket from the unit owns it; another colleague's is handed over first."""
    ticket = await get_ticket(session, number, lock=True)
    check_not_concerned(ticket, staff)
    if not may(ticket, "assigned") and not waits_for_somebody(ticket):
        check_may(ticket, "investigating")
    check_version(ticket, version)
    if ticket.owner is not None and ticket.owner.isdigit() and ticket.owner != staff.work_no:
        raise NotAllowed(f"这张单子由工号{ticket.owner}负责，请他先移交给您。")
    await own(session, ticket, staff.work_no, by=staff.work_no, now=now, reason="开始核实", handler=staff)
    for state in ("assigned", "investigating"):
        if may(ticket, state):
            move(session, ticket, state, by=staff.work_no, now=now, reason=f"工号{staff.work_no}核实")
    await plan_owner_told(session, ticket, policy=policy(), now=now)
    return ticket


def waits_for_somebody(ticket: Ticket) -> bool:
    """Whether a case that had been begun went back to its unit, as recusal wants it, and is anybody's to take."""
    return ticket.state == "investigating" and not str(ticket.owner).isdigit()


async def accept(session: AsyncSession, number: str, staff: Staff, *, version: int, now: datetime) -> Ticket:
    """Take the ticket over. Only now is there a new owner."""
    ticket, offer = await _to_answer(session, number, staff, version)
    check_not_concerned(ticket, staff)
    reason = f"工号{staff.work_no}接手"
    await _answer(session, offer, "accepted", staff, now, offer.note)
    await own(session, ticket, staff.work_no, by=staff.work_no, now=now, reason=reason, handler=staff)
    if may(ticket, "assigned"):
        move(session, ticket, "assigned", by=staff.work_no, now=now, reason=reason)
    else:
        ticket.version += 1
    await plan_owner_told(session, ticket, policy=policy(), now=now)
    return ticket


async def refuse(
    session: AsyncSession, number: str, staff: Staff, *, version: int, reason: str, now: datetime
) -> Ticket:
    """Decline it, with a reason; the owner stays responsible."""
    ticket, offer = await _to_answer(session, number, staff, version)
    if not reason.strip():
        raise Invalid("请写明不能接手的原因。")
    await _answer(session, offer, "refused", staff, now, reason.strip())
    ticket.version += 1
    return ticket


async def _to_answer(session: AsyncSession, number: str, staff: Staff, version: int) -> tuple[Ticket, HandOver]:
    ticket = await get_ticket(session, number, lock=True)
    check_version(ticket, version)
    offer = await offered(session, number)
    if offer is None:
        raise Conflict(f"工单{number}没有等待答复的移交。", version=ticket.version)
    if offer.target not in (staff.work_no, staff.role):
        raise NotAllowed(f"这张单子移交给了{offer.target}，由对方来答复。")
    return ticket, offer


async def _answer(session: AsyncSession, offer: HandOver, state: str, staff: Staff, now: datetime, reason: str) -> None:
    offer.state, offer.answered_at, offer.answered_by, offer.reason = state, now, staff.work_no, reason
    await session.flush()
    await forget_work(session, f"handover:{offer.ticket}:{offer.id}")


async def not_answered(session: AsyncSession, offer_id: int, now: datetime) -> None:
    """Nobody answered in time: a supervisor decides. The offer stands, and so does the owner."""
    offer = await session.get(HandOver, offer_id)
    if offer is None or offer.state != "offered":
        return
    ticket = await get_ticket(session, offer.ticket)
    await raise_alert(
        session,
        key=f"handover:{offer.id}",
        kind="duty",
        to="supervisor",
        now=now,
        ticket=offer.ticket,
        conversation_id=ticket.conversation_id,
    )


async def hand_overs_of(session: AsyncSession, number: str) -> list[HandOver]:
    """All hand-overs of a ticket, oldest first."""
    return list(await session.scalars(select(HandOver).where(HandOver.ticket == number).order_by(HandOver.id)))
