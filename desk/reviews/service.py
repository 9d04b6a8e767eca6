"""核查: the upper level looks at a branch's decision again, on a ticket of its own (令2020/3 art. 20)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.clock import stamp
from desk.clocks.service import review_deadline
from desk.conversations.service import get_conversation
from desk.errors import Conflict
from desk.notices.service import tell
from desk.policy.hours import say_date
from desk.policy.schemas import Policy
from desk.recusal.service import keep_off, keep_off_handlers, keep_off_same
from desk.staff.models import Staff
from desk.texts.service import texts
from desk.tickets.models import Ticket
from desk.tickets.service import Registered, add_item, link, open_draft, register

DECIDED = ("notified", "rechecked", "followed_up", "closed")


class WindowOver(Conflict):
    """The days for a review have passed."""

    code = "review_window_over"


def check_window(ticket: Ticket, policy: Policy, now: datetime) -> None:
    """Raise when there is no decision to review, or its days are over."""
    told = ticket.notified_at
    if ticket.type != "TS" or ticket.state not in DECIDED or told is None:
        raise Conflict(f"工单{ticket.number}没有已经送达的处理决定，不能申请核查。", state=ticket.state)
    until = review_deadline(policy, ticket, told)
    if now > until:
        raise WindowOver(
            f"核查要在处理决定送达后的期限内提出，工单{ticket.number}的期限是{say_date(until)}，"
            "已经过了。可以告诉客户调解、仲裁和诉讼的途径。",
            until=until.isoformat(),
        )


async def open_review(
    session: AsyncSession,
    decided: Ticket,
    *,
    policy: Policy,
    received_at: datetime,
    now: datetime,
    turn_id: str | None,
    seq: int | None,
    tell_by: str | None = None,
) -> Registered:
    """The review ticket of the decision in force, made once. It is owned by the upper level, never by who handled it.

    `tell_by` is the colleague who opens it: the customer then reads of it here, not in the bot's answer.
    Raises WindowOver after the 30 days, Conflict when there is no decision to review.
    """
    check_window(decided, policy, now)
    if decided.conversation_id is None:
        raise Conflict(f"工单{decided.number}没有会话，请先为客户打开会话再登记核查。")
    conversation = await get_conversation(session, decided.conversation_id, lock=True)
    review = await open_draft(
        session,
        conversation,
        kind="HC",
        effect=f"review:{decided.number}:{stamp(decided.notified_at or now)}",
        received_at=received_at,
        now=now,
        intent="request_remedy",
        priority="P1",
    )
    await link(session, review.number, "review_of", decided.number)
    await _keep_off(session, review, decided, now)
    await add_item(
        session,
        review,
        effect="review",
        what=f"申请核查{decided.number}",
        intent="request_remedy",
        cause_six=None,
        cause_jrt=[],
        from_seq=seq,
    )
    fresh = review.state == "draft"
    done = await register(
        session,
        review,
        rules=policy,
        unit="上级行" + policy.service.unit,
        now=now,
        turn_id=turn_id,
        seq=seq,
        by=tell_by or "bot",
    )
    if fresh and tell_by is not None:
        text = texts().say(
            "procedure.review.opened",
            parent=decided.number,
            number=review.number,
            due=say_date(review.decision_due or now),
        )
        await tell(session, review, text, kind="review", by=tell_by, now=now)
    return done


async def _keep_off(session: AsyncSession, review: Ticket, decided: Ticket, now: datetime) -> None:
    """Who decided, who owned it, and their branch: the upper level is somebody else."""
    await keep_off_same(session, review, decided, now=now)
    await keep_off_handlers(session, review, decided, now=now, reason="decided")
    people = (decided.owner, (decided.decision or {}).get("by"))
    branches = await session.scalars(
        select(Staff.branch).where(Staff.work_no.in_([one for one in people if one]), Staff.branch.is_not(None))
    )
    for branch in dict.fromkeys([*branches, decided.branch]):
        if branch is not None:
            await keep_off(session, review, kind="branch", value=branch, reason="previous", now=now)
