"""Single rows of the record as results show them. Times are Shanghai times, as customers are told them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from desk.alerts.models import Alert
from desk.appointments.models import Appointment
from desk.changes.models import Change
from desk.clock import local
from desk.clocks.service import AT_RISK
from desk.outbox.models import Outgoing
from desk.promises.models import Promise
from desk.queue.models import QueueEntry
from desk.surveys.models import Survey
from desk.work.models import DueWork

SCHEDULED = {
    "update": "update",
    "promise": "promise",
    "reminder": "reminder",
    "survey": "survey",
    "survey_remind": "reminder",
    "draft_follow_up": "draft_follow_up",
    AT_RISK: "update",
}
"""Kinds of due work by their name in results; what only rings for colleagues is an alert."""

UNSEEN = ("silence", "close")
"""Looks at a conversation again after a while, and mostly finds nothing to do: no promise to anybody."""


def iso(moment: datetime | None) -> str | None:
    """A time as the format has it."""
    return local(moment).isoformat() if moment is not None else None


def change_of(row: Change) -> dict[str, Any]:
    """One of the three changes."""
    return {
        "ticket": row.ticket,
        "kind": row.kind,
        "trigger_rows": row.trigger_rows,
        "offered": row.offered,
        "offered_at": iso(row.offered_at),
        "answer": row.answer,
        "executed_at": iso(row.executed_at),
        "from": row.source,
        "to": row.target,
        "start": iso(row.start),
        "end": iso(row.end),
        "mood_before": row.mood_before,
        "mood_after": row.mood_after,
        "result": row.result,
        "initiated_by": row.initiated_by,
        "consent_text_version": row.consent_text_version,
        "note": row.note,
    }


def promise_of(row: Promise) -> dict[str, Any]:
    """A dated sentence."""
    return {
        "ticket": row.ticket,
        "content": row.content,
        "due_at": iso(row.due_at),
        "state": row.state,
        "kind": row.kind,
    }


def survey_of(row: Survey) -> dict[str, Any]:
    """A follow-up."""
    return {
        "ticket": row.ticket,
        "answers": {**row.answers, **({} if row.reason is None else {"reason": row.reason})},
        "comment": row.comment,
        "cause_six": row.cause_six,
        "index": row.index,
        "satisfied": row.satisfied,
        "history": row.history,
        "state": row.state,
    }


def appointment_of(row: Appointment) -> dict[str, Any]:
    """A meeting."""
    return {
        "ticket": row.ticket,
        "kind": row.kind,
        "start": iso(row.start),
        "end": iso(row.end),
        "state": row.state,
        "place": row.place,
        "branch": row.branch,
        "with": row.with_staff,
    }


def alert_of(row: Alert) -> dict[str, Any]:
    """An alarm for somebody."""
    return {"kind": row.kind, "to": row.to, "at": iso(row.at), "ticket": row.ticket}


def queue_entry_of(row: QueueEntry) -> dict[str, Any]:
    """A wait for a person."""
    return {
        "reason": row.reason,
        "priority": row.priority,
        "skill": row.skill,
        "entered_at": iso(row.entered_at),
        "accepted_at": iso(row.accepted_at),
        "accepted_by": row.accepted_by,
        "left_at": iso(row.left_at),
    }


def scheduled_of(row: DueWork) -> dict[str, Any]:
    """Something that will happen."""
    return {
        "kind": SCHEDULED.get(row.kind, "alert"),
        "due_at": iso(row.due_at),
        "to": row.to,
        "ticket": row.ticket,
        "work": row.kind,
    }


def outgoing_of(row: Outgoing) -> dict[str, Any]:
    """A delivery."""
    return {
        "channel": row.channel,
        "kind": row.kind,
        "state": row.state,
        "attempts": row.attempts,
        "text": row.text,
    }
