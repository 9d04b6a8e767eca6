"""Recheck by another, feedback to the department, follow-up, closing – nothing is closed without them (3-dialogue.md 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.closing.models import Closing, Feedback, FollowUp, Recheck
from desk.errors import Conflict, Invalid, NotAllowed
from desk.policy.schemas import Policy
from desk.recusal.service import check_not_concerned
from desk.staff.models import Staff
from desk.surveys.models import Survey
from desk.surveys.service import remind_key
from desk.tickets.deciding import notice_proof
from desk.tickets.ending import end_work, reopen
from desk.tickets.models import Ticket
from desk.tickets.owning import LEADERS, handled_by
from desk.tickets.service import get_ticket
from desk.tickets.states import check_may, check_version, move
from desk.work.models import DueWork

NEEDS = {
    "owner": "负责人",
    "notice": "已送达的决定通知",
    "recheck": "未经办同事的复核",
    "feedback": "给部门的反馈，或不需要反馈的原因",
    "follow_up": "回访，或客户谢绝、两次没有联系上",
}
"""What a ticket needs before it is closed."""
TOLD = ("notified", "rechecked", "followed_up")
CLOSERS = (*LEADERS, "quality")


class NotReadyToClose(Conflict):
    """Something that closing needs is not there yet."""

    code = "not_ready_to_close"


@dataclass(frozen=True)
class Proof:
    """What stands on record since the decision in force."""

    notice: int | None
    recheck: Recheck | None
    feedback: Feedback | None
    follow_up: str | None

    def missing(self, ticket: Ticket) -> list[str]:
        """Keys of NEEDS that are not there."""
        there = {
            "owner": ticket.owner,
            "notice": self.notice,
            "recheck": self.recheck,
            "feedback": self.feedback,
            "follow_up": self.follow_up,
        }
        return [need for need in NEEDS if there[need] is None]


async def recheck(
    session: AsyncSession,
    number: str,
    staff: Staff,
    *,
    version: int,
    result: str,
    note: str,
    policy: Policy,
    now: datetime,
) -> Ticket:
    """复核: `passed` goes on to follow-up, `returned` reopens the case and tells the customer so. Never by the handler."""
    ticket = await get_ticket(session, number, lock=True)
    check_not_concerned(ticket, staff)
    check_may(ticket, "rechecked")
    check_version(ticket, version)
    handler = handled_by(ticket)
    if staff.work_no == handler:
        raise NotAllowed("复核要由没有经办这张单子的同事来做。")
    if result not in ("passed", "returned"):
        raise Invalid(f"没有这种复核结果：{result}。", allowed=["passed", "returned"])
    if not note.strip():
        raise Invalid("请写明复核看了什么、结论是什么。")
    session.add(Recheck(ticket=number, handler=handler, by=staff.work_no, at=now, result=result, note=note.strip()))
    await session.flush()
    if result == "passed":
        move(session, ticket, "rechecked", by=staff.work_no, now=now, reason="复核通过")
        await settle_follow_up(session, ticket, policy=policy, now=now)
    else:
        await reopen(
            session, ticket, by=staff.work_no, reason="复核后重新核实", policy=policy, now=now, tell_customer=True
        )
    return ticket


async def give_feedback(
    session: AsyncSession,
    number: str,
    staff: Staff,
    *,
    version: int,
    department: str,
    text: str,
    none_because: str,
    now: datetime,
) -> Ticket:
    """Tell the responsible department, or say why there is nothing to tell (SD073)."""
    ticket = await get_ticket(session, number, lock=True)
    check_not_concerned(ticket, staff)
    if ticket.decided_at is None or ticket.state in ("reopened", "merged", "withdrawn"):
        raise Conflict(f"工单{number}还没有处理决定，作出决定后再反馈给部门。", state=ticket.state)
    check_version(ticket, version)
    told, why_not = (department.strip(), text.strip()), none_because.strip()
    if not (all(told) or why_not) or (any(told) and why_not):
        raise Invalid("请写明反馈给哪个部门和反馈内容；不需要反馈时只写原因。")
    row = Feedback(ticket=number, by=staff.work_no, at=now)
    row.department, row.text = told if all(told) else (None, None)
    row.none_because = why_not or None
    session.add(row)
    ticket.version += 1
    await session.flush()
    return ticket


async def note_follow_up(
    session: AsyncSession,
    number: str,
    staff: Staff,
    *,
    version: int,
    result: str,
    note: str,
    policy: Policy,
    now: datetime,
) -> Ticket:
    """A colleague asked, or tried to: answered, declined, or unreachable – which counts when it happened twice."""
    ticket = await get_ticket(session, number, lock=True)
    check_not_concerned(ticket, staff)
    if ticket.state not in TOLD:
        check_may(ticket, "followed_up")
    check_version(ticket, version)
    if result not in ("answered", "declined", "unreachable"):
        raise Invalid(f"没有这种回访结果：{result}。", allowed=["answered", "declined", "unreachable"])
    if not note.strip():
        raise Invalid("请写明怎么联系的、客户怎么说。")
    session.add(FollowUp(ticket=number, result=result, note=note.strip(), by=staff.work_no, at=now))
    ticket.version += 1
    await session.flush()
    await settle_follow_up(session, ticket, policy=policy, now=now)
    return ticket


async def settle_follow_up(session: AsyncSession, ticket: Ticket, *, policy: Policy, now: datetime) -> None:
    """Recheck and follow-up may come in either order; once both are there the ticket has been followed up."""
    if ticket.state != "rechecked":
        return
    done = await follow_up_of(session, ticket, policy=policy, now=now)
    if done is not None:
        reasons = {"answered": "客户已回访", "declined": "客户谢绝回访", "unreachable": "两次没有联系上客户"}
        reason = reasons.get(done, "按规定不回访")
        move(session, ticket, "followed_up", by="bot", now=now, reason=reason)


async def follow_up_of(session: AsyncSession, ticket: Ticket, *, policy: Policy, now: datetime) -> str | None:
    """How the follow-up of the decision in force ended; None while it is still to come.

    A survey that was asked and reminded without a word is two attempts. Life-safety cases are never asked (3.11).
    """
    if ticket.flags.get("restricted"):
        return "exempt"
    since = ticket.decided_at or ticket.received_at
    tries = list(
        await session.scalars(
            select(FollowUp.result).where(FollowUp.ticket == ticket.number, FollowUp.at >= since).order_by(FollowUp.id)
        )
    )
    survey = await session.scalar(select(Survey).where(Survey.ticket == ticket.number))
    if "answered" in tries or (survey is not None and survey.state == "answered"):
        return "answered"
    if "declined" in tries or (survey is not None and survey.state == "declined"):
        return "declined"
    if survey is not None and survey.state == "stopped":
        # A ticket that has been told and not reopened is stopped only where asking would be wrong.
        return "exempt"
    asked = await _asked_in_vain(session, survey, policy, now) if survey is not None else 0
    return "unreachable" if tries.count("unreachable") + asked >= policy.casework.unreachable_times else None


async def _asked_in_vain(session: AsyncSession, survey: Survey, policy: Policy, now: datetime) -> int:
    """How often the survey was sent without an answer, once enough time has passed since the last attempt."""
    if survey.state != "asking" or survey.answers or survey.sent_at is None:
        return 0
    reminded = await session.scalar(
        select(DueWork.done_at).where(DueWork.key == remind_key(survey), DueWork.cancelled.is_(False))
    )
    last = max(filter(None, (survey.sent_at, reminded)))
    if last + timedelta(hours=policy.casework.unreachable_after_hours) > now:
        return 0
    return 2 if reminded is not None and reminded > survey.sent_at else 1


async def proof_of(session: AsyncSession, ticket: Ticket, *, policy: Policy, now: datetime) -> Proof:
    """What there is; what belongs to an earlier decision does not count."""
    since = ticket.decided_at or ticket.received_at
    notice = await notice_proof(session, ticket.number)
    recheck_row = await session.scalar(
        select(Recheck)
        .where(Recheck.ticket == ticket.number, Recheck.result == "passed", Recheck.at >= since)
        .order_by(Recheck.id.desc())
        .limit(1)
    )
    return Proof(
        notice=notice.id if notice is not None and notice.created_at >= since else None,
        recheck=recheck_row,
        feedback=await feedback_of(session, ticket),
        follow_up=await follow_up_of(session, ticket, policy=policy, now=now),
    )


async def feedback_of(session: AsyncSession, ticket: Ticket) -> Feedback | None:
    """The newest feedback about the decision in force."""
    return await session.scalar(
        select(Feedback)
        .where(Feedback.ticket == ticket.number, Feedback.at >= (ticket.decided_at or ticket.received_at))
        .order_by(Feedback.id.desc())
        .limit(1)
    )


async def close(
    session: AsyncSession, number: str, staff: Staff, *, version: int, policy: Policy, now: datetime
) -> Ticket:
    """Close a ticket for which everything is there; raises NotReadyToClose naming all that is missing."""
    ticket = await get_ticket(session, number, lock=True)
    check_not_concerned(ticket, staff)
    check_version(ticket, version)
    if staff.work_no != ticket.owner and staff.role not in CLOSERS:
        raise NotAllowed("办结由负责人、主管、合规或质检来做。")
    if ticket.state not in TOLD:
        check_may(ticket, "closed")
    proof = await proof_of(session, ticket, policy=policy, now=now)
    missing = proof.missing(ticket)
    if missing or proof.notice is None or proof.recheck is None or proof.feedback is None or proof.follow_up is None:
        told = "、".join(NEEDS[need] for need in missing)
        raise NotReadyToClose(f"工单{number}还不能办结，缺：{told}。", missing=missing, version=ticket.version)
    await settle_follow_up(session, ticket, policy=policy, now=now)
    check_may(ticket, "closed")
    row = await session.get(Closing, number)
    if row is None:
        row = Closing(ticket=number)
        session.add(row)
    row.owner, row.by, row.at = str(ticket.owner), staff.work_no, now
    row.notice_id, row.recheck_id, row.feedback_id = proof.notice, proof.recheck.id, proof.feedback.id
    row.follow_up = proof.follow_up
    # The proof is written before the state: the database takes a closed ticket only with it.
    await session.flush()
    ticket.closing = number
    move(session, ticket, "closed", by=staff.work_no, now=now, reason="办结")
    await end_work(session, ticket, now)
    return ticket


async def waiting(session: AsyncSession, after: int, limit: int) -> list[tuple[Ticket, list[str]]]:
    """Told tickets that wait for a recheck or for feedback to a department, the one decided longest ago first."""
    heard = (
        select(Feedback.id)
        .where(Feedback.ticket == Ticket.number, Feedback.at >= func.coalesce(Ticket.decided_at, Ticket.received_at))
        .exists()
    )
    rows = await session.execute(
        select(Ticket, heard)
        .where(Ticket.state.in_(TOLD), (Ticket.state == "notified") | ~heard)
        .order_by(Ticket.decided_at, Ticket.number)
        .offset(after)
        .limit(limit)
    )
    return [
        (ticket, [*(["recheck"] if ticket.state == "notified" else []), *([] if there else ["feedback"])])
        for ticket, there in rows
    ]
