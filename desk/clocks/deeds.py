"""What colleagues may do to the regulatory clock, each told to the customer at once (令2020/3 art. 18, 23; 3-dialogue.md 3.8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.service import raise_alert
from desk.clock import local, require_aware
from desk.clocks.errors import ApprovalNeeded, ClockSetBack, ClockStopped, NoNotice, PastDue, WouldShorten
from desk.clocks.models import Extension
from desk.clocks.notices import tell
from desk.clocks.regulatory import REVIEW, RegulatoryClock, days_of
from desk.clocks.service import (
    clock_of,
    clock_with,
    events_of,
    profile_of,
    record_event,
    renew_decision_date,
)
from desk.errors import Conflict, Invalid, NotAllowed
from desk.policy.hours import say_date
from desk.policy.schemas import Policy, Profile
from desk.recusal.service import check_not_concerned
from desk.staff.models import Staff
from desk.staff.service import by_work_no
from desk.texts.service import texts
from desk.tickets.acting import access_ticket, note_step
from desk.tickets.models import Ticket
from desk.tickets.service import add_addition
from desk.tickets.states import OPEN_STATES, WAYS, move
from desk.updates.progress import say_owner

BOTH = ("customer", "bank")


async def extend(
    session: AsyncSession,
    number: str,
    agent: Staff,
    *,
    version: int,
    reason: str,
    complexity: str | None,
    days: int | None,
    approver: str | None,
    policy: Policy,
    now: datetime,
) -> Ticket:
    """Give a case the next grade's time: at once with a reason, or as a request where the upper level has to approve.

    Raises WouldShorten, ApprovalNeeded, PastDue, ClockStopped, NoNotice, Conflict or Invalid, each saying what to do.
    """
    ticket = await access_ticket(session, number, agent, version)
    profile, clock = await _running(session, policy, ticket, now)
    reason = _said(reason, "延长办理期限要写明原因，这个原因会告诉客户。")
    grade = _grade_asked(profile, clock, complexity, days)
    if await _waiting(session, number) is not None:
        raise Conflict(f"工单{number}已有一份延长申请在等批准，请先等结果。")
    if not profile.grades[grade].approved:
        await _grant(session, policy, ticket, grade=grade, reason=reason, by=agent.work_no, approved_by=None, now=now)
        return ticket
    asked = await _approver(session, profile, ticket, agent, approver)
    row = Extension(
        ticket=number, grade=grade, reason=reason, requested_by=agent.work_no, requested_at=now, approver=asked
    )
    row.state = "requested"
    session.add(row)
    await session.flush()
    note_step(session, ticket, by=agent.work_no, now=now, reason=_history("requested"))
    await raise_alert(
        session,
        key=f"extension:{row.id}",
        kind="compliance",
        to=asked,
        now=now,
        ticket=number,
        conversation_id=ticket.conversation_id,
    )
    return ticket


async def answer_extension(
    session: AsyncSession,
    number: str,
    agent: Staff,
    *,
    version: int,
    approve: bool,
    reason: str,
    policy: Policy,
    now: datetime,
) -> Ticket:
    """Approve or refuse the waiting request; never by the colleague who made it."""
    ticket = await access_ticket(session, number, agent, version)
    row = await _waiting(session, number)
    if row is None:
        raise Conflict(f"工单{number}没有等待批准的延长申请。")
    profile = profile_of(policy, ticket)
    if agent.work_no == row.requested_by:
        raise NotAllowed("不能批准自己提出的延长申请，请由上级主管处理。")
    if agent.role not in profile.approvers:
        raise NotAllowed("延长申请要由上级主管批准。")
    if approve:
        await _running(session, policy, ticket, now)
        row.state = "approved"
    else:
        row.state = "refused"
        reason = _said(reason, "不批准要写明理由。")
    row.answered_by, row.answered_at, row.answer = agent.work_no, now, reason.strip() or None
    if approve:
        await _grant(
            session,
            policy,
            ticket,
            grade=row.grade,
            reason=row.reason,
            by=row.requested_by,
            approved_by=agent.work_no,
            now=now,
        )
    else:
        note_step(session, ticket, by=agent.work_no, now=now, reason=_history("refused"))
    await session.flush()
    return ticket


async def pause(
    session: AsyncSession,
    number: str,
    agent: Staff,
    *,
    version: int,
    why: str,
    reason: str,
    agreed: Sequence[str],
    policy: Policy,
    now: datetime,
) -> Ticket:
    """Stop the clock for an outside appraisal (art. 18 ¶2), or for a mediation that both sides agreed to (art. 23)."""
    ticket = await access_ticket(session, number, agent, version)
    if ticket.state == "paused":
        raise ClockStopped(f"工单{number}已经在暂停计时，不能再暂停一次。")
    profile, _ = await _running(session, policy, ticket, now)
    rule = profile.pauses.get(why)
    if rule is None:
        raise Invalid(f"不能因为{why}暂停计时。", allowed=list(profile.pauses))
    reason = _said(reason, "暂停计时要写明原因，这个原因会告诉客户。")
    if rule.consent == "both" and not set(BOTH) <= set(agreed):
        raise Invalid("调解要客户和本行都同意才能暂停计时，请先取得双方同意。")
    if "paused" not in WAYS[ticket.state]:
        for state in ("assigned", "investigating"):
            if state in WAYS[ticket.state]:
                move(session, ticket, state, by=agent.work_no, now=now, reason=f"工号{agent.work_no}处理")
    move(session, ticket, "paused", by=agent.work_no, now=now, reason=_history(f"paused.{why}"))
    notice = await tell(session, ticket, f"paused.{why}", by=agent.work_no, now=now, reason=reason)
    await record_event(
        session,
        policy,
        ticket,
        kind="paused",
        by=agent.work_no,
        why=why,
        reason=reason,
        notice=notice,
        data={"agreed": [side for side in BOTH if side in agreed]},
        now=now,
    )
    await renew_decision_date(session, policy, ticket, now=now)
    return ticket


async def resume(
    session: AsyncSession, number: str, agent: Staff, *, version: int, reason: str, policy: Policy, now: datetime
) -> Ticket:
    """Let the clock go on; the decision's date moves by exactly the paused natural days."""
    ticket = await access_ticket(session, number, agent, version)
    if ticket.state != "paused":
        raise ClockStopped(f"工单{number}没有在暂停计时，不用恢复。")
    await _check_time(session, ticket, now)
    move(session, ticket, "investigating", by=agent.work_no, now=now, reason=_history("resumed"))
    clock = await record_event(
        session, policy, ticket, kind="resumed", by=agent.work_no, reason=reason.strip() or _history("resumed"), now=now
    )
    await tell(session, ticket, "resumed", by=agent.work_no, now=now, decision_due=say_date(clock.due))
    await renew_decision_date(session, policy, ticket, now=now)
    return ticket


