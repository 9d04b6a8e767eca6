"""Follow-up after the decision (3-dialogue.md 3.11): plan, ask, store what is answered, and act on dissatisfaction.

Whether and when a question may go out is `desk.surveys.timing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.service import raise_alert
from desk.clock import stamp
from desk.conversations.models import Conversation
from desk.policy.schemas import Policy
from desk.surveys.models import Survey
from desk.surveys.timing import has_refused, send_time
from desk.tickets.models import Ticket
from desk.work.service import cancel_work, forget_work, plan_work

SCORES = ("expectation", "perception", "manner")
RECOVERY = ("redo", "review", "mediation", "later")
FULL, SHORT = ("solved", *SCORES), ("solved", "perception")


@dataclass(frozen=True)
class Next:
    """What to say after an answer: the next item, or a closing text key."""

    item: str | None
    say: str
    dissatisfied: bool = False


async def plan_survey(
    session: AsyncSession, ticket: Ticket, *, policy: Policy, notified_at: datetime, delay_hours: float
) -> Survey | None:
    """Plan the question for later; None for a life-safety case. Who said 别问了 is not asked again, about this or another."""
    if ticket.conversation_id is None or ticket.flags.get("restricted"):
        return None
    survey = await session.scalar(select(Survey).where(Survey.ticket == ticket.number))
    if survey is None:
        survey = Survey(
            ticket=ticket.number, conversation_id=ticket.conversation_id, state="due", answers={}, history=[]
        )
        session.add(survey)
    elif survey.state in ("answered", "stopped"):
        before = {"answers": survey.answers, "satisfied": survey.satisfied, "reason": survey.reason}
        survey.state, survey.item, survey.sent_at = "due", None, None
        survey.history = [*survey.history, {**before, "cause_six": survey.cause_six, "comment": survey.comment}]
        survey.answers, survey.index, survey.satisfied = {}, None, None
        survey.reason, survey.cause_six, survey.comment = None, None, None
    conversation = await session.get_one(Conversation, ticket.conversation_id)
    survey.short = conversation.channel in policy.service.survey.short_channels
    if survey.state == "declined" or await has_refused(session, ticket, policy, notified_at):
        survey.state = "declined"
        await session.flush()
        return survey
    await session.flush()
    await plan_work(
        session,
        key=f"survey:{ticket.number}:{stamp(notified_at)}",
        kind="survey",
        due_at=send_time(policy, notified_at + timedelta(hours=delay_hours)),
        to="customer",
        ticket=ticket.number,
        conversation_id=ticket.conversation_id,
        data={"survey": survey.id},
    )
    return survey


def remind_key(survey: Survey) -> str:
    """The one reminder of one sending: a case decided anew is asked anew, and reminded anew."""
    return f"survey:{survey.ticket}:{stamp(survey.sent_at) if survey.sent_at else ''}:remind"


async def begin(session: AsyncSession, survey: Survey, *, policy: Policy, now: datetime) -> None:
    """The first question is on its way; one reminder is planned, and no more."""
    survey.state, survey.item, survey.sent_at = "asking", "solved", now
    await plan_work(
        session,
        key=remind_key(survey),
        kind="survey_remind",
        due_at=send_time(policy, now + timedelta(hours=policy.service.survey.remind_hours)),
        to="customer",
        ticket=survey.ticket,
        conversation_id=survey.conversation_id,
        data={"survey": survey.id},
    )


async def active(session: AsyncSession, conversation_id: str) -> Survey | None:
    """The survey being answered in this conversation; one that only waits for free words counts as well."""
    open_now = (Survey.state == "asking") | ((Survey.state == "answered") & (Survey.item == "comment"))
    return await session.scalar(
        select(Survey).where(Survey.conversation_id == conversation_id, open_now).order_by(Survey.state.desc()).limit(1)
    )


async def planned(session: AsyncSession, conversation_id: str) -> list[Survey]:
    """Surveys of this conversation that have not been asked yet."""
    query = select(Survey).where(Survey.conversation_id == conversation_id, Survey.state == "due")
    return list(await session.scalars(query))


async def answer(
    session: AsyncSession,
    survey: Survey,
    value: Any,
    *,
    now: datetime,
    contradiction: bool = False,
    cause_six: int | None = None,
) -> Next:
    """Store the answer to the present item and say what comes next.

    `value`: solved|partly|no, a score 1–5, words for a reason or a comment, a recovery choice, or None for an item that is
    left out. With `contradiction` (满意，呵呵，钱呢) it is no score: the case counts as not solved, and why is asked.
    """
    item = survey.item or "solved"
    survey.history = [*survey.history, {"item": item, "value": value, "at": now.isoformat()}]
    if item == "comment":
        survey.comment, survey.item = value, None
        await session.flush()
        return Next(None, "thanks_more")
    if item == "reason":
        survey.reason, survey.cause_six = value, cause_six
    elif contradiction:
        survey.answers = {**survey.answers, "solved": "no"}
    else:
        survey.answers = {**survey.answers, item: value}
    survey.index = index_of(survey.answers)
    unhappy = dissatisfied(survey.answers)
    if unhappy:
        await _alarm(session, survey, now)
    following = _next(item, survey, unhappy)
    survey.item = following.item
    if following.item is None:
        await finish(session, survey)
    await session.flush()
    return following


async def unclear(session: AsyncSession, survey: Survey, *, now: datetime) -> Next | None:
    """No answer could be read (10 of 5, or none at all): None the first time, to ask once more; then the item is left out."""
    item = survey.item or "solved"
    entry = {"item": item, "unclear": True, "sent": stamp(survey.sent_at) if survey.sent_at else ""}
    if entry in survey.history:
        return await answer(session, survey, None, now=now)
    survey.history = [*survey.history, entry]
    await session.flush()
    return None


async def finish(session: AsyncSession, survey: Survey) -> None:
    """Nothing more is asked. Dissatisfied once is dissatisfied (3.11), whatever scores came after."""
    survey.state, survey.item = "answered", None
    if survey.satisfied is None:
        survey.satisfied = verdict(survey.answers)
    await forget_work(session, remind_key(survey))
    await session.flush()


async def _alarm(session: AsyncSession, survey: Survey, now: datetime) -> None:
    survey.satisfied = False
    await raise_alert(
        session,
        key=f"dissatisfied:{survey.ticket}:{stamp(survey.sent_at) if survey.sent_at else survey.id}",
        kind="dissatisfied",
        to="supervisor",
        now=now,
        ticket=survey.ticket,
        conversation_id=survey.conversation_id,
    )


def index_of(answers: dict[str, Any]) -> float | None:
    """Perception ÷ expectation, the seed's definition of satisfaction (SD047)."""
    expectation, perception = answers.get("expectation"), answers.get("perception")
    return round(perception / expectation, 3) if expectation and perception else None


