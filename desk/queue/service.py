"""The agents' queue: entering, the honest position, and the atomic take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.service import raise_alert
from desk.changes.models import Change
from desk.conversations.closing import go_on
from desk.conversations.models import Conversation
from desk.conversations.service import note_event, set_owner
from desk.policy.schemas import Policy
from desk.queue.models import QueueEntry
from desk.queue.routing import Needs, find, fits, needs_of, on_duty, one_level_up
from desk.staff.models import Staff
from desk.work.service import cancel_work, plan_work

__all__ = ["Wait", "accept", "enter", "fits", "leave", "not_accepted", "on_duty", "open_entry", "reroute", "wait_of"]


@dataclass(frozen=True)
class Wait:
    """What can honestly be said about a wait: place in line and, when somebody is there, the estimate in seconds."""

    position: int
    eta_s: int | None
    staffed: bool


async def open_entry(session: AsyncSession, conversation_id: str) -> QueueEntry | None:
    """The wait that is going on, if any."""
    return await session.scalar(
        select(QueueEntry).where(QueueEntry.conversation_id == conversation_id, QueueEntry.left_at.is_(None))
    )


async def enter(
    session: AsyncSession,
    conversation: Conversation,
    *,
    reason: str,
    priority: str,
    skill: str,
    policy: Policy,
    now: datetime,
    packet: dict[str, Any] | None = None,
    proposed: str | None = None,
    branch: str | None = None,
) -> QueueEntry:
    """Put a conversation into the queue, or raise the urgency of the wait that is already going on.

    The colleague who fits best is proposed (`proposed`, when somebody chose him). When everybody on duty for it is kept off
    the case, the wait goes one level up and an alert says so.
    """
    entry = await open_entry(session, conversation.id)
    if entry is None:
        entry = QueueEntry(
            conversation_id=conversation.id,
            ticket=conversation.case_number,
            reason=reason,
            priority=priority,
            skill=skill,
            branch=branch,
            entered_at=now,
            packet=packet or {},
        )
        session.add(entry)
    elif priority < entry.priority:
        entry.priority, entry.reason, entry.skill = priority, reason, skill
        entry.ticket = conversation.case_number or entry.ticket
    if conversation.closed_at is not None:
        await go_on(session, conversation, policy, now)
    if conversation.owner == "bot":
        set_owner(conversation, "queue")
    conversation.priority = min(conversation.priority, priority)
    conversation.reason = reason
    conversation.waiting_since = conversation.waiting_since or now
    await session.flush()
    await _route(session, conversation, entry, policy, now, proposed)
    await note_event(session, conversation, "queued", "system", now, reason=reason, priority=priority)
    await plan_work(
        session,
        key=f"accept:{entry.id}:{priority}",
        kind="accept",
        due_at=now + timedelta(seconds=policy.service.queue.accept_s[priority]),
        to="duty" if priority == "P0" else "supervisor",
        ticket=conversation.case_number,
        conversation_id=conversation.id,
        data={"entry": entry.id},
    )
    return entry


async def _route(
    session: AsyncSession,
    conversation: Conversation,
    entry: QueueEntry,
    policy: Policy,
    now: datetime,
    proposed: str | None,
) -> None:
    needs = await _needs(session, conversation, entry)
    found = await find(session, needs, policy, now)
    if found.all_excluded:
        entry.raised_from = entry.raised_from or entry.skill
        entry.skill, entry.branch = await one_level_up(session, needs, policy, now)
        await raise_alert(
            session,
            key=f"excluded:{entry.id}:{entry.skill}",
            kind="compliance",
            to="compliance" if entry.skill == "compliance" else "supervisor",
            now=now,
            ticket=entry.ticket,
            conversation_id=entry.conversation_id,
        )
        found = await find(session, await _needs(session, conversation, entry), policy, now)
    entry.proposed = proposed or (found.free[0].work_no if found.free else None)
    await session.flush()


async def _needs(session: AsyncSession, conversation: Conversation, entry: QueueEntry) -> Needs:
    return await needs_of(session, conversation, skill=entry.skill, branch=entry.branch, urgent=entry.priority == "P0")


async def reroute(session: AsyncSession, conversation: Conversation, policy: Policy, now: datetime) -> None:
    """Somebody was kept off, or let in again, while the customer waits: propose afresh."""
    entry = await open_entry(session, conversation.id)
    if entry is not None:
        await _route(session, conversation, entry, policy, now, None)


async def leave(session: AsyncSession, conversation: Conversation, now: datetime) -> None:
    """End the wait without an agent (the customer no longer wants to wait)."""
    entry = await open_entry(session, conversation.id)
    if entry is not None:
        entry.left_at = now
        await cancel_work(session, f"accept:{entry.id}:")
    conversation.waiting_since = None
    if conversation.owner == "queue":
        set_owner(conversation, "bot")
    await session.flush()


async def accept(session: AsyncSession, conversation: Conversation, agent: Staff, now: datetime) -> QueueEntry | None:
    """An agent takes over; ends the wait. The caller has checked the version under the conversation's lock."""
    entry = await open_entry(session, conversation.id)
    if entry is not None:
        entry.accepted_at, entry.accepted_by, entry.left_at = now, agent.work_no, now
        await cancel_work(session, f"accept:{entry.id}:")
    conversation.waiting_since = None
    set_owner(conversation, "agent", agent.id)
    await note_event(session, conversation, "taken", agent.work_no, now)
    return entry


async def wait_of(session: AsyncSession, conversation_id: str, policy: Policy, now: datetime) -> Wait | None:
    """Where a waiting customer stands, computed from what is so at this moment; None when not waiting."""
    entry = await open_entry(session, conversation_id)
    if entry is None:
        return None
    ahead = await session.scalar(
        select(func.count())
        .select_from(QueueEntry)
        .where(
            QueueEntry.left_at.is_(None),
            (QueueEntry.priority < entry.priority)
            | ((QueueEntry.priority == entry.priority) & (QueueEntry.id < entry.id)),
        )
    )
    conversation = await session.get_one(Conversation, conversation_id)
    found = await find(session, await _needs(session, conversation, entry), policy, now)
    people = [*found.free, *found.full]
    position = (ahead or 0) + 1
    eta = position * policy.service.queue.handle_s // len(people) if people else None
    return Wait(position=position, eta_s=eta, staffed=bool(people))


async def not_accepted(session: AsyncSession, entry: QueueEntry, now: datetime) -> bool:
    """Nobody came in time: page the duty officer and alert the supervisor. False when somebody did come."""
    if entry.left_at is not None:
        return False
    change = await session.scalar(
        select(Change)
        .where(
            Change.conversation_id == entry.conversation_id,
            Change.kind == "change_person",
            Change.answer == "accepted",
            Change.executed_at.is_(None),
        )
        .order_by(Change.id.desc())
        .limit(1)
    )
    if change is not None:
        # Should somebody come later after all, the mood then tells how it went.
        change.result, change.note = "failed", "约定时间内没有同事接手"
    for role in ("duty", "supervisor") if entry.priority == "P0" else ("supervisor",):
        await raise_alert(
            session,
            key=f"accept:{entry.id}:{role}",
            kind="duty" if role == "duty" else "urgent",
            to=role,
            now=now,
            ticket=entry.ticket,
            conversation_id=entry.conversation_id,
        )
    return True
