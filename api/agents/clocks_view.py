"""Both clocks as the desk sees them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.agents.clocks_schemas import ClocksView, ExtensionView, RegulatoryView, ServiceView
from desk.clock import local
from desk.clocks.calendar import hours_of
from desk.clocks.models import ClockEvent, Extension
from desk.clocks.regulatory import days_of, regulatory_clock
from desk.clocks.service import events_of, profile_of
from desk.policy.schemas import Policy, Profile, policy
from desk.tickets.models import Ticket


async def clocks_view(session: AsyncSession, ticket: Ticket) -> ClocksView | None:
    """Where both clocks stand; None for a draft, which has told nobody any date."""
    if ticket.registered_at is None or ticket.decision_due is None:
        return None
    rules = policy()
    return ClocksView(
        regulatory=await _regulatory(session, rules, ticket), service=await _service(session, rules, ticket)
    )


async def _regulatory(session: AsyncSession, rules: Policy, ticket: Ticket) -> RegulatoryView:
    profile, events = profile_of(rules, ticket), await events_of(session, ticket.number)
    clock = regulatory_clock(profile, ticket.received_at, events, review=ticket.type == "HC")
    pauses = [event for event in events if event.kind == "paused"] if clock.paused_since else []
    return RegulatoryView(
        profile=ticket.profile or rules.profiles.default,
        name=profile.name,
        due=clock.due,
        grade=clock.grade,
        counted_from=clock.counted_from,
        paused_since=clock.paused_since,
        paused_why=pauses[-1].why if pauses else None,
        paused_days=clock.paused_days,
        extensions=await _extensions(session, profile, ticket, events),
    )


async def _extensions(
    session: AsyncSession, profile: Profile, ticket: Ticket, events: list[ClockEvent]
) -> list[ExtensionView]:
    """Requests with their answers, and what was given without one, in the order of asking."""
    rows = await session.scalars(select(Extension).where(Extension.ticket == ticket.number).order_by(Extension.id))
    asked = [
        ExtensionView(
            grade=row.grade,
            days=days_of(profile, row.grade),
            reason=row.reason,
            state=row.state,
            asked_by=row.requested_by,
            asked_at=row.requested_at,
            approver=row.approver,
            answered_by=row.answered_by,
            answered_at=row.answered_at,
            answer=row.answer,
        )
        for row in rows
    ]
    approved = {(view.grade, view.answered_at) for view in asked}
    given = [
        ExtensionView(
            grade=event.grade or "",
            days=days_of(profile, event.grade or ""),
            reason=event.reason,
            state="granted",
            asked_by=event.by,
            asked_at=event.at,
            approver=None,
            answered_by=event.approved_by,
            answered_at=event.at,
            answer=None,
        )
        for event in events
        if event.kind == "extended" and (event.grade, event.recorded_at) not in approved
    ]
    return sorted(asked + given, key=lambda view: (view.asked_at, view.days))


async def _service(session: AsyncSession, rules: Policy, ticket: Ticket) -> ServiceView | None:
    if ticket.answer_due is None:
        return None
    hours = await hours_of(session, rules)
    return ServiceView(
        answer_due=ticket.answer_due,
        next_update_at=ticket.next_update_at,
        calendar_known=hours.calendar.knows(local(ticket.answer_due).year),
    )
