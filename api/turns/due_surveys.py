"""The follow-up after a decision, one reminder of it, and the internal date of a second complaint (3.11, 3.12)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from desk.alerts.service import raise_alert
from desk.clock import stamp
from desk.closing.service import settle_follow_up
from desk.conversations.models import Conversation
from desk.policy.hours import say_date
from desk.surveys.models import Survey
from desk.surveys.service import begin, finish, stop_survey
from desk.surveys.timing import hindrance, send_time
from desk.texts.service import texts
from desk.tickets.models import Ticket
from desk.tickets.states import UNDER_WAY

if TYPE_CHECKING:
    from api.turns.due import Due

WAIT = {"later": timedelta(hours=1), "soon": timedelta(seconds=5)}
TOLD = ("notified", "rechecked")


async def do_survey(due: Due) -> datetime | None:
    """Ask whether it was put right, once the decision has reached the customer and nobody else talks with him."""
    conversation, ticket, survey = await _about(due)
    if conversation is None or ticket is None or survey is None or survey.state != "due" or ticket.state not in TOLD:
        return None
    again = await _not_now(due, ticket, conversation)
    if again is not None or survey.state != "due":
        return again
    await begin(due.session, survey, policy=due.policy, now=due.now)
    text = texts().say("follow_up.solved", number=ticket.case_number, at=say_date(ticket.notified_at or due.now))
    await due.say(conversation, text, phase="follow_up", question=solved_question(survey))
    return None


async def do_survey_remind(due: Due) -> datetime | None:
    """One reminder, then never again. Who has begun to answer is not asked to go on: what he said counts."""
    conversation, ticket, survey = await _about(due)
    if conversation is None or ticket is None or survey is None or survey.state != "asking":
        return None
    if survey.answers:
        await finish(due.session, survey)
        await settle_follow_up(due.session, ticket, policy=due.policy, now=due.now)
        return None
    again = await _not_now(due, ticket, conversation)
    if again is not None or survey.state != "asking":
        return again
    text = texts().say("follow_up.remind", number=ticket.case_number)
    await due.say(conversation, text, phase="follow_up", question=solved_question(survey))
    return None


async def _about(due: Due) -> tuple[Conversation | None, Ticket | None, Survey | None]:
    return await due.conversation(), await due.ticket(), await due.session.get(Survey, due.row.data["survey"])


async def _not_now(due: Due, ticket: Ticket, conversation: Conversation) -> datetime | None:
    """When to try again; None when it may be asked now, or – the survey is stopped then – never."""
    hindered = await hindrance(due.session, ticket, conversation, due.now)
    if hindered == "never":
        await stop_survey(due.session, ticket.number)
        await settle_follow_up(due.session, ticket, policy=due.policy, now=due.now)
        return None
    moment = due.now + WAIT[hindered] if hindered else due.now
    allowed = send_time(due.policy, moment)
    return allowed if allowed > due.now else None


def solved_question(survey: Survey) -> dict[str, object]:
    """The open question of the first survey item, with what can be tapped."""
    say = texts().say
    values = (("solved", "confirm_resolved"), ("partly", "confirm_resolved"), ("no", "give_score"))
    return {
        "kind": "survey",
        "item": "solved",
        "ticket": survey.ticket,
        "options": [
            {
                "id": f"survey-{survey.id}-{value}",
                "title": say(f"follow_up.buttons.{value}"),
                "payload": {"intent": intent, "args": {"answer": value}},
            }
            for value, intent in values
        ],
    }


async def do_target(due: Due) -> datetime | None:
    """Half of the time is over and a second complaint is still undecided: owner and supervisor hear of it."""
    ticket = await due.ticket()
    if ticket is None or ticket.state not in UNDER_WAY or ticket.target_due is None:
        return None
    if not ticket.flags.get("second_complaint") or due.row.key != f"target:{ticket.number}:{stamp(ticket.target_due)}":
        return None
    for to in dict.fromkeys(("supervisor", ticket.owner or "supervisor")):
        await raise_alert(
            due.session,
            key=f"{due.row.key}:{to}",
            kind="duty",
            to=to,
            now=due.now,
            ticket=ticket.number,
            conversation_id=ticket.conversation_id,
        )
    return None
