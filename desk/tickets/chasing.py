"""Customers who have to ask again (追问): counted, answered with real progress, escalated (3-dialogue.md 3.8, 3.12)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.service import raise_alert
from desk.clocks.answering import next_update
from desk.clocks.calendar import hours_of
from desk.conversations.draft import TurnDraft
from desk.policy.schemas import Policy
from desk.promises.service import promise_missed
from desk.reading.lexicon import load, union
from desk.tickets.models import Ticket, TicketAddition
from desk.tickets.second import mark_second, unmark_second
from desk.tickets.service import add_addition, promise_dates
from desk.tickets.states import UNDER_WAY
from desk.work.service import cancel_work

ALERT, SECOND = 2, 3
"""The chase that alerts the supervisor, and the one that makes a second complaint of it."""
ASKING_AGAIN = ("到底", "怎么还", "还没", "什么时候", "结果", "进展", "多久", "又", "一直", "还不", "催", "不是说")


def about_same(text: str, ticket: Ticket, intent: str, *, what: str, bare: bool = False) -> bool:
    """Whether a message is about this case: pure feeling, or the same kind of grievance asked about again."""
    if bare:
        return True
    same = ticket.intent == intent or same_subject(text, what)
    return same and any(word in text for word in ASKING_AGAIN)


def asks_after(text: str, what: str) -> bool:
    """Whether a question is how things stand with `what`: 管理费退了没, when a complaint about that fee is in hand."""
    return same_subject(text, what) and wants_news(text)


def wants_news(text: str) -> bool:
    """Whether somebody asks how far it is: it is answered with the record, however often he has asked."""
    return union(load("lexicon", "signals")["asks_after"]).search(text) is not None


def same_subject(text: str, what: str) -> bool:
    """Whether two texts share a word that says something."""
    shared = {text[n : n + 2] for n in range(len(text) - 1)} & {what[n : n + 2] for n in range(len(what) - 1)}
    empty = load("lexicon", "signals")["says_nothing"]
    return any(re.fullmatch("[一-龥]{2}", pair) and pair not in empty for pair in shared)


@dataclass(frozen=True)
class Asked:
    """What a question about a case has led to."""

    chase: bool
    """It counts: it came after a promised time, or again within one interval of updates, or he says himself it is again."""
    nearer: bool = False
    """The next progress has been moved nearer."""
    made_second: bool = False
    """The case has just become a second complaint because of how often was asked; the customer may refuse that."""


def any_hour(text: str) -> bool | None:
    """Whether a customer wants to hear of his case in the quiet hours as well (3.8, his own wish); None when he says nothing of it."""
    words = load("lexicon", "signals")
    if re.search(words["any_hour_not"], text):
        return False
    return True if union(words["any_hour"]).search(text) else None


async def note_asking(
    session: AsyncSession, ticket: Ticket, *, draft: TurnDraft, policy: Policy, complains: bool = True
) -> Asked:
    """Write down that the customer asks after his case, once a turn, and take the step that follows (3.8).

    The first chase moves the next progress nearer, the second alerts the supervisor (and row 7 offers another person), the
    third makes it a second complaint, as his own word for it does at once (3.12) when he `complains`: 上次投诉的进度如何
    names the case and complains of nothing.
    """
    if ticket.state not in UNDER_WAY:
        return Asked(chase=False)
    known = await _askings(session, ticket)
    chase, asked = draft.effect("chase"), draft.effect("asked")
    told = {row.effect for row in known}
    again = complains and draft.reading.second_complaint
    counts = chase in told or (asked not in told and (again or await _counts(session, ticket, known, draft, policy)))
    text = "客户追问进展" if counts else "客户询问进展"
    effect = chase if counts else asked
    await add_addition(session, ticket, effect=effect, kind="note", text=text, by="customer", now=draft.now)
    if not counts:
        return Asked(chase=False)
    ticket.chases += chase not in told
    nearer = await _move_nearer(session, ticket, draft, policy)
    if ticket.chases >= ALERT or again:
        await raise_alert(
            session,
            key=f"chase:{ticket.number}:{ticket.chases}",
            kind="chase",
            to="supervisor",
            now=draft.now,
            ticket=ticket.number,
            conversation_id=draft.conversation_id,
        )
    second = (ticket.chases >= SECOND or again) and not ticket.flags.keys() & {"second_complaint", "second_refused"}
    if second:
        reason = "words" if again else "chases"
        await mark_second(
            session, ticket, reason=reason, by="customer", now=draft.now, policy=policy, from_seq=draft.seq
        )
    await session.flush()
    return Asked(chase=True, nearer=nearer, made_second=second and not again)


async def _askings(session: AsyncSession, ticket: Ticket) -> list[TicketAddition]:
    asked = (TicketAddition.effect.startswith(f"{what}:", autoescape=True) for what in ("chase", "asked"))
    rows = await session.scalars(select(TicketAddition).where(TicketAddition.ticket == ticket.number, or_(*asked)))
    return list(rows)


async def _counts(
    session: AsyncSession, ticket: Ticket, known: Sequence[TicketAddition], draft: TurnDraft, policy: Policy
) -> bool:
    if await promise_missed(session, ticket.number, draft.now):
        return True
    due = ticket.decision_due if ticket.state != "paused" else None
    if any(moment is not None and moment < draft.now for moment in (ticket.next_update_at, due)):
        return True
    interval = timedelta(hours=policy.service.clocks.update_hours[ticket.priority])
    return any(row.at > draft.now - interval for row in known)


async def _move_nearer(session: AsyncSession, ticket: Ticket, draft: TurnDraft, policy: Policy) -> bool:
    told = next_update(await hours_of(session, policy), ticket.priority, draft.now, chased=True)
    before = ticket.next_update_at
    if before is not None and draft.now < before <= told:
        return False
    ticket.next_update_at = told
    await cancel_work(session, f"update:{ticket.number}:")
    await promise_dates(session, ticket, turn_id=draft.turn_id, now=draft.now, kinds=("update",))
    return before is not None and before > draft.now


async def refuse_second(session: AsyncSession, ticket: Ticket, *, draft: TurnDraft) -> None:
    """The customer wants no second complaint of it: everything is as it was before, and it is not proposed again."""
    await unmark_second(session, ticket, now=draft.now)
    ticket.flags = {**ticket.flags, "second_refused": True}
    effect = draft.effect("second_refused")
    text = "客户不要按再次投诉处理"
    await add_addition(session, ticket, effect=effect, kind="note", text=text, by="customer", now=draft.now)
