"""Deciding a ticket and telling the customer, whatever the outcome (SD013, 令2020/3 art. 19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.clocks.service import stop_clocks
from desk.conversations.models import Message
from desk.errors import Conflict, Invalid
from desk.notices.models import BY_HAND, Notice
from desk.notices.service import last_decision_notice, tell, told_by_hand
from desk.notices.wording import DECIDED_TYPES, Parts, check_proxy, decision_text, parts_of
from desk.policy.schemas import Policy
from desk.promises.service import ENDED_BY_DECISION, keep
from desk.recusal.service import check_not_concerned
from desk.staff.models import Staff
from desk.surveys.service import plan_survey
from desk.tickets.models import Ticket, TicketItem
from desk.tickets.owning import own
from desk.tickets.service import get_ticket, items_of
from desk.tickets.states import UNDER_WAY, WAYS, check_may, check_version, move
from desk.work.service import cancel_work

OUTCOMES = {"upheld": "成立", "partly_upheld": "部分成立", "not_upheld": "不成立", "explained": "解释说明"}


@dataclass(frozen=True)
class ItemFinding:
    """What was found about one grievance. `id` is the item's."""

    id: int
    outcome: str
    text: str = ""


@dataclass(frozen=True)
class Findings:
    """A decision as a colleague writes it.

    Either `text` alone, in which basis and reasons stand: what was found is then said from the outcome of every grievance.
    Or `verification` and `basis` apart (and `remedies`, when other words than the house's are wanted); `text`, if any, is
    then the result in a sentence.
    """

    outcome: str
    text: str = ""
    verification: str | None = None
    basis: str | None = None
    remedies: str | None = None
    items: Sequence[ItemFinding] = ()
    all_items: bool = False

    @property
    def in_parts(self) -> bool:
        """Whether the parts were written apart."""
        return self.verification is not None or self.basis is not None

    def parts(self) -> dict[str, str | None]:
        """As the ticket keeps them; what is None is worded when the customer is told."""
        if not self.in_parts:
            return {"verification": None, "basis": self.text.strip(), "remedies": self.remedies, "result": ""}
        return {
            "verification": (self.verification or "").strip(),
            "basis": (self.basis or "").strip(),
            "remedies": self.remedies,
            "result": self.text.strip(),
        }


async def decide_and_notify(
    session: AsyncSession,
    number: str,
    agent: Staff,
    *,
    version: int,
    findings: Findings,
    policy: Policy,
    now: datetime,
    survey_delay_hours: float,
    notify: bool = True,
) -> tuple[Ticket, Message | None]:
    """Record the decision and, unless told otherwise, tell it in the customer's conversation; one transaction.

    A ticket without a conversation stays decided until somebody tells the customer another way (`notify_decision`).
    """
    ticket = await get_ticket(session, number, lock=True)
    check_not_concerned(ticket, agent)
    if ticket.state not in UNDER_WAY:
        check_may(ticket, "decided")
    check_version(ticket, version)
    _check_words(findings)
    items = await items_of(session, number)
    _answer_items(items, findings)
    await stop_clocks(session, policy, ticket, by=agent.work_no, now=now)
    for state in ("assigned", "investigating"):
        if state in WAYS[ticket.state]:
            move(session, ticket, state, by=agent.work_no, now=now, reason=f"工号{agent.work_no}处理")
    await own(session, ticket, agent.work_no, by=agent.work_no, now=now, reason="处理并作出决定", handler=agent)
    move(session, ticket, "decided", by=agent.work_no, now=now, reason="作出处理决定")
    words = findings.text.strip() or "".join(filter(None, (findings.verification, findings.basis)))
    ticket.decision = {
        "outcome": findings.outcome,
        "text": words,
        "by": agent.work_no,
        "parts": findings.parts(),
    }
    ticket.decided_at = now
    _check_parts(ticket, parts_of(ticket, items, policy, told_on=now))
    await session.flush()
    message = None
    if notify and ticket.conversation_id is not None:
        message = await _tell_decision(session, ticket, agent, items, policy, now)
        await _told(session, ticket, agent, policy, now, survey_delay_hours)
    return ticket, message


def _check_words(findings: Findings) -> None:
    if findings.outcome not in OUTCOMES:
        raise Invalid(f"没有这种处理结果：{findings.outcome}。", allowed=list(OUTCOMES))
    if not findings.in_parts and not findings.text.strip():
        raise Invalid("处理决定要写明核实情况、依据和理由。")


def _check_parts(ticket: Ticket, parts: Parts) -> None:
    if ticket.type in DECIDED_TYPES:
        parts.check(review=ticket.type == "HC")


