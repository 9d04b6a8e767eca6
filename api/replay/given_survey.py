"""A follow-up that was sent before the first turn: its row, its message, and the question the next digit answers."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.replay.cases.given import SurveyIn
from api.replay.given_message import said_before
from api.turns.due_surveys import solved_question
from desk.conversations.models import Conversation
from desk.policy.schemas import Policy
from desk.surveys.models import Survey
from desk.surveys.service import RECOVERY, SCORES, dissatisfied, index_of, plan_survey, remind_key
from desk.surveys.timing import send_time
from desk.texts.service import texts
from desk.tickets.models import Ticket
from desk.work.service import plan_work

SOLVED = ("solved", "partly", "no")


async def seed_survey(
    session: AsyncSession, given: SurveyIn, ticket: Ticket, place: Conversation, *, policy: Policy, now: datetime
) -> None:
    """Write the follow-up as it stands: planned, being answered, or answered."""
    if given.sent_at is None and given.item is None and not given.answers:
        await plan_survey(session, ticket, policy=policy, notified_at=ticket.notified_at or now, delay_hours=24)
        return
    open_item = given.item or ("solved" if not given.answers else None)
    row = Survey(
        ticket=ticket.number,
        conversation_id=place.id,
        state="asking" if open_item else "answered",
        item=open_item,
        sent_at=given.sent_at or now,
        answers={item: value for item, value in given.answers.items() if item != "reason"},
        reason=given.answers.get("reason"),
        index=index_of(given.answers),
        satisfied=False if dissatisfied(given.answers) else None if open_item else True,
        history=[{"item": item, "value": value} for item, value in given.answers.items()],
    )
    session.add(row)
    await session.flush()
    if open_item is None:
        return
    question = question_of(row, given.options)
    place.open_question = question
    if given.text is not None:
        await said_before(
            session,
            place,
            given.text,
            at=row.sent_at or now,
            key=str(row.id),
            phase="follow_up",
            options=question["options"],
            asked=[str(row.item)],
        )
    remind = send_time(policy, (given.sent_at or now) + timedelta(hours=policy.service.survey.remind_hours))
    if remind > now and not given.answers:
        await plan_work(
            session,
            key=remind_key(row),
            kind="survey_remind",
            due_at=remind,
            to="customer",
            ticket=row.ticket,
            conversation_id=place.id,
            data={"survey": row.id},
        )


def question_of(survey: Survey, options: list[Any]) -> dict[str, Any]:
    """The open question of the survey's present item, as `api.turns.due` and `actions.follow_up` build it."""
    item = survey.item or "solved"
    if item == "solved" and not options:
        return dict(solved_question(survey))
    titles = [_title(option) for option in options] or _own_titles(item)
    return {
        "kind": "survey",
        "item": item,
        "ticket": survey.ticket,
        "options": [
            {
                "id": f"survey-{survey.id}-{item}-{n}",
                "title": title,
                "payload": {"intent": _intent(item, value), "args": {"answer": value}},
            }
            for n, title in enumerate(titles)
            if (value := _value(item, n, title, len(titles))) is not None
        ],
    }


def _title(option: Any) -> str:
    return str(option.get("title") or option.get("text") or option) if isinstance(option, dict) else str(option)


def _own_titles(item: str) -> list[str]:
    if item in SCORES:
        return [f"{n}分" for n in range(5, 0, -1)]
    keys = {"solved": SOLVED, "recovery": RECOVERY}.get(item, ())
    return [texts().say(f"follow_up.buttons.{key}") for key in keys]


def _intent(item: str, value: object) -> str:
    return "confirm_resolved" if item == "solved" and value != "no" else "give_score"


def _value(item: str, n: int, title: str, count: int) -> object:
    """What tapping the n-th option means: a score by its digit, else by its place, best first; the others by place."""
    if item in SCORES:
        digit = re.search(r"[1-5]", title)
        return int(digit[0]) if digit else max(1, count - n)
    keys = {"solved": SOLVED, "recovery": RECOVERY}.get(item, ())
    return keys[n] if n < len(keys) else None