def dissatisfied(answers: dict[str, Any]) -> bool:
    """Not solved, a score of 2 or less, or less than was expected (SD048)."""
    index = index_of(answers)
    low = any(isinstance(answers.get(key), int) and answers[key] <= 2 for key in ("perception", "manner"))
    return answers.get("solved") == "no" or low or (index is not None and index < 1)


def verdict(answers: dict[str, Any]) -> bool | None:
    """Whether somebody with these answers is satisfied; None when they say too little."""
    if dissatisfied(answers):
        return False
    return True if answers.get("perception") or answers.get("solved") == "solved" else None


def _next(item: str, survey: Survey, unhappy: bool) -> Next:
    answers = survey.answers
    if item == "recovery":
        return Next(None, f"recovery_{answers['recovery'] or 'later'}", unhappy)
    if item == "reason":
        return Next("recovery", "recovery", unhappy)
    if unhappy and survey.reason is None:
        return Next("reason", "reason", unhappy)
    order = SHORT if survey.short else FULL
    for key in order[order.index(item) + 1 :] if item in order else ():
        if key not in answers:
            return Next(key, key)
    return Next(None, "thanks")


async def decline_survey(session: AsyncSession, survey: Survey, *, now: datetime) -> None:
    """Respected at once and never sent again. An answer that stood already stands."""
    if survey.state == "answered":
        survey.item = None
    else:
        survey.state, survey.item = "declined", None
    survey.history = [*survey.history, {"declined": now.isoformat()}]
    await cancel_work(session, f"survey:{survey.ticket}:")
    await session.flush()


async def stop_survey(session: AsyncSession, ticket: str) -> None:
    """Never ask again about this decision: the case has ended without one, or goes on, or asking would be wrong."""
    survey = await session.scalar(select(Survey).where(Survey.ticket == ticket, Survey.state.in_(("due", "asking"))))
    if survey is not None:
        survey.state, survey.item = "stopped", None
        await cancel_work(session, f"survey:{ticket}:")
        await session.flush()
