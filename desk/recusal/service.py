"""Keeping people off a case (令2020/3 art. 17): by rule, for everybody who is meant, with the reason and where it was said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Message
from desk.errors import Invalid, NotAllowed, NotFound
from desk.policy.schemas import policy
from desk.recusal.models import REASONS, Exclusion
from desk.staff.models import Staff
from desk.tickets.models import Ticket
from desk.tickets.owning import KEPT, RELEASED, own, owners_of
from desk.tickets.states import OPEN_STATES

KEPT_OFF = "这张单子涉及您或您所在网点，按回避规定不能由您处理。"
NICKNAME = re.compile(r"^[老小阿](?=[一-鿿]{1,2}$)")


def concerns(ticket: Ticket | None, person: Staff) -> bool:
    """Whether this colleague must not touch the case."""
    if ticket is None:
        return False
    return any(row.resolved and row.value == (person.branch if row.kind == "branch" else person.work_no)
               for row in ticket.excluded)  # fmt: skip


def check_not_concerned(ticket: Ticket | None, person: Staff, sentence: str = KEPT_OFF) -> None:
    """Raise NotAllowed with `sentence` when this colleague is kept off the case."""
    if concerns(ticket, person):
        raise NotAllowed(sentence)


def branches_kept_off(ticket: Ticket | None) -> list[str]:
    """The branches complained about."""
    return [row.value for row in ticket.excluded if row.kind == "branch"] if ticket else []


async def keep_off(
    session: AsyncSession,
    ticket: Ticket,
    *,
    kind: str,
    value: str,
    reason: str,
    now: datetime,
    by: str = "system",
    source_message: str | None = None,
    resolved: bool = True,
) -> Exclusion:
    """Keep a colleague (by work number) or a branch off a case; the same once more is the same row.

    Whoever reports to a colleague kept off because of the complaint is kept off too. A case that an excluded person holds
    goes back to the unit at once.
    """
    known = next((row for row in ticket.excluded if (row.kind, row.value) == (kind, value)), None)
    if known is not None:
        return known
    row = Exclusion(
        ticket=ticket.number,
        kind=kind,
        value=value,
        resolved=resolved,
        reason=reason,
        source_message=source_message,
        by=by,
        at=now,
    )
    if resolved:
        await _release(session, ticket, kind, value, by=by, now=now)
    session.add(row)
    await session.flush()
    await session.refresh(ticket, ["excluded"])
    if kind == "staff" and resolved and reason in ("named", "supervisor"):
        below = await session.scalars(select(Staff.work_no).where(Staff.reports_to == value).order_by(Staff.work_no))
        for work_no in below:
            await keep_off(
                session,
                ticket,
                kind="staff",
                value=work_no,
                reason="report",
                now=now,
                by=by,
                source_message=source_message,
            )
    return row


async def _release(session: AsyncSession, ticket: Ticket, kind: str, value: str, *, by: str, now: datetime) -> None:
    """Nobody who is concerned goes on with an open case; a decided one keeps the name of whoever decided it."""
    if ticket.state not in OPEN_STATES:
        return
    holder = await session.scalar(
        select(Staff).where((Staff.id == ticket.handler_id) | (Staff.work_no == ticket.owner)).limit(1)
    )
    held = value == ticket.owner or (
        holder is not None and value == (holder.branch if kind == "branch" else holder.work_no)
    )
    if not held:
        return
    if ticket.owner is None:
        ticket.handler_id = None
        await session.flush()
    else:
        await own(session, ticket, policy().service.unit, by=by, now=now, reason=RELEASED)


async def keep_off_handlers(
    session: AsyncSession, ticket: Ticket, earlier: Ticket, *, now: datetime, reason: str = "previous"
) -> None:
    """Keep off whoever had `earlier` in hand or decided it (3-dialogue.md 3.12); a unit is nobody and stays."""
    told = [earlier.owner, (earlier.decision or {}).get("by")]
    handler = await session.get(Staff, earlier.handler_id) if earlier.handler_id else None
    told.append(handler.work_no if handler is not None else None)
    for work_no in dict.fromkeys(told):
        # A colleague who has left is kept off as well, by his number.
        if work_no and (work_no.isdigit() or await _is_staff(session, work_no)):
            await keep_off(session, ticket, kind="staff", value=work_no, reason=reason, now=now)


async def allow_handlers(session: AsyncSession, ticket: Ticket, *, now: datetime) -> None:
    """Take back that the earlier handler is kept off: the customer wants nobody else. Whoever lost the case by it has it
    again; the rows stay, lifted, as evidence."""
    for row in ticket.excluded:
        if row.reason == "previous":
            row.lifted_at = now
    await session.flush()
    await session.refresh(ticket, ["excluded"])
    owners = await owners_of(session, ticket.number)
    if len(owners) > 1 and owners[-1].reason == RELEASED and ticket.owner == owners[-1].owner:
        before = owners[-2]
        handler = await session.scalar(select(Staff).where(Staff.work_no == before.owner, Staff.active.is_(True)))
        if handler is not None and not concerns(ticket, handler):
            told = before.told_at is not None
            await own(session, ticket, before.owner, by="customer", now=now, reason=KEPT, handler=handler, told=told)


async def keep_off_same(session: AsyncSession, ticket: Ticket, other: Ticket, *, now: datetime) -> None:
    """Keep off `ticket` whoever is kept off `other`, for the same reasons."""
    for row in list(other.excluded):
        await keep_off(
            session,
            ticket,
            kind=row.kind,
            value=row.value,
            reason=row.reason,
            resolved=row.resolved,
            source_message=row.source_message,
            now=now,
        )


async def keep_off_person(
    session: AsyncSession,
    ticket: Ticket,
    *,
    badge: str | None,
    name: str | None,
    words: str,
    branch: str | None,
    reason: str,
    now: datetime,
    source_message: str | None = None,
    role: str | None = None,
) -> Exclusion:
    """Keep off whoever the customer means: by work number, or by a name that only one colleague of `branch` bears.

    A window, a look or a name that fits several stays as it was said, unresolved, for a supervisor to settle.
    """
    person = badge or await who_is_meant(session, name, branch, role)
    return await keep_off(
        session,
        ticket,
        kind="staff",
        value=person or name or words,
        resolved=person is not None,
        reason=reason,
        now=now,
        source_message=source_message,
    )


async def who_is_meant(session: AsyncSession, name: str | None, branch: str | None, role: str | None) -> str | None:
    """The work number of the one colleague of `branch` who is called so; None when nobody or several are."""
    if not name or not branch:
        return None
    surname = NICKNAME.sub("", name)
    people = list(
        await session.scalars(
            select(Staff).where(
                Staff.branch == branch, Staff.active.is_(True), Staff.name.startswith(surname, autoescape=True)
            )
        )
    )
    if len(people) > 1 and role:
        people = [person for person in people if role in (person.title or "")] or people
    return people[0].work_no if len(people) == 1 else None


async def named_in(session: AsyncSession, text: str, branch: str) -> Staff | None:
    """The one colleague of `branch` whose full name stands in what the customer wrote (simplified)."""
    people = await session.scalars(select(Staff).where(Staff.branch == branch, Staff.active.is_(True)))
    found = [person for person in people if len(person.name) > 1 and person.name in text]
    return found[0] if len(found) == 1 else None


async def message_id(session: AsyncSession, conversation_id: str | None, seq: int | None) -> str | None:
    """The message a fact was told in."""
    if conversation_id is None or seq is None:
        return None
    return await session.scalar(
        select(Message.id).where(Message.conversation_id == conversation_id, Message.seq == seq)
    )


async def unresolved(session: AsyncSession, ticket: str | None = None) -> Sequence[Exclusion]:
    """What waits for a supervisor to say who is meant, oldest first."""
    query = select(Exclusion).where(Exclusion.resolved.is_(False), Exclusion.lifted_at.is_(None)).order_by(Exclusion.id)
    return list(await session.scalars(query.where(Exclusion.ticket == ticket) if ticket else query))


async def settle(session: AsyncSession, ticket: Ticket, words: str, *, meant: str, by: Staff, now: datetime) -> None:
    """A supervisor says whom the customer's `words` mean; the row of the words stays, lifted, as evidence."""
    row = next((one for one in ticket.excluded if not one.resolved and one.value == words), None)
    if row is None:
        raise NotFound(f"这张单子上没有待确认的“{words}”。")
    await check_known(session, "staff", meant)
    row.lifted_at = now
    await session.flush()
    await session.refresh(ticket, ["excluded"])
    await keep_off(
        session,
        ticket,
        kind="staff",
        value=meant,
        reason=row.reason,
        now=now,
        by=by.work_no,
        source_message=row.source_message,
    )


async def _is_staff(session: AsyncSession, work_no: str) -> bool:
    return await session.scalar(select(Staff.id).where(Staff.work_no == work_no)) is not None


async def check_known(session: AsyncSession, kind: str, value: str) -> None:
    """Raise NotFound when there is no such colleague; a branch nobody listed may be kept off all the same."""
    if kind not in ("staff", "branch"):
        raise Invalid("回避对象只能是人员(staff)或网点(branch)。")
    if kind == "staff" and not await _is_staff(session, value):
        raise NotFound(f"没有工号{value}。")


def say_reason(row: Exclusion) -> str:
    """城南支行（被诉网点）."""
    return f"{row.value}（{REASONS[row.reason]}{'' if row.resolved else '，待主管确认是谁'}）"
