"""What the desk sees of conversations and tickets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.agents.casework_view import casework_of
from api.agents.clocks_view import clocks_view
from api.agents.schemas import ConversationRow, ConversationView, DeskMessage, Owner, TicketRow, TicketView
from api.agents.scores import hidden_text, may_see_scores, survey_view
from api.chat.view import agents_of, to_chat
from api.core import Core
from desk.appointments.service import of_conversation as appointments_of
from desk.changes.models import Change
from desk.changes.service import of_conversation as changes_of
from desk.conversations.models import Conversation, Message
from desk.conversations.ownership import present_owner
from desk.intake.wording import say_fact
from desk.policy.schemas import Policy
from desk.promises.models import Promise
from desk.promises.service import of_conversation as promises_of
from desk.promises.service import of_ticket
from desk.queue.models import QueueEntry
from desk.queue.packet import hand_over_packet
from desk.recusal.models import REASONS
from desk.staff.models import Staff
from desk.surveys.models import Survey
from desk.tickets.models import Ticket, TicketAddition, TicketFact, TicketItem
from desk.tickets.service import facts_of, history_of, items_of, tickets_of


async def row_of(session: AsyncSession, conversation: Conversation, viewer: Staff) -> ConversationRow:
    """A conversation as a list shows it."""
    here = select(Message).where(Message.conversation_id == conversation.id).order_by(Message.seq.desc()).limit(1)
    last = await session.scalar(here.where(Message.by == "customer"))
    said = None
    if last is not None and not may_see_scores(viewer):
        said = await session.scalar(here.where(Message.by != "customer", Message.seq < last.seq))
    preview = hidden_text(last, said.asked if said else (), viewer) if last else ""
    return ConversationRow(
        id=conversation.id,
        version=conversation.version,
        owner=Owner(**await present_owner(session, conversation)),
        waiting_since=conversation.waiting_since,
        reason=conversation.reason,
        mood=conversation.mood_levels[-1] if conversation.mood_levels else 0,
        priority=conversation.priority,
        ticket=conversation.case_number,
        preview=preview[:80],
        last_at=conversation.last_at,
        closed_at=conversation.closed_at,
        customer=f"{conversation.channel}-{conversation.customer_id[:6]}",
    )


async def view_of(core: Core, session: AsyncSession, conversation: Conversation, viewer: Staff) -> ConversationView:
    """Everything a colleague needs on one screen."""
    messages = list(
        await session.scalars(select(Message).where(Message.conversation_id == conversation.id).order_by(Message.seq))
    )
    agents = await agents_of(session, messages)
    tickets = list(
        await session.scalars(
            select(Ticket).where(Ticket.conversation_id == conversation.id).order_by(Ticket.received_at)
        )
    )
    facts = await facts_of(session, conversation.case_number) if conversation.case_number else {}
    return ConversationView(
        **(await row_of(session, conversation, viewer)).model_dump(),
        messages=[
            DeskMessage(
                **{**to_chat(message, agents).model_dump(), "text": hidden_text(message, asked, viewer)},
                place=message.place,
                phase=message.phase,
            )
            for message, asked in with_question(messages)
        ],
        facts=facts_view(facts),
        moods=list(conversation.mood_levels),
        promises=[promise_view(promise) for promise in await promises_of(session, conversation.id)],
        changes=[change_view(change) for change in await changes_of(session, conversation.id)],
        tickets=[{"number": ticket.number, "state": ticket.state, "type": ticket.type} for ticket in tickets],
        handoff=await _handoff(session, conversation),
        appointments=[
            {
                "id": row.id,
                "kind": row.kind,
                "start": row.start,
                "end": row.end,
                "state": row.state,
                "place": row.place,
                "branch": row.branch,
                "with_staff": row.with_staff,
                "own_wish": row.own_wish,
            }
            for row in await appointments_of(session, conversation.id)
        ],
    )


async def _handoff(session: AsyncSession, conversation: Conversation) -> dict[str, Any] | None:
    """Rendered from the record as it is now, so that it never goes stale while the customer waits."""
    entry = await session.scalar(
        select(QueueEntry).where(QueueEntry.conversation_id == conversation.id).order_by(QueueEntry.id.desc()).limit(1)
    )
    if entry is None and conversation.owner == "bot":
        return None
    packet = await hand_over_packet(session, conversation, entry.reason if entry else (conversation.reason or ""))
    note = {key: value for key, value in (entry.packet if entry else {}).items() if key in ("note", "from", "to")}
    return {**packet, **note}


def with_question(messages: Sequence[Message]) -> Iterator[tuple[Message, list[str]]]:
    """Each message with what had been asked last before it."""
    asked: list[str] = []
    for message in messages:
        yield message, asked
        if message.by != "customer":
            asked = message.asked


def facts_view(facts: dict[str, TicketFact]) -> dict[str, dict[str, Any]]:
    """Facts for the panel."""
    return {
        key: {
            "value": say_fact(fact) or None,
            "status": fact.status,
            "certain": fact.certain,
            "from_seq": fact.from_seq,
        }
        for key, fact in facts.items()
    }


def promise_view(promise: Promise) -> dict[str, Any]:
    """A promise for the panel."""
    return {
        "id": promise.id,
        "content": promise.content,
        "kind": promise.kind,
        "due_at": promise.due_at,
        "state": promise.state,
        "kept_at": promise.kept_at,
        "kept_by": promise.kept_by,
        "early": promise.early,
        "broken_at": promise.broken_at,
    }


def change_view(change: Change) -> dict[str, Any]:
    """A change for the panel."""
    return {
        "kind": change.kind,
        "answer": change.answer,
        "offered_at": change.offered_at,
        "executed_at": change.executed_at,
        "trigger_rows": change.trigger_rows,
        "initiated_by": change.initiated_by,
        "offered": change.offered,
        "from": change.source,
        "to": change.target,
        "mood_before": change.mood_before,
        "mood_after": change.mood_after,
        "result": change.result,
        "consent_text_version": change.consent_text_version,
        "note": change.note,
        "start": change.start,
        "end": change.end,
    }


async def ticket_row(session: AsyncSession, ticket: Ticket) -> TicketRow:
    """A ticket as a list shows it."""
    items = await items_of(session, ticket.number)
    return TicketRow(
        number=ticket.number,
        type=ticket.type,
        state=ticket.state,
        priority=ticket.priority,
        owner=ticket.owner,
        received_at=ticket.received_at,
        answer_due=ticket.answer_due,
        decision_due=ticket.decision_due,
        what="；".join(item.what for item in items)[:120],
        case_number=ticket.case_number,
        version=ticket.version,
    )


async def ticket_view(
    session: AsyncSession, ticket: Ticket, *, viewer: Staff, policy: Policy, now: datetime
) -> TicketView:
    """Everything about a ticket that `viewer` may see."""
    items = await items_of(session, ticket.number)
    number = ticket.number
    changes = await session.scalars(select(Change).where(Change.ticket == number).order_by(Change.id))
    additions = await session.scalars(select(TicketAddition).where(TicketAddition.ticket == number))
    surveys = await session.scalars(select(Survey).where(Survey.ticket == number))
    return TicketView(
        **(await ticket_row(session, ticket)).model_dump(),
        next_update_at=ticket.next_update_at,
        target_due=ticket.target_due,
        clocks=await clocks_view(session, ticket),
        decided_at=ticket.decided_at,
        notified_at=ticket.notified_at,
        items=[item_view(item) for item in items],
        facts=facts_view(await facts_of(session, number)),
        remedy=ticket.remedy,
        exclusions=ticket.exclusions,
        kept_off=[
            {
                "kind": row.kind,
                "value": row.value,
                "reason": REASONS[row.reason],
                "resolved": row.resolved,
                "source_message": row.source_message,
                "by": row.by,
                "at": row.at,
            }
            for row in ticket.excluded
        ],
        flags=ticket.flags,
        promises=[promise_view(promise) for promise in await of_ticket(session, number)],
        changes=[change_view(change) for change in changes],
        history=[
            {"from": row.from_state, "to": row.to_state, "by": row.by, "at": row.at, "reason": row.reason}
            for row in await history_of(session, number)
        ],
        additions=[{"kind": a.kind, "text": a.text, "by": a.by, "at": a.at} for a in additions],
        surveys=[survey_view(survey, viewer) for survey in surveys],
        others=[
            await ticket_row(session, other)
            for other in await tickets_of(session, ticket.customer_id)
            if other.number != number
        ],
        conversation_id=ticket.conversation_id,
        decision=ticket.decision,
        **await casework_of(session, ticket, policy=policy, now=now),
    )


def item_view(item: TicketItem) -> dict[str, Any]:
    """A grievance, with what was decided about it."""
    return {
        "id": item.id,
        "what": item.what,
        "cause_six": item.cause_six,
        "cause_jrt": item.cause_jrt,
        "amount": item.amount,
        "outcome": item.outcome,
        "answer": item.answer,
    }


async def announce(core: Core, view: TicketView) -> TicketView:
    """After the commit: what was planned is looked at, and whoever looks at the conversation is told."""
    core.worker.wake()
    if view.conversation_id:
        await core.hint(view.conversation_id)
    return view
