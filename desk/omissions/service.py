"""Find complaints without a ticket, and let a colleague judge each: register it, or sign that it is none."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.service import raise_alert
from desk.clock import local
from desk.conversations.models import Conversation, Message
from desk.conversations.service import get_conversation
from desk.errors import Conflict, Invalid, NotFound
from desk.omissions.models import OmissionCheck
from desk.policy.schemas import Policy
from desk.staff.models import Staff
from desk.tickets.models import Ticket
from desk.tickets.service import add_item, open_draft, put_fact, register

LOOK = "omissions"
LONGEST = 200


async def look(session: AsyncSession, rules: Policy, now: datetime) -> list[OmissionCheck]:
    """Note every conversation of the last days in which somebody minded and no case of that time exists."""
    since = now - timedelta(days=rules.service.omissions.days)
    quiet = now - timedelta(minutes=rules.service.omissions.quiet_minutes)
    cases = exists().where(
        Ticket.customer_id == Conversation.customer_id, Ticket.received_at >= since - timedelta(days=1)
    )
    known = exists().where(OmissionCheck.conversation_id == Conversation.id, OmissionCheck.found_at >= since)
    rows = await session.scalars(
        select(Conversation).where(
            Conversation.last_at >= since, Conversation.last_at <= quiet, Conversation.owner == "bot", ~cases, ~known
        )
    )
    found = []
    for conversation in list(rows):
        seq = await _minded(session, conversation, since)
        if seq is not None:
            found.append(OmissionCheck(conversation_id=conversation.id, seq=seq, found_at=now, state="open"))
    session.add_all(found)
    await session.flush()
    if found:
        await raise_alert(session, key=f"{LOOK}:{local(now):%Y%m%d}", kind="compliance", to="supervisor", now=now)
    return found


async def _minded(session: AsyncSession, conversation: Conversation, since: datetime) -> int | None:
    """The first message since then by whose words alone something went wrong and somebody minds."""
    messages = await session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.by == "customer", Message.at >= since)
        .order_by(Message.seq)
    )
    return next((message.seq for message in messages if (message.reading or {}).get("complaint")), None)


async def waiting(session: AsyncSession) -> list[OmissionCheck]:
    """What nobody has judged yet, oldest first."""
    rows = await session.scalars(
        select(OmissionCheck).where(OmissionCheck.state == "open").order_by(OmissionCheck.found_at, OmissionCheck.id)
    )
    return list(rows)


async def judge(
    session: AsyncSession, check_id: int, staff: Staff, *, verdict: str, reason: str, rules: Policy, now: datetime
) -> tuple[OmissionCheck, Ticket | None]:
    """Sign for one: `registered`, `not_a_complaint` or `unreachable`, the last two with a reason.

    Raises NotFound, Conflict when a colleague was faster, Invalid without a reason.
    """
    check = await session.get(OmissionCheck, check_id, with_for_update=True)
    if check is None:
        raise NotFound("没有这条待判断的记录。")
    if check.state != "open":
        raise Conflict(f"工号{check.by}已经判断过这条记录。", state=check.state)
    if verdict != "registered" and len(reason) < 4:
        raise Invalid("不登记为投诉，要写明理由。")
    ticket = await _register(session, check, rules, now) if verdict == "registered" else None
    check.state, check.by, check.judged_at = verdict, staff.work_no, now
    check.reason, check.ticket = reason or None, ticket.number if ticket else None
    await session.flush()
    return check, ticket


async def _register(session: AsyncSession, check: OmissionCheck, rules: Policy, now: datetime) -> Ticket:
    """From the customer's own words, received when they were written: our oversight must not cost him days (SD011)."""
    conversation = await get_conversation(session, check.conversation_id, lock=True)
    message = await session.scalar(
        select(Message).where(Message.conversation_id == conversation.id, Message.seq == check.seq)
    )
    if message is None:
        raise NotFound("那条消息已经不在了。")
    ticket = await open_draft(
        session,
        conversation,
        kind="TS",
        effect=f"omission:{check.id}",
        received_at=message.at,
        now=now,
        intent="complain_unspecified",
    )
    what = message.text[:LONGEST]
    await put_fact(session, ticket.number, "what", value=what, status="given", from_seq=message.seq)
    await add_item(
        session,
        ticket,
        effect="first",
        what=what,
        intent="complain_unspecified",
        cause_six=None,
        cause_jrt=["other"],
        from_seq=message.seq,
    )
    await register(session, ticket, rules=rules, unit=rules.service.unit, now=now, turn_id=None, seq=None)
    return ticket
