"""Read a period out of the tables: one query a table, then plain rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.changes.models import Change
from desk.clock import local
from desk.clocks.models import ClockEvent
from desk.closing.models import Feedback, Recheck
from desk.conversations.models import Conversation, Message, Turn
from desk.customers.models import Customer
from desk.indicators.lawful import extended_in_order, handled_by_excluded, looked_at_by_another, told_in_full
from desk.indicators.policy import IndicatorRules
from desk.indicators.sample import UNKNOWN, Case, Contact, Due, Extended, Followed, Sample, Sides, Step
from desk.notices.models import Notice
from desk.phrases.lint import check
from desk.promises.models import Promise
from desk.queue.models import QueueEntry
from desk.staff.models import Staff
from desk.surveys.models import Survey
from desk.surveys.service import dissatisfied
from desk.tickets.models import Ticket, TicketHistory, TicketItem, TicketLink, TicketOwner

SECOND_WITHIN = timedelta(days=90)
ANSWER_WITHIN = timedelta(hours=24)
CALM_FOR = timedelta(days=7)
DROP = 2
Row = TypeVar("Row")


@dataclass
class Period:
    """What the tables say about a period, grouped for look-up."""

    start: datetime
    end: datetime
    tickets: list[Ticket]
    customers: dict[str, Customer]
    conversations: dict[str, Conversation]
    notices: dict[str, list[Notice]]
    rechecks: dict[str, list[Recheck]]
    feedbacks: dict[str, list[Feedback]]
    owners: dict[str, list[TicketOwner]]
    branches: dict[str, str | None]
    """Where each colleague belongs, by work number."""
    extensions: list[ClockEvent]
    items: dict[str, list[TicketItem]]
    history: dict[str, list[TicketHistory]]
    promises: dict[str, list[Promise]]
    surveys: dict[str, Survey]
    seconded: dict[str, list[datetime]]
    messages: dict[str, list[Message]]
    queue: dict[str, list[QueueEntry]]
    changes: list[Change]
    turns: dict[str, list[Turn]]

    @cached_property
    def by_number(self) -> dict[str, Ticket]:
        """The tickets by number."""
        return {ticket.number: ticket for ticket in self.tickets}

    @cached_property
    def by_conversation(self) -> dict[str, list[Ticket]]:
        """The tickets of each conversation."""
        return _grouped(self.tickets, "conversation_id")

    @cached_property
    def changes_by_conversation(self) -> dict[str, list[Change]]:
        """The changes of each conversation."""
        return _grouped(self.changes, "conversation_id")


async def _all(session: AsyncSession, model: type[Row], *where: Any) -> list[Row]:
    return list(await session.scalars(select(model).where(*where)))


def _grouped(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[str(getattr(row, key))].append(row)
    return found


async def read_period(session: AsyncSession, start: datetime, end: datetime) -> Period:
    """Everything that touches [start, end)."""
    touched = (
        ((Ticket.received_at >= start) & (Ticket.received_at < end))
        | ((Ticket.registered_at >= start) & (Ticket.registered_at < end))
        | ((Ticket.decided_at >= start) & (Ticket.decided_at < end))
        | ((Ticket.closed_at >= start) & (Ticket.closed_at < end))
        | ((Ticket.closed_at.is_(None)) & (Ticket.received_at < end))
    )
    tickets = await _all(session, Ticket, touched)
    numbers = select(Ticket.number).where(touched)
    ended = (Conversation.closed_at >= start) & (Conversation.closed_at < end)
    contacts = select(Conversation.id).where(ended)
    conversations = await _all(
        session, Conversation, ended | Conversation.id.in_(select(Ticket.conversation_id).where(touched))
    )
    links = await session.execute(
        select(TicketLink.number, Ticket.received_at)
        .join(Ticket, Ticket.number == TicketLink.ticket)
        .where(TicketLink.kind == "second_of", TicketLink.number.in_(numbers))
    )
    seconded: dict[str, list[datetime]] = defaultdict(list)
    for number, at in links:
        seconded[number].append(at)
    messages = await _all(session, Message, Message.conversation_id.in_(contacts))
    return Period(
        start=start,
        end=end,
        tickets=tickets,
        customers={
            row.id: row
            for row in await _all(session, Customer, Customer.id.in_({c.customer_id for c in conversations}))
        },
        conversations={row.id: row for row in conversations},
        notices=_grouped(await _all(session, Notice, Notice.ticket.in_(numbers)), "ticket"),
        rechecks=_grouped(await _all(session, Recheck, Recheck.ticket.in_(numbers)), "ticket"),
        feedbacks=_grouped(await _all(session, Feedback, Feedback.ticket.in_(numbers)), "ticket"),
        owners=_grouped(await _all(session, TicketOwner, TicketOwner.ticket.in_(numbers)), "ticket"),
        branches={row.work_no: row.branch for row in await _all(session, Staff)},
        extensions=await _all(
            session,
            ClockEvent,
            ClockEvent.kind == "extended",
            ClockEvent.recorded_at >= start,
            ClockEvent.recorded_at < end,
        ),
        items=_grouped(await _all(session, TicketItem, TicketItem.ticket.in_(numbers)), "ticket"),
        history=_grouped(await _all(session, TicketHistory, TicketHistory.ticket.in_(numbers)), "ticket"),
        promises=_grouped(
            await _all(
                session, Promise, (Promise.due_at >= start) & (Promise.due_at < end) | Promise.ticket.in_(numbers)
            ),
            "ticket",
        ),
        surveys={row.ticket: row for row in await _all(session, Survey, Survey.ticket.in_(numbers))},
        seconded=seconded,
        messages=_grouped(sorted(messages, key=lambda row: row.seq), "conversation_id"),
        queue=_grouped(await _all(session, QueueEntry, QueueEntry.conversation_id.in_(contacts)), "conversation_id"),
        changes=await _all(
            session,
            Change,
            (Change.offered_at >= start) & (Change.offered_at < end)
            | (Change.executed_at >= start) & (Change.executed_at < end),
        ),
        turns=_grouped(
            await _all(session, Turn, Turn.conversation_id.in_(contacts), Turn.intent.is_not(None)), "conversation_id"
        ),
    )


def sample_of(period: Period, rules: IndicatorRules) -> Sample:
    """The period as rows to count."""
    start, end = period.start, period.end
    complaints = [ticket for ticket in period.tickets if ticket.type == "TS"]
    cases = {ticket.number: _case(ticket, period, rules) for ticket in complaints}

    def those(moment: str) -> tuple[Case, ...]:
        return tuple(case for case in cases.values() if (at := getattr(case, moment)) is not None and start <= at < end)

    contacts = tuple(
        _contact(row, period, rules)
        for row in period.conversations.values()
        if row.closed_at is not None and start <= row.closed_at < end and row.last_seq > 0
    )
    due = [
        Due(_sides_of(promise.ticket, period, rules, promise.due_at), promise.state == "kept")
        for promises in period.promises.values()
        for promise in promises
        if start <= promise.due_at < end and promise.state in ("kept", "broken")
    ]
    return Sample(
        start=start,
        end=end,
        contacts=contacts,
        customers=len({contact.customer for contact in contacts}),
        registered=those("registered_at"),
        decided=those("decided_at"),
        closed=tuple(case for case in those("closed_at") if case.counted),
        open=tuple(case for case in cases.values() if case.closed_at is None and case.state != "draft"),
        drafts=tuple(case for case in cases.values() if case.state == "draft" and start <= case.received_at < end),
        ideas=sum(ticket.type in ("JY", "BY") and start <= ticket.received_at < end for ticket in period.tickets),
        steps=tuple(_step(change, period, rules) for change in period.changes),
        promises=tuple(due),
        extensions=tuple(
            Extended(
                _sides_of(event.ticket, period, rules, event.recorded_at),
                extended_in_order(event, next((row for row in period.tickets if row.number == event.ticket), None)),
            )
            for event in period.extensions
        ),
    )


def _sides_of(number: str | None, period: Period, rules: IndicatorRules, at: datetime) -> Sides:
    ticket = period.by_number.get(number or "")
    month = f"{local(at):%Y-%m}"
    if ticket is None:
        return Sides(month=month)
    conversation = period.conversations.get(ticket.conversation_id or "")
    customer = period.customers.get(ticket.customer_id)
    told = "".join(item.what for item in period.items.get(ticket.number, ()))
    return Sides(
        branch=ticket.branch or UNKNOWN,
        tier=customer.tier if customer else UNKNOWN,
        product=rules.product_of(told) if told else UNKNOWN,
        channel=conversation.channel if conversation else UNKNOWN,
        month=month,
    )


def _case(ticket: Ticket, period: Period, rules: IndicatorRules) -> Case:
    steps = period.history.get(ticket.number, [])
    promises = period.promises.get(ticket.number, [])
    first = next((promise for promise in promises if promise.kind == "first_answer"), None)
    survey = period.surveys.get(ticket.number)
    days = None if ticket.decided_at is None else (ticket.decided_at - ticket.received_at) / timedelta(days=1)
    return Case(
        number=ticket.number,
        sides=_sides_of(ticket.number, period, rules, ticket.received_at),
        received_at=ticket.received_at,
        registered_at=ticket.registered_at,
        decided_at=ticket.decided_at,
        closed_at=ticket.closed_at,
        state=ticket.state,
        counted=ticket.state not in ("withdrawn", "merged"),
        owned=ticket.owner is not None,
        answered_in_time=_answered_in_time(ticket, first, period.end),
        days_to_decision=days,
        late=_late(ticket, period.end),
        chases=ticket.chases,
        seconded=_seconded(ticket, period),
        rechecked=looked_at_by_another(period.rechecks.get(ticket.number, ())),
        fed_back=bool(period.feedbacks.get(ticket.number)),
        noticed=told_in_full(period.notices.get(ticket.number, ())),
        judged=ticket.state != "draft" or ticket.received_at > period.end - timedelta(hours=72),
        excluded_handler=handled_by_excluded(
            ticket.excluded, period.owners.get(ticket.number, ()), steps, period.branches
        ),
        follow_up=_followed(survey),
    )


def _answered_in_time(ticket: Ticket, first: Promise | None, end: datetime) -> bool | None:
    """The first substantive answer is the promise of that kind; an automatic receipt keeps no promise."""
    latest = ticket.received_at + ANSWER_WITHIN
    moments = [at for at in (first.kept_at if first else None, ticket.decided_at) if at is not None]
    if moments:
        return min(moments) <= latest
    return None if latest > end else False


def _late(ticket: Ticket, end: datetime) -> bool:
    return ticket.decision_due is not None and (ticket.decided_at or end) > ticket.decision_due


def _seconded(ticket: Ticket, period: Period) -> bool:
    decided = ticket.decided_at
    return decided is not None and any(
        decided <= at <= decided + SECOND_WITHIN for at in period.seconded.get(ticket.number, ())
    )


def _followed(survey: Survey | None) -> Followed | None:
    if survey is None:
        return None
    answers = survey.answers
    before = [entry["answers"] for entry in survey.history if "answers" in entry]
    unhappy = dissatisfied(answers) or any(dissatisfied(earlier) for earlier in before)
    again = answers.get("perception") if before else None
    return Followed(
        asked=survey.sent_at is not None,
        answered=bool(answers),
        satisfied=survey.satisfied,
        solved=answers.get("solved"),
        perception=answers.get("perception"),
        manner=answers.get("manner"),
        index=survey.index,
        dissatisfied=unhappy,
        recovered=None if not unhappy else bool(again and again >= 4),
    )


def _contact(row: Conversation, period: Period, rules: IndicatorRules) -> Contact:
    messages = period.messages.get(row.id, [])
    readings = [message.reading for message in messages if message.by == "customer" and message.reading]
    intents = [str(turn.intent) for turn in sorted(period.turns.get(row.id, ()), key=lambda turn: turn.from_seq)]
    tickets = period.by_conversation.get(row.id, [])
    bots = [message for message in messages if message.by == "bot"]
    agents = [message for message in messages if message.by == "agent"]
    customer = period.customers.get(row.customer_id)
    survey = next((period.surveys[ticket.number] for ticket in tickets if ticket.number in period.surveys), None)
    waits = tuple(_wait(entry, agents) for entry in period.queue.get(row.id, ()))
    return Contact(
        id=row.id,
        customer=(customer.bank_customer if customer else None) or row.customer_id,
        sides=Sides(
            branch=next((ticket.branch for ticket in tickets if ticket.branch), UNKNOWN),
            tier=customer.tier if customer else UNKNOWN,
            product=_sides_of(tickets[0].number, period, rules, row.last_at).product if tickets else UNKNOWN,
            channel=row.channel,
            month=f"{local(row.closed_at or row.last_at):%Y-%m}",
        ),
        ended_at=row.closed_at or row.last_at,
        enquiry=not tickets and any(intent.startswith("inquire_") for intent in intents),
        elderly=any(ticket.flags.get("vulnerable") for ticket in tickets),
        with_person=bool(agents) or bool(waits),
        complained=any(reading.get("complaint") for reading in readings),
        has_case=bool(tickets),
        topic=next((intent for intent in intents if intent.startswith(("inquire_", "complain_"))), None),
        first_replies_s=tuple(_reply_times(messages)),
        human_waits_s=waits,
        low_score=bool(survey and dissatisfied(survey.answers)),
        bot_messages=len(bots),
        bot_lint=sum(bool(check(message.text, speaker="bot")) for message in bots),
        agent_messages=len(agents),
        agent_lint=sum(bool(check(message.text, speaker="agent")) for message in agents),
    )


def _reply_times(messages: Sequence[Message]) -> Iterable[float]:
    """From the last of the customer's messages that a reply answers to the reply: a burst counts from the joined turn."""
    told = {message.seq: message.at for message in messages if message.by == "customer"}
    seen: set[int] = set()
    for message in messages:
        answered = [seq for seq in message.answers if seq in told and seq not in seen]
        if message.by == "bot" and answered:
            seen.update(answered)
            yield (message.at - told[max(answered)]).total_seconds()


