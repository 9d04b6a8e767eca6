"""Customers who have to ask again (追问): counted, answered with real progress, escalated (3-dialogue.md 3.8, 3.12)."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.service import raise_alert
from desk.clocks.answering import next_update
from desk.clocks.calendar import hours_of
from desk.conversations.draft import TurnDraft
from desk.policy.hours import say_date, say_time
from desk.policy.schemas import Policy
from desk.reading.lexicon import load, union
from desk.recusal.service import keep_off_handlers
from desk.texts.service import texts
from desk.tickets.models import Ticket, TicketAddition
from desk.tickets.service import add_addition, add_item, facts_of, history_of, items_of, promise_dates

ASKING_AGAIN = ("到底", "怎么还", "还没", "什么时候", "结果", "进展", "多久", "又", "一直", "还不", "催", "不是说")


def about_same(text: str, ticket: Ticket, intent: str, *, what: str, bare: bool = False) -> bool:
    """Whether a message is about this case: pure feeling, or the same kind of grievance asked about again."""
    if bare:
        return True
    same = ticket.intent == intent or same_subject(text, what)
    return same and any(word in text for word in ASKING_AGAIN)


def asks_after(text: str, what: str) -> bool:
    """Whether a question is how things stand with `what`: 管理费退了没, when a complaint about that fee is in hand."""
    return same_subject(text, what) and union(load("lexicon", "signals")["asks_after"]).search(text) is not None


def same_subject(text: str, what: str) -> bool:
    """Whether two texts share a word that says something."""
    shared = {text[n : n + 2] for n in range(len(text) - 1)} & {what[n : n + 2] for n in range(len(what) - 1)}
    empty = load("lexicon", "signals")["says_nothing"]
    return any(re.fullmatch("[一-龥]{2}", pair) and pair not in empty for pair in shared)


async def note_chase(session: AsyncSession, ticket: Ticket, *, effect: str, draft: TurnDraft, policy: Policy) -> None:
    """Count a chase once. The second alerts the supervisor and makes this a second complaint, cause 6 (SD028)."""
    before = {row.effect for row in await _chases(session, ticket)}
    await add_addition(session, ticket, effect=effect, kind="note", text="客户追问进展", by="customer", now=draft.now)
    if effect not in before:
        ticket.chases += 1
    if ticket.chases >= 2 or draft.reading.second_complaint:
        await _second(session, ticket, draft)
    told = next_update(await hours_of(session, policy), "P1", draft.now)
    before_that = ticket.next_update_at
    if ticket.decided_at is None and (before_that is None or told < before_that or before_that <= draft.now):
        ticket.next_update_at = told
        await promise_dates(session, ticket, turn_id=draft.turn_id, now=draft.now)
    await session.flush()


async def _chases(session: AsyncSession, ticket: Ticket) -> list[TicketAddition]:
    rows = await session.scalars(
        select(TicketAddition).where(
            TicketAddition.ticket == ticket.number, TicketAddition.effect.startswith("chase:", autoescape=True)
        )
    )
    return list(rows)


async def note_second(session: AsyncSession, ticket: Ticket, *, of: Ticket, draft: TurnDraft) -> None:
    """Make `ticket` a second complaint about what `of` was about: flag, urgency, and an item with cause 6 (3.12)."""
    ticket.flags = {**ticket.flags, "second_complaint": True}
    ticket.priority = min(ticket.priority, "P1")
    items = await items_of(session, of.number)
    await add_item(
        session,
        ticket,
        effect="second",
        what=items[0].what if items else draft.text[:200],
        intent="complain_unresolved",
        cause_six=6,
        cause_jrt=items[0].cause_jrt if items else [],
        from_seq=draft.seq,
    )


async def _second(session: AsyncSession, ticket: Ticket, draft: TurnDraft) -> None:
    await note_second(session, ticket, of=ticket, draft=draft)
    await keep_off_handlers(session, ticket, ticket, now=draft.now)
    await raise_alert(
        session,
        key=f"chase:{ticket.number}:{ticket.chases}",
        kind="chase",
        to="supervisor",
        now=draft.now,
        ticket=ticket.number,
        conversation_id=draft.conversation_id,
    )


async def progress_line(session: AsyncSession, ticket: Ticket, now: datetime) -> str:
    """Last step done, present step, and a time: never only "please wait" (3.8)."""
    say = texts().say
    if ticket.state == "draft":
        what = (await facts_of(session, ticket.number)).get("what")
        return say("procedure.status.draft", what=(what.value if what else "") or "这件事")
    history, items = await history_of(session, ticket.number), await items_of(session, ticket.number)
    last = ""
    if history:
        step = history[-1]
        last = say("procedure.status.last", step=step.reason, at=say_date(step.at))
    following = ""
    if ticket.decided_at is not None and ticket.state not in ("reopened",):
        following = say("procedure.status.decided", at=say_date(ticket.notified_at or ticket.decided_at))
    elif ticket.decision_due is not None:
        update = max(ticket.next_update_at or ticket.decision_due, now)
        following = say("procedure.status.next", next_update=say_time(update, now))
        if ticket.decision_due > now:
            following += say("procedure.status.decision", decision_due=say_date(ticket.decision_due))
    return say(
        "procedure.status.line",
        number=ticket.number,
        what=items[0].what[:20] if items else "",
        received=say_date(ticket.received_at),
        state=say(f"procedure.status.states.{ticket.state}"),
        owner=say_owner(ticket.owner),
        last=last,
        next=following,
    )


def say_owner(owner: str | None) -> str:
    """The owner as a customer reads it: a role, or a colleague's work number; never a name."""
    roles = {
        "agent": "客服专员",
        "supervisor": "主管",
        "duty": "值班主管",
        "fraud": "反诈专员",
        "compliance": "合规同事",
    }
    if owner is None:
        return str(texts().say("procedure.unit_name"))
    return f"工号{owner}" if owner.isdigit() else roles.get(owner, owner)