async def restart(
    session: AsyncSession,
    number: str,
    agent: Staff,
    *,
    version: int,
    facts: str,
    received_at: datetime | None,
    policy: Policy,
    now: datetime,
) -> Ticket:
    """The handler marks what the customer brought as new facts: the time counts anew from the day they came (art. 18 ¶3)."""
    ticket = await access_ticket(session, number, agent, version)
    facts = _said(facts, "重新计时要写明是什么新的事实和理由。")
    if ticket.state == "paused":
        raise ClockStopped(f"工单{number}正在暂停计时，请先恢复计时，再按新情况重新计时。")
    _check_open(ticket)
    await _check_time(session, ticket, now)
    came = require_aware(received_at) if received_at else now
    events = await events_of(session, number)
    earliest = max([ticket.received_at, *(event.at for event in events)])
    if not earliest <= came <= now:
        raise Invalid(f"新情况的收到时间要在{local(earliest):%Y-%m-%d %H:%M}和现在之间。")
    await add_addition(
        session, ticket, effect=f"restart:{ticket.version}", kind="new_fact", text=facts, by=agent.work_no, now=now
    )
    clock = await record_event(
        session, policy, ticket, kind="restarted", by=agent.work_no, why="new_facts", reason=facts, at=came, now=now
    )
    values = {"since": say_date(came), "decision_due": say_date(clock.due)}
    note_step(session, ticket, by=agent.work_no, now=now, reason=_history("restarted", **values))
    await tell(session, ticket, "restarted", by=agent.work_no, now=now, **values)
    await renew_decision_date(session, policy, ticket, now=now)
    return ticket


async def _grant(
    session: AsyncSession,
    policy: Policy,
    ticket: Ticket,
    *,
    grade: str,
    reason: str,
    by: str,
    approved_by: str | None,
    now: datetime,
) -> None:
    before = ticket.decision_due
    clock = await clock_with(session, policy, ticket, kind="extended", at=now, grade=grade)
    dates = {"before": say_date(before or clock.due), "decision_due": say_date(clock.due)}
    notice = await tell(
        session,
        ticket,
        "extended_approved" if approved_by else "extended",
        by=approved_by or by,
        now=now,
        reason=reason,
        approver=say_owner(approved_by) if approved_by else "",
        **dates,
    )
    await record_event(
        session,
        policy,
        ticket,
        kind="extended",
        by=by,
        grade=grade,
        reason=reason,
        approved_by=approved_by,
        notice=notice,
        now=now,
    )
    note_step(session, ticket, by=approved_by or by, now=now, reason=_history("extended", **dates))
    await renew_decision_date(session, policy, ticket, now=now)


