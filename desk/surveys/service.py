"""Follow-up after the decision (3-dialogue.md 3.11): ask, understand by what was asked, store, and act on dissatisfaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.service import raise_alert
from desk.clock import SHANGHAI, local, stamp
from desk.policy.schemas import Policy
from desk.surveys.models import Survey
from desk.tickets.models import Ticket
from desk.work.service import cancel_work, plan_work

SCORES = ("expectation", "perception", "manner")
RECOVERY = ("redo", "review", "mediation", "later")


@dataclass(frozen=True)
class Next:
    """What to say after an answer: the next item, or a closing text key."""

    item: str | None
    say: str
    dissatisfied: bool = False


def send_time(policy: Policy, moment: datetime) -> datetime:
    """`moment`, moved into the hours in which people may be asked (09:00–20:00)."""
    rule, here = policy.service.survey, local(moment)
    if here.time() < rule.start:
        return datetime.combine(here.date(), rule.start, SHANGHAI)
    if here.time() >= rule.end:
        return datetime.combine(here.date() + timedelta(days=1), rule.start, SHANGHAI)
    return here


async def plan_survey(
    session: AsyncSession, ticket: Ticket, *, policy: Policy, notified_at: datetime, delay_hours: float
) -> Survey | None:
    """Plan the question for later; never for a life-safety case (3.11)."""
    if ticket.conversation_id is None or ticket.flags.get("restricted"):
        return None
    survey = await session.scalar(select(Survey).where(Survey.ticket == ticket.number))
    if survey is None:
        survey = Survey(
            ticket=ticket.number, conversation_id=ticket.conversation_id, state="due", answers={}, history=[]
        )
        session.add(survey)
    elif survey.state in ("answered", "declined", "stopped"):
        survey.state, survey.item = "due", None
        survey.history = [*survey.history, {"answers": survey.answers, "satisfied": survey.satisfied}]
        survey.answers, survey.index, survey.satisfied = {}, None, None
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


async def begin(session: AsyncSession, survey: Survey, *, policy: Policy, now: datetime) -> None:
    """The first question is on its way; one reminder is planned, and no more."""
    survey.state, survey.item, survey.sent_at = "asking", "solved", now
    await plan_work(
        session,
        key=f"survey:{survey.ticket}:remind",
        kind="survey_remind",
        due_at=send_time(policy, now + timedelta(hours=policy.service.survey.remind_hours)),
        to="customer",
        ticket=survey.ticket,
        conversation_id=survey.conversation_id,
        data={"survey": survey.id},
    )


async def active(session: AsyncSession, conversation_id: str) -> Survey | None:
    """The survey being answered in this conversation."""
    return await session.scalar(
        select(Survey).where(Survey.conversation_id == conversation_id, Survey.state == "asking").limit(1)
    )


async def answer(session: AsyncSession, survey: Survey, value: Any, *, now: datetime) -> Next:
    """Store the answer to the present item and say what comes next.

    `value`: solved|partly|no, a score 1–5, words for a reason, or a recovery choice.
    """
    item = survey.item or "solved"
    survey.answers = {**survey.answers, item: value}
    survey.history = [*survey.history, {"item": item, "value": value, "at": now.isoformat()}]
    survey.index = index_of(survey.answers)
    unhappy = dissatisfied(survey.answers)
    if unhappy:
        survey.satisfied = False
        await raise_alert(
            session,
            key=f"dissatisfied:{survey.ticket}:{survey.id}",
            kind="dissatisfied",
            to="supervisor",
            now=now,
            ticket=survey.ticket,
            conversation_id=survey.conversation_id,
        )
    following = _next(item, survey.answers, unhappy)
    survey.item = following.item
    if following.item is None:
        survey.state = "answered"
        if survey.satisfied is None:
            survey.satisfied = (not unhappy and "perception" in survey.answers) or survey.answers.get(
                "solved"
            ) == "solved"
        await cancel_work(session, f"survey:{survey.ticket}:remind")
    await session.flush()
    return following


def index_of(answers: dict[str, Any]) -> float | None:
    """Perception ÷ expectation, the seed's definition of satisfaction (SD047)."""
    expectation, perception = answers.get("expectation"), answers.get("perception")
    return round(perception / expectation, 3) if expectation and perception else None


def dissatisfied(answers: dict[str, Any]) -> bool:
    """Not solved, a score of 2 or less, or less than was expected (SD048)."""
    index = index_of(answers)
    low = any(isinstance(answers.get(key), int) and answers[key] <= 2 for key in ("perception", "manner"))
    return answers.get("solved") == "no" or low or (index is not None and index < 1)


def _next(item: str, answers: dict[str, Any], unhappy: bool) -> Next:
    if item == "recovery":
        return Next(None, f"recovery_{answers['recovery']}", unhappy)
    if item == "reason":
        return Next("recovery", "recovery", unhappy)
    if unhappy and "reason" not in answers:
        return Next("reason", "reason", unhappy)
    order = ("solved", *SCORES)
    for key in order[order.index(item) + 1 :] if item in order else ():
        if key not in answers:
            return Next(key, key)
    return Next(None, "thanks")


async def decline_survey(session: AsyncSession, survey: Survey) -> None:
    """Respected at once and never sent again."""
    survey.state, survey.item = "declined", None
    await cancel_work(session, f"survey:{survey.ticket}:")
    await session.flush()


async def stop_survey(session: AsyncSession, ticket: str) -> None:
    """Never ask again about this decision: the case has ended without one, or goes on."""
    survey = await session.scalar(select(Survey).where(Survey.ticket == ticket, Survey.state.in_(("due", "asking"))))
    if survey is not None:
        survey.state, survey.item = "stopped", None
        await cancel_work(session, f"survey:{ticket}:")
        await session.flush()
