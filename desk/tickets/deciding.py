"""Deciding a ticket and telling the customer, whatever the outcome (SD013, 令2020/3 art. 19)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.clocks.service import review_deadline, stop_clocks
from desk.conversations.models import Message
from desk.conversations.service import get_conversation
from desk.conversations.voice import speak
from desk.errors import Invalid
from desk.policy.hours import say_date
from desk.policy.schemas import Policy
from desk.promises.service import ENDED_BY_DECISION, keep
from desk.recusal.service import check_not_concerned
from desk.staff.models import Staff
from desk.surveys.service import plan_survey
from desk.texts.service import texts
from desk.tickets.models import Ticket
from desk.tickets.service import decide, get_ticket
from desk.tickets.states import WAYS, move
from desk.work.service import cancel_work

OUTCOMES = {"upheld": "成立", "partly_upheld": "部分成立", "not_upheld": "不成立", "explained": "解释说明"}


async def decide_and_notify(
    session: AsyncSession,
    number: str,
    agent: Staff,
    *,
    version: int,
    outcome: str,
    text: str,
    policy: Policy,
    now: datetime,
    survey_delay_hours: float,
) -> tuple[Ticket, Message | None]:
    """Record the decision, tell it in the customer's conversation, and plan the follow-up; one transaction."""
    if outcome not in OUTCOMES:
        raise Invalid(f"没有这种处理结果：{outcome}。", allowed=list(OUTCOMES))
    if not text.strip():
        raise Invalid("处理决定要写明核实情况、依据和理由。")
    ticket = await get_ticket(session, number, lock=True)
    check_not_concerned(ticket, agent, "这张单子涉及您或您所在网点，按回避规定不能由您处理。")
    if ticket.version == version:
        await stop_clocks(session, policy, ticket, by=agent.work_no, now=now)
    for state in ("assigned", "investigating"):
        if ticket.version == version and state in WAYS[ticket.state]:
            move(session, ticket, state, by=agent.work_no, now=now, reason=f"工号{agent.work_no}处理")
            version = ticket.version
    await decide(session, ticket, version=version, outcome=outcome, text=text.strip(), by=agent.work_no, now=now)
    ticket.owner, ticket.handler_id = agent.work_no, agent.id
    message = await _notify(session, ticket, text.strip(), policy, now)
    move(session, ticket, "notified", by=agent.work_no, now=now, reason="处理决定已送达客户")
    ticket.notified_at, ticket.next_update_at = now, None
    await keep(session, number, ENDED_BY_DECISION, now)
    await cancel_work(session, f"update:{number}")
    await plan_survey(session, ticket, policy=policy, notified_at=now, delay_hours=survey_delay_hours)
    return ticket, message


async def _notify(session: AsyncSession, ticket: Ticket, text: str, policy: Policy, now: datetime) -> Message | None:
    if ticket.conversation_id is None:
        return None
    conversation = await get_conversation(session, ticket.conversation_id, lock=True)
    until = review_deadline(policy, ticket, now)
    body = text if text.endswith(("。", "！", "？", ".", "!")) else text + "。"
    said = texts().say("procedure.decision", number=ticket.number, text=body, until=say_date(until))
    return await speak(
        session,
        conversation,
        said,
        # While a colleague speaks the bot is silent; the notice then comes from the house itself.
        by="system" if conversation.owner == "agent" else "bot",
        now=now,
        external_id=f"decision:{ticket.number}:{ticket.version}",
        phase="track",
    )
