"""Who gave which score is for supervisors alone; it never changes how a customer is served (3-dialogue.md 3.11)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from desk.conversations.models import Message
from desk.staff.models import Staff
from desk.surveys.models import Survey
from desk.surveys.service import FULL
from desk.texts.service import texts

LONGEST = 20
"""Characters of an answer that is a score and nothing else; a longer one tells what the matter is."""


def may_see_scores(viewer: Staff) -> bool:
    """Only supervisors."""
    return viewer.role == "supervisor"


def survey_view(survey: Survey, viewer: Staff) -> dict[str, Any]:
    """How far the follow-up is; for a supervisor what was answered as well."""
    if not may_see_scores(viewer):
        return {"state": survey.state}
    return {
        "state": survey.state,
        "answers": survey.answers,
        "index": survey.index,
        "satisfied": survey.satisfied,
        "reason": survey.reason,
        "cause_six": survey.cause_six,
        "comment": survey.comment,
    }


def hidden_text(message: Message, asked: Sequence[str], viewer: Staff) -> str:
    """A message as `viewer` reads it, where `asked` was asked last before it."""
    is_score = message.by == "customer" and len(message.text) <= LONGEST and bool(set(asked) & set(FULL))
    return texts().say("follow_up.hidden") if is_score and not may_see_scores(viewer) else message.text
