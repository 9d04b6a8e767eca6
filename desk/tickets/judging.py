"""Drafts nobody came back to: judged by a colleague, who signs; the customer may object (SD074, 3-dialogue.md 3.1)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.clocks.service import start_clocks, stop_clocks
from desk.conversations.service import get_conversation
from desk.errors import Conflict, Invalid
from desk.notices.service import tell
from desk.policy.hours import say_date
from desk.policy.schemas import Policy
from desk.recusal.service import check_not_concerned
from desk.staff.models import Staff
from desk.texts.service import texts
from desk.tickets.ending import end_work, note_words, someone_answers_for
from desk.tickets.models import Ticket
from desk.tickets.owning import own
from desk.tickets.service import facts_of, get_ticket, history_of, items_of, promise_dates
from desk.tickets.states import check_version, move

REGISTER = "register"
ARCHIVED = {"unreachable": "无法联系，存档", "not_a_complaint": "经判断不是投诉"}
"""Verdicts that end it, as the record has them."""
LATE = "客户未再回复，转人工判断"
"""The step of the 72-hour rule: registered, so that nothing runs out meanwhile, and judged then."""
TELLING = ("soothe", "facts", "confirm", "open")
"""Stages of a conversation in which a draft is told."""
LONGEST_WHAT = 40


async def awaits_judgement(session: AsyncSession, ticket: Ticket) -> bool:
    """Whether the customer has confirmed nothing and nobody has begun."""
    if ticket.state == "draft":
        return True
    return ticket.state == "registered" and (await history_of(session, ticket.number))[-1].reason == LATE


async def judge_draft(
    session: AsyncSession,
    number: str,
    staff: Staff,
    *,
    version: int,
    verdict: str,
    note: str,
    policy: Policy,
    now: datetime,
) -> Ticket:
    """Register it from the words, or archive it with the reason; either way the customer is told, and may object.

    Raises Conflict when the customer has confirmed it himself or somebody works on it: then it can be withdrawn, declined or
    decided, but no longer judged away.
    """
    ticket = await get_ticket(session, number, lock=True)
    check_not_concerned(ticket, staff)
    check_version(ticket, version)
    if verdict != REGISTER and verdict not in ARCHIVED:
        raise Invalid(f"没有这种判断：{verdict}。", allowed=[REGISTER, *ARCHIVED])
    if not await awaits_judgement(session, ticket):
        raise Conflict(f"编号{number}已经由客户确认或有人在处理，不能再判断要不要登记。")
    what = await _what(session, ticket)
    if verdict == REGISTER:
        await _register(session, ticket, staff, policy, now)
        key, kind = "judged.register", "progress"
    else:
        if not note.strip():
            raise Invalid("请写明依据：什么时候怎么联系过，或者为什么不是投诉。")
        await stop_clocks(session, policy, ticket, by=staff.work_no, now=now)
        await someone_answers_for(session, ticket, staff.work_no, now, ARCHIVED[verdict])
        move(session, ticket, "declined", by=staff.work_no, now=now, reason=ARCHIVED[verdict])
        await end_work(session, ticket, now)
        key, kind = f"judged.{verdict}", "declined"
    if note.strip():
        await note_words(session, ticket, "judge", note, staff.work_no, now)
    await _end_telling(session, ticket)
    due = say_date(ticket.decision_due) if ticket.decision_due else ""
    text = texts().say(f"notices.{key}", number=number, what=what, decision_due=due)
    await tell(session, ticket, text, kind=kind, by=staff.work_no, now=now)
    return ticket


async def _register(session: AsyncSession, ticket: Ticket, staff: Staff, policy: Policy, now: datetime) -> None:
    if ticket.state == "draft":
        await own(session, ticket, policy.service.unit, by=staff.work_no, now=now, reason="人工判断登记")
        move(session, ticket, "registered", by=staff.work_no, now=now, reason="人工判断，按投诉登记")
        ticket.registered_at = now
        await start_clocks(session, policy, ticket, now=now)
    else:
        await own(
            session, ticket, staff.work_no, by=staff.work_no, now=now, reason="人工判断，按投诉办理", handler=staff
        )
        move(session, ticket, "assigned", by=staff.work_no, now=now, reason="人工判断，按投诉办理")
    await promise_dates(session, ticket, turn_id=None, now=now)


async def _end_telling(session: AsyncSession, ticket: Ticket) -> None:
    """The chat stops asking for facts of a case that is settled; what is said next begins anew or is added to it."""
    if ticket.conversation_id is None:
        return
    conversation = await get_conversation(session, ticket.conversation_id, lock=True)
    if conversation.case_number == ticket.number and conversation.stage in TELLING:
        conversation.stage = "open" if ticket.state == "declined" else "registered"
        conversation.open_question = None


async def _what(session: AsyncSession, ticket: Ticket) -> str:
    told = (await facts_of(session, ticket.number)).get("what")
    items = await items_of(session, ticket.number)
    return ((told.value if told else None) or (items[0].what if items else "这件事"))[:LONGEST_WHAT]