def _wait(entry: QueueEntry, agents: Sequence[Message]) -> tuple[str, float | None]:
    first = next((message.at for message in agents if message.at >= entry.entered_at), None)
    return entry.priority, None if first is None else (first - entry.entered_at).total_seconds()


def _step(change: Change, period: Period, rules: IndicatorRules) -> Step:
    at = change.offered_at or change.executed_at or period.start
    same = period.changes_by_conversation[change.conversation_id]
    refused = [
        other.answered_at
        for other in same
        if other.kind == change.kind and other.answer == "declined" and other.answered_at is not None
    ]
    again = change.offered_at is not None and any(moment < change.offered_at for moment in refused)
    return Step(
        kind=change.kind,
        sides=_sides_of(change.ticket, period, rules, at),
        offered=change.offered_at is not None,
        accepted=change.answer in ("accepted", "not_needed"),
        executed=change.executed_at is not None,
        succeeded=_helped(change, same),
        missed_by=change.result if change.result in ("no_show", "failed") else None,
        offered_after_refusal=again and change.initiated_by == "system",
    )


def _helped(change: Change, same: Sequence[Change]) -> bool | None:
    """Calm afterwards, or much calmer, and no further change within a week (3.6). None while nobody can tell."""
    if change.executed_at is None or change.mood_after is None:
        return None
    calmer = change.mood_after <= 1 or (change.mood_before or 0) - change.mood_after >= DROP
    further = any(
        other.executed_at is not None and change.executed_at < other.executed_at <= change.executed_at + CALM_FOR
        for other in same
    )
    return calmer and not further
