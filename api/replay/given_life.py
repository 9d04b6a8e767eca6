"""The life behind a given ticket: owner, notice, recheck, follow-up, feedback and closing, as the database wants to see them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.replay.cases.given import TicketIn
from desk.closing.models import Closing, Feedback, FollowUp, Recheck
from desk.handovers.models import HandOver
from desk.notices.models import Notice
from desk.notices.service import content_hash
from desk.notices.wording import decision_text, parts_of
from desk.policy.schemas import Policy
from desk.privacy.redact import redact
from desk.recusal.service import keep_off
from desk.staff.models import Staff
from desk.tickets.models import Ticket, TicketLink
from desk.tickets.owning import handled_by, own
from desk.tickets.service import items_of
from desk.work.service import plan_work

TOLD = ("notified", "rechecked", "followed_up", "closed", "reopened")
NOBODY = "0000"
"""Who rechecked a given ticket when there is nobody on the roster but its handler."""


async def seed_life(session: AsyncSession, row: Ticket, given: TicketIn, policy: Policy, now: datetime) -> None:
    """Everything that a ticket in this state has behind it; a closed one is closed here, with its proof."""
    if row.owner is not None:
        await own(
            session, row, row.owner, by="bot", now=row.received_at, reason="登记", handler=await _staff(session, row)
        )
    for value in given.exclusions:
        await _keep_off(session, row, value)
    told = row.notified_at if given.state in TOLD else None
    notice = await _notice(session, row, told, policy) if told is not None else None
    recheck = await _recheck(session, row, given, told)
    feedback = await _feedback(session, row, given, told)
    await _follow_up(session, row, given, told)
    await _hand_over(session, row, given, policy, now)
    if given.state == "closed" and notice and recheck and feedback and told is not None:
        owner = str(row.owner)
        closing = Closing(ticket=row.number, owner=owner, follow_up=given.follow_up, by=owner, at=told)
        closing.notice_id, closing.recheck_id, closing.feedback_id = notice.id, recheck.id, feedback.id
        session.add(closing)
        await session.flush()
        row.closing, row.state = row.number, "closed"
    await session.flush()


async def _keep_off(session: AsyncSession, row: Ticket, value: str) -> None:
    """Work numbers are digits; everybody else on the roster is known by it, and what is nobody's number is a branch."""
    known = value.isdigit() or await session.scalar(select(Staff.id).where(Staff.work_no == value)) is not None
    kind, reason = ("staff", "named") if known else ("branch", "branch")
    await keep_off(session, row, kind=kind, value=value, reason=reason, now=row.received_at)


async def _staff(session: AsyncSession, row: Ticket) -> Staff | None:
    return await session.scalar(select(Staff).where(Staff.work_no == row.owner))


async def _notice(session: AsyncSession, row: Ticket, told: datetime, policy: Policy) -> Notice:
    items = await items_of(session, row.number)
    outcome = str((row.decision or {}).get("outcome", "explained"))
    for item in items:
        item.outcome = item.outcome or outcome
    text = str((row.decision or {}).get("text", ""))
    row.decision = {
        **(row.decision or {}),
        "parts": {"verification": None, "basis": text, "remedies": None, "result": ""},
    }
    parts = parts_of(row, items, policy, told_on=told)
    notice = Notice(
        ticket=row.number,
        kind="decision",
        channel="web",
        parts={"verification": parts.verification, "basis": parts.basis, "remedies": parts.remedies},
        content_hash=content_hash(decision_text(row, parts)),
        by=handled_by(row),
        created_at=told,
        sent_at=told,
        result="sent",
        attempts=1,
    )
    session.add(notice)
    await session.flush()
    return notice


async def _recheck(session: AsyncSession, row: Ticket, given: TicketIn, told: datetime | None) -> Recheck | None:
    if told is None or (given.recheck is None and given.state not in ("rechecked", "followed_up", "closed")):
        return None
    handler = handled_by(row)
    by = given.recheck.by if given.recheck is not None else None
    if by is None:
        others = select(Staff.work_no).where(Staff.work_no != handler).order_by(Staff.role.desc(), Staff.work_no)
        by = await session.scalar(others) or NOBODY
    recheck = Recheck(
        ticket=row.number,
        handler=handler,
        by=by,
        at=given.recheck.at if given.recheck and given.recheck.at else told,
        result=given.recheck.result if given.recheck else "passed",
        note=redact(given.recheck.note if given.recheck else "复核", code_expected=False).text,
    )
    session.add(recheck)
    await session.flush()
    return recheck


async def _feedback(session: AsyncSession, row: Ticket, given: TicketIn, told: datetime | None) -> Feedback | None:
    if told is None or (given.feedback is None and given.state != "closed"):
        return None
    told_to = given.feedback
    feedback = Feedback(ticket=row.number, by=handled_by(row), at=told)
    if told_to is not None and told_to.department and told_to.text:
        feedback.department, feedback.text = told_to.department, redact(told_to.text, code_expected=False).text
    else:
        feedback.none_because = (told_to.none_because if told_to else None) or "无需反馈"
    session.add(feedback)
    await session.flush()
    return feedback


async def _follow_up(session: AsyncSession, row: Ticket, given: TicketIn, told: datetime | None) -> None:
    if told is None or given.state not in ("followed_up", "closed"):
        return
    for _ in range(2 if given.follow_up == "unreachable" else 1):
        session.add(FollowUp(ticket=row.number, result=given.follow_up, note="回访", by="bot", at=told))


async def _hand_over(session: AsyncSession, row: Ticket, given: TicketIn, policy: Policy, now: datetime) -> None:
    if given.hand_over is None or row.owner is None:
        return
    at = given.hand_over.at or now
    offer = HandOver(
        ticket=row.number,
        source=row.owner,
        target=given.hand_over.to,
        note=redact(given.hand_over.note, code_expected=False).text,
        by=given.hand_over.by or row.owner,
        at=at,
        state="offered",
    )
    session.add(offer)
    await session.flush()
    await plan_work(
        session,
        key=f"handover:{row.number}:{offer.id}",
        kind="handover",
        due_at=at + timedelta(minutes=policy.casework.handover_minutes),
        to="supervisor",
        ticket=row.number,
        conversation_id=row.conversation_id,
        data={"hand_over": offer.id},
    )


def given_links(given: TicketIn) -> list[TicketLink]:
    """How it belongs to others; written when all of them are there."""
    return [TicketLink(ticket=given.number, kind=link.kind, number=link.number) for link in given.links]