async def _running(
    session: AsyncSession, policy: Policy, ticket: Ticket, now: datetime
) -> tuple[Profile, RegulatoryClock]:
    """The clock of a case whose time is running; raises what stands against touching it."""
    _check_open(ticket)
    if ticket.state == "paused":
        raise ClockStopped(f"工单{ticket.number}正在暂停计时，请先恢复计时。")
    await _check_time(session, ticket, now)
    clock = await clock_of(session, policy, ticket)
    if now > clock.due:
        raise PastDue(f"工单{ticket.number}的办理期限{say_date(clock.due)}已过，不能再延长或暂停，请尽快作出决定。")
    if ticket.conversation_id is None:
        raise NoNotice(f"工单{ticket.number}没有可以通知客户的会话。没有告知客户，延长和暂停都无效。")
    return profile_of(policy, ticket), clock


def _check_open(ticket: Ticket) -> None:
    if ticket.state == "draft":
        raise ClockStopped(f"工单{ticket.number}还没有登记，没有办理期限可改。")
    if ticket.state not in OPEN_STATES:
        raise ClockStopped(f"工单{ticket.number}已经有处理结果或已结束，办理期限不能再改。")


async def _check_time(session: AsyncSession, ticket: Ticket, now: datetime) -> None:
    events = await events_of(session, ticket.number)
    latest = max([ticket.received_at, *(event.recorded_at for event in events)])
    if now < latest:
        raise ClockSetBack(f"系统时间早于这张工单上已有的记录（{local(latest):%Y-%m-%d %H:%M}），请先核对服务器时间。")


def _grade_asked(profile: Profile, clock: RegulatoryClock, complexity: str | None, days: int | None) -> str:
    names = list(profile.grades)
    if clock.grade == REVIEW:
        raise Invalid("核查的30天期限不能延长。")
    allowed = {name: profile.grades[name].days for name in names[names.index(clock.grade) + 1 :]}
    wanted = profile.grades[complexity].days if complexity in names else days
    if complexity is not None and (complexity not in names or days not in (None, wanted)):
        raise Invalid(f"没有这种复杂程度，或者和天数对不上：{complexity}。", allowed=names)
    if wanted is None:
        raise Invalid("请写明延长到哪一档（complexity）或一共多少天（days）。", allowed=names)
    present = days_of(profile, clock.grade)
    if wanted <= present:
        raise WouldShorten(f"现在的期限已是{present}个自然日，延长后不能更短或一样。", allowed=allowed)
    grade = next((name for name, limit in allowed.items() if limit == wanted), None)
    if grade is None:
        raise Invalid(f"不能延长到{wanted}个自然日。", allowed=allowed)
    if grade != next(iter(allowed)):
        raise Invalid(f"要先延长到{next(iter(allowed.values()))}个自然日，到时还不够再延长。", allowed=allowed)
    return grade


async def _approver(session: AsyncSession, profile: Profile, ticket: Ticket, agent: Staff, approver: str | None) -> str:
    told = (approver or "").strip()
    if not told:
        raise ApprovalNeeded("再次延长要由上级主管批准，请写明批准人（approver）。", approvers=profile.approvers)
    if told in profile.approvers:
        return told
    person = await by_work_no(session, told)
    if person.id == agent.id:
        raise ApprovalNeeded("批准人不能是申请人自己。", approvers=profile.approvers)
    if person.role not in profile.approvers or not person.active:
        raise ApprovalNeeded(f"工号{told}不是上级主管，不能批准延长。", approvers=profile.approvers)
    check_not_concerned(ticket, person, f"工号{told}按回避规定不能批准这张单子。")
    return told


async def _waiting(session: AsyncSession, number: str) -> Extension | None:
    return await session.scalar(select(Extension).where(Extension.ticket == number, Extension.state == "requested"))


def _said(text: str, otherwise: str) -> str:
    said = text.strip().rstrip("。；;.")
    if not said:
        raise Invalid(otherwise)
    return said


def _history(key: str, **values: str) -> str:
    return texts().say(f"procedure.clock.history.{key}", **values)