def _answer_items(items: Sequence[TicketItem], findings: Findings) -> None:
    """Every grievance gets its answer; one that would be left without is named (SD010)."""
    told = {finding.id: finding for finding in findings.items}
    unknown = set(told) - {item.id for item in items}
    if unknown:
        raise Invalid("有的诉求编号不在这张单子上，请刷新后再填。", unknown=sorted(unknown))
    wrong = [finding.outcome for finding in findings.items if finding.outcome not in OUTCOMES]
    if wrong:
        raise Invalid(f"没有这种处理结果：{wrong[0]}。", allowed=list(OUTCOMES))
    whole = findings.all_items or (not findings.items and (len(items) == 1 or not findings.in_parts))
    left = [item for item in items if item.id not in told]
    if left and not whole:
        raise Invalid(
            "还有诉求没有答复：" + "；".join(item.what[:30] for item in left) + "。请逐项答复，或注明对全部诉求有效。",
            unanswered=[item.id for item in left],
        )
    for item in items:
        finding = told.get(item.id)
        item.outcome = finding.outcome if finding else findings.outcome
        item.answer = (finding.text.strip() or None) if finding else None


async def notify_decision(
    session: AsyncSession,
    number: str,
    agent: Staff,
    *,
    version: int,
    policy: Policy,
    now: datetime,
    survey_delay_hours: float,
    channel: str = "chat",
    note: str = "",
    verification: str | None = None,
    basis: str | None = None,
    remedies: str | None = None,
) -> Ticket:
    """Tell a decision that was made without telling it, or whose notice failed. Parts given here complete the decision.

    `channel` is chat, or how a colleague told it himself: phone, written, sms, email (then `note` says when and how).
    """
    ticket = await get_ticket(session, number, lock=True)
    check_not_concerned(ticket, agent)
    again = await _to_be_told_again(session, ticket, channel)
    if not again:
        check_may(ticket, "notified")
    check_version(ticket, version)
    decision = dict(ticket.decision or {})
    own_parts = dict(decision.get("parts") or {"verification": None, "basis": decision.get("text", ""), "result": ""})
    given = {"verification": verification, "basis": basis, "remedies": remedies}
    own_parts.update({name: words.strip() for name, words in given.items() if words is not None})
    ticket.decision = {**decision, "parts": own_parts}
    items = await items_of(session, number)
    for item in items:
        item.outcome = item.outcome or str(decision.get("outcome", "explained"))
    _check_parts(ticket, parts_of(ticket, items, policy, told_on=now))
    if channel == "chat":
        if ticket.conversation_id is None:
            raise Conflict("这张单子没有会话可以告知。请用电话或书面告知，再记下方式和时间。", allowed=list(BY_HAND))
        await _tell_decision(session, ticket, agent, items, policy, now)
    else:
        parts = parts_of(ticket, items, policy, told_on=now)
        await told_by_hand(
            session,
            ticket,
            decision_text(ticket, parts),
            kind="decision",
            channel=channel,
            by=agent.work_no,
            now=now,
            note=note,
            parts=_kept(parts),
        )
    if again:
        ticket.version += 1
        ticket.notified_at = now if ticket.notified_at is None else ticket.notified_at
    else:
        await _told(session, ticket, agent, policy, now, survey_delay_hours)
    return ticket


async def _to_be_told_again(session: AsyncSession, ticket: Ticket, channel: str) -> bool:
    """A notice that failed is told again; one that went out is told in another way as well when the customer wants it."""
    if ticket.state not in ("notified", "rechecked", "followed_up"):
        return False
    last = await last_decision_notice(session, ticket.number)
    return last is None or last.result == "failed" or (channel in BY_HAND and last.channel != channel)


async def _tell_decision(
    session: AsyncSession, ticket: Ticket, agent: Staff, items: Sequence[TicketItem], policy: Policy, now: datetime
) -> Message | None:
    parts = parts_of(ticket, items, policy, told_on=now)
    answers = "".join(item.answer or "" for item in items)
    own_words = (ticket.decision or {}).get("parts") or {}
    check_proxy(
        ticket, "".join(filter(None, (own_words.get("verification"), parts.basis, parts.result, answers))), policy
    )
    return await tell(
        session,
        ticket,
        decision_text(ticket, parts),
        kind="decision",
        by=agent.work_no,
        now=now,
        parts=_kept(parts),
    )


def _kept(parts: Parts) -> dict[str, str]:
    return {"verification": parts.verification, "basis": parts.basis, "remedies": parts.remedies}


async def _told(
    session: AsyncSession, ticket: Ticket, agent: Staff, policy: Policy, now: datetime, survey_delay_hours: float
) -> None:
    """What follows from having told it: promises kept, updates no longer due, the follow-up planned."""
    move(session, ticket, "notified", by=agent.work_no, now=now, reason="处理决定已送达客户")
    ticket.notified_at, ticket.next_update_at = now, None
    await keep(session, ticket.number, ENDED_BY_DECISION, now)
    await cancel_work(session, f"update:{ticket.number}:")
    await plan_survey(session, ticket, policy=policy, notified_at=now, delay_hours=survey_delay_hours)


async def notice_proof(session: AsyncSession, number: str) -> Notice | None:
    """The notice of the decision in force, when it went out."""
    last = await last_decision_notice(session, number)
    return last if last is not None and last.result == "sent" else None
