"""A ticket's life as the desk shows it: owners, hand-overs, notices, recheck, feedback, causes, links, next steps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.causes.models import CauseLook, Rectification
from desk.causes.service import cause_of, rectifications_of
from desk.closing.models import Feedback, FollowUp, Recheck
from desk.handovers.service import hand_overs_of
from desk.notices.models import Notice
from desk.notices.service import notices_of
from desk.policy.schemas import Policy
from desk.tickets.models import Ticket
from desk.tickets.owning import owners_of
from desk.tickets.relations import linked_to, links_of
from desk.tickets.steps import DEEDS, steps_of


async def casework_of(session: AsyncSession, ticket: Ticket, *, policy: Policy, now: datetime) -> dict[str, Any]:
    """The fields of a ticket view that tell of its life."""
    number = ticket.number
    steps = await steps_of(session, ticket, policy=policy, now=now)
    cause = await cause_of(session, number)
    return {
        "notices": [notice_view(row) for row in await notices_of(session, number)],
        "rechecks": [
            {"result": row.result, "by": row.by, "handler": row.handler, "at": row.at, "note": row.note}
            for row in await session.scalars(select(Recheck).where(Recheck.ticket == number).order_by(Recheck.id))
        ],
        "feedback": [
            {
                "department": row.department,
                "text": row.text,
                "none_because": row.none_because,
                "by": row.by,
                "at": row.at,
            }
            for row in await session.scalars(select(Feedback).where(Feedback.ticket == number).order_by(Feedback.id))
        ],
        "follow_ups": [
            {"result": row.result, "note": row.note, "by": row.by, "at": row.at}
            for row in await session.scalars(select(FollowUp).where(FollowUp.ticket == number).order_by(FollowUp.id))
        ],
        "root_cause": None
        if cause is None
        else {
            "cause_six": cause.cause_six,
            "cause_jrt": cause.cause_jrt,
            "department": cause.department,
            "text": cause.text,
            "by": cause.by,
            "at": cause.at,
        },
        "rectifications": [rectification_view(row, looks) for row, looks in await rectifications_of(session, number)],
        "hand_overs": [
            {
                "from": row.source,
                "to": row.target,
                "note": row.note,
                "by": row.by,
                "at": row.at,
                "state": row.state,
                "answered_at": row.answered_at,
                "answered_by": row.answered_by,
                "reason": row.reason,
            }
            for row in await hand_overs_of(session, number)
        ],
        "owners": [
            {"owner": row.owner, "from_at": row.from_at, "until_at": row.until_at, "by": row.by, "reason": row.reason}
            for row in await owners_of(session, number)
        ],
        "links": [
            *({"kind": row.kind, "number": row.number} for row in await links_of(session, number)),
            *({"kind": f"{row.kind}_this", "number": row.ticket} for row in await linked_to(session, number)),
        ],
        "on_behalf": ticket.on_behalf,
        "next_steps": [{"deed": deed, "text": DEEDS[deed]} for deed in steps.lawful],
        "missing_to_close": steps.missing,
    }


def notice_view(row: Notice) -> dict[str, Any]:
    """A notice with its proof (art. 21)."""
    return {
        "kind": row.kind,
        "channel": row.channel,
        "parts": row.parts,
        "content_hash": row.content_hash,
        "by": row.by,
        "created_at": row.created_at,
        "sent_at": row.sent_at,
        "result": row.result,
        "attempts": row.attempts,
        "note": row.note,
    }


def rectification_view(row: Rectification, looks: list[CauseLook]) -> dict[str, Any]:
    """What was changed, and what the looks found."""
    return {
        "measure": row.measure,
        "responsible": row.responsible,
        "by": row.by,
        "at": row.at,
        "looks": [
            {
                "days": look.days,
                "due_at": look.due_at,
                "looked_at": look.looked_at,
                "result": look.result,
                "tickets": look.tickets,
            }
            for look in looks
        ],
    }
