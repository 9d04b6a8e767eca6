"""How a case stands, from its record: the last step done, what it waits for now, and a date (3-dialogue.md 3.8)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.clocks.models import Extension
from desk.clocks.service import events_of
from desk.closing.models import Recheck
from desk.handovers.models import HandOver
from desk.intake.wording import shorten
from desk.notices.models import Notice
from desk.policy.hours import say_date, say_time
from desk.promises.models import Promise
from desk.texts.service import texts
from desk.tickets.models import Ticket, TicketItem
from desk.tickets.service import facts_of, history_of, items_of
from desk.tickets.states import UNDER_WAY

LONGEST_WHAT = 20
NO_DATE = ("withdrawn", "merged", "declined")
"""Nothing more is to come: the day of the last step is the date."""


async def progress_line(session: AsyncSession, ticket: Ticket, now: datetime, *, nearer: bool = False) -> str:
    """The answer to a question about the case: never only "please wait". `nearer`: its next date has just been moved."""
    say = texts().say
    if ticket.state == "draft":
        told = (await facts_of(session, ticket.number)).get("what")
        what = (told.value if told else "") or "这件事"
        return say("procedure.status.draft", what=what, received=say_date(ticket.received_at))
    return say(
        "procedure.status.line",
        number=ticket.case_number,
        what=_what(await items_of(session, ticket.number)),
        received=say_date(ticket.received_at),
        state=say(f"procedure.status.states.{ticket.state}"),
        owner=say_owner(ticket.owner),
        last=await _last_step(session, ticket),
        waits=await waits_for(session, ticket),
        next=await _near_dates(session, ticket, now) + dates_of(ticket, now, nearer=nearer),
    )


async def update_text(session: AsyncSession, ticket: Ticket, now: datetime) -> str:
    """What is told unasked: the news since the customer last heard of it, or honestly that there are none."""
    key = "news" if await _has_news(session, ticket) else "no_news"
    return texts().say(
        f"procedure.update.{key}",
        number=ticket.case_number,
        what=_what(await items_of(session, ticket.number)),
        last=await _last_step(session, ticket),
        waits=await waits_for(session, ticket),
        dates=await _near_dates(session, ticket, now) + dates_of(ticket, now),
    )


async def waits_for(session: AsyncSession, ticket: Ticket) -> str:
    """The present step: whom or what an undecided case waits for. Empty when nothing is left to wait for."""
    say = texts().say
    if ticket.state not in UNDER_WAY:
        return ""
    owner = say_owner(ticket.owner)
    if ticket.state == "paused":
        pauses = [event.why for event in await events_of(session, ticket.number) if event.kind == "paused"]
        return say(f"procedure.waits.paused.{pauses[-1] if pauses else 'other'}")
    asked = select(Extension.id).where(Extension.ticket == ticket.number, Extension.state == "requested")
    if await session.scalar(asked) is not None:
        return say("procedure.waits.extension")
    offered = select(HandOver.target).where(HandOver.ticket == ticket.number, HandOver.state == "offered")
    target = await session.scalar(offered)
    if target is not None:
        return say("procedure.waits.hand_over", owner=owner, target=say_owner(target))
    return say(f"procedure.waits.{'returned' if await _returned(session, ticket) else ticket.state}", owner=owner)


async def _returned(session: AsyncSession, ticket: Ticket) -> bool:
    """Whether the recheck of the last decision sent it back."""
    last = await session.scalar(
        select(Recheck).where(Recheck.ticket == ticket.number).order_by(Recheck.id.desc()).limit(1)
    )
    if last is None or ticket.decided_at is None:
        return False
    return last.result == "returned" and last.at >= ticket.decided_at


async def _has_news(session: AsyncSession, ticket: Ticket) -> bool:
    history = await history_of(session, ticket.number)
    told = await session.scalar(
        select(Notice.created_at).where(Notice.ticket == ticket.number).order_by(Notice.id.desc()).limit(1)
    )
    since = told or ticket.registered_at or ticket.received_at
    return bool(history) and history[-1].at > since


async def _last_step(session: AsyncSession, ticket: Ticket) -> str:
    history = await history_of(session, ticket.number)
    if not history:
        return ""
    return texts().say("procedure.status.last", step=history[-1].reason, at=say_date(history[-1].at))


def _what(items: list[TicketItem]) -> str:
    return shorten(items[0].what, LONGEST_WHAT) if items else ""


async def _near_dates(session: AsyncSession, ticket: Ticket, now: datetime) -> str:
    """What else was promised and is still to come, the nearest first: the first answer, and what colleagues said in the chat.

    Who is told only of later dates takes these for forgotten.
    """
    if ticket.state not in UNDER_WAY:
        return ""
    rows = await session.execute(
        select(Promise.kind, Promise.due_at)
        .where(
            Promise.ticket == ticket.number,
            Promise.kind.in_(("first_answer", "spoken")),
            Promise.state.in_(("unsent", "open")),
            Promise.due_at > now,
        )
        .order_by(Promise.due_at)
    )
    return "".join(texts().say(f"procedure.status.{kind}", due=say_time(due, now)) for kind, due in rows)


def dates_of(ticket: Ticket, now: datetime, *, nearer: bool = False) -> str:
    """What is promised next; a date that has passed without it is owned up to, never told as if it were to come."""
    say = texts().say
    if ticket.state not in UNDER_WAY:
        decided = None if ticket.state in NO_DATE else ticket.notified_at or ticket.decided_at
        return say("procedure.status.decided", at=say_date(decided)) if decided else ""
    told = ""
    if ticket.next_update_at is not None and ticket.next_update_at > now:
        told = say(
            f"procedure.status.{'nearer' if nearer else 'next'}", next_update=say_time(ticket.next_update_at, now)
        )
    if ticket.state == "paused" or ticket.decision_due is None:
        return told
    if ticket.decision_due > now:
        return told + say("procedure.status.decision", decision_due=say_date(ticket.decision_due))
    return told + say("procedure.status.overdue", decision_due=say_date(ticket.decision_due))


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
