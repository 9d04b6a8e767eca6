"""Who should take it: skill, tier, language, capacity – and never anybody who is kept off the case (3-dialogue.md 3.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.branches.service import above
from desk.clocks.calendar import hours_of
from desk.conversations.models import Conversation
from desk.customers.models import Customer
from desk.policy.schemas import Policy
from desk.recusal.service import branches_kept_off, concerns
from desk.staff.models import Staff
from desk.tickets.models import Ticket
from desk.tickets.states import OPEN_STATES

ALWAYS_THERE = ("duty", "fraud")
"""Roles on call around the clock."""
UPWARDS = ("agent", "supervisor", "head", "compliance")
"""One level up from each, when everybody there is concerned: the centre, its supervisors, the head of the unit, compliance."""


@dataclass(frozen=True)
class Needs:
    """What a wait, or a case, asks of whoever takes it."""

    skill: str
    branch: str | None = None
    """Only people of this branch, when set."""
    urgent: bool = False
    languages: frozenset[str] = frozenset()
    manager: str | None = None
    """The customer's own relationship manager, preferred in any queue of his tier."""
    ticket: Ticket | None = None


@dataclass(frozen=True)
class Found:
    """Colleagues on duty for some need: `free` best first, those with full hands, and those who must keep away."""

    free: list[Staff] = field(default_factory=list)
    full: list[Staff] = field(default_factory=list)
    excluded: list[Staff] = field(default_factory=list)

    @property
    def anybody(self) -> bool:
        """Whether somebody is there who may take it, at once or a little later."""
        return bool(self.free or self.full)

    @property
    def all_excluded(self) -> bool:
        """Whether people are there, and every one of them is concerned."""
        return bool(self.excluded) and not self.anybody


async def on_duty(
    session: AsyncSession, policy: Policy, now: datetime, skill: str | None = None, *, urgent: bool = False
) -> list[Staff]:
    """Colleagues who are there now, for `skill` when given. The duty officer is on call around the clock, for danger only."""
    open_now = (await hours_of(session, policy)).staffed(now)
    query = select(Staff).where(Staff.active.is_(True), Staff.on_duty != "off").order_by(Staff.work_no)
    people = [p for p in await session.scalars(query) if p.on_duty == "on" or p.role in ALWAYS_THERE or open_now]
    return [p for p in people if skill is None or fits(p, skill, urgent=urgent)]


def fits(person: Staff, skill: str, *, urgent: bool = False) -> bool:
    """Whether work meant for `skill` is work for this colleague; supervisors help everywhere, the duty officer in danger."""
    return person.role in (skill, "supervisor") or skill in person.skills or (urgent and person.role == "duty")


async def needs_of(
    session: AsyncSession, conversation: Conversation, *, skill: str, branch: str | None = None, urgent: bool = False
) -> Needs:
    """What this conversation asks of a colleague."""
    customer = await session.get(Customer, conversation.customer_id)
    ticket = await session.get(Ticket, conversation.case_number) if conversation.case_number else None
    return Needs(
        skill=skill,
        branch=branch,
        urgent=urgent,
        languages=languages_of(conversation.script, customer.locale if customer else "zh-CN"),
        # From the bank's data, never from what is claimed in chat (SD067).
        manager=customer.manager if customer else None,
        ticket=ticket,
    )


def languages_of(script: str | None, locale: str) -> frozenset[str]:
    """What a colleague should read and speak: Traditional for who writes it, Cantonese for Hong Kong."""
    wanted = {"zh-Hant"} if script == "hant" else set()
    return frozenset(wanted | ({"yue"} if locale == "zh-HK" else set()))


async def find(session: AsyncSession, needs: Needs, policy: Policy, now: datetime) -> Found:
    """Who is on duty for a conversation. A trained seat that nobody fills is filled from the next wider one (data)."""
    people = await on_duty(session, policy, now, needs.skill, urgent=needs.urgent)
    trained = [p for p in people if needs.skill in (p.role, *p.skills) or p.work_no == needs.manager]
    instead = policy.changes.seats.get(needs.skill)
    if not trained and instead is not None:
        people = await on_duty(session, policy, now, instead, urgent=needs.urgent)
    load = await _chats(session)
    return _sorted_out(people, needs, load, {p.work_no: p.max_chats for p in people})


async def pick_handler(
    session: AsyncSession, ticket: Ticket, skill: str, policy: Policy, now: datetime
) -> Staff | None:
    """The colleague on duty with the fewest open cases who may handle this one; None when nobody is left."""
    people = await on_duty(session, policy, now, skill)
    found = _sorted_out(
        people, Needs(skill, ticket=ticket), await _cases(session), {p.work_no: p.max_tickets for p in people}
    )
    return found.free[0] if found.free else None


def _sorted_out(people: Sequence[Staff], needs: Needs, load: dict[str, int], most: dict[str, int]) -> Found:
    found = Found()
    for person in people:
        if needs.branch is not None and person.branch != needs.branch:
            continue
        if concerns(needs.ticket, person):
            found.excluded.append(person)
        elif load.get(person.work_no, 0) >= most[person.work_no] and not needs.urgent:
            found.full.append(person)
        else:
            found.free.append(person)
    found.free.sort(key=lambda person: _rank(person, needs, load))
    return found


def _rank(person: Staff, needs: Needs, load: dict[str, int]) -> tuple[bool, int, bool, int, str]:
    """The customer's own manager first, then who speaks his language, who is trained for it, and has the freest hands."""
    return (
        person.work_no != needs.manager or needs.manager is None,
        len(needs.languages - set(person.languages)),
        needs.skill not in (person.role, *person.skills),
        load.get(person.work_no, 0),
        person.work_no,
    )


async def _chats(session: AsyncSession) -> dict[str, int]:
    rows = await session.execute(
        select(Staff.work_no, func.count())
        .join(Conversation, Conversation.agent_id == Staff.id)
        .where(Conversation.closed_at.is_(None))
        .group_by(Staff.work_no)
    )
    return {work_no: int(count) for work_no, count in rows}


async def _cases(session: AsyncSession) -> dict[str, int]:
    rows = await session.execute(
        select(Staff.work_no, func.count())
        .join(Ticket, Ticket.handler_id == Staff.id)
        .where(Ticket.state.in_(OPEN_STATES))
        .group_by(Staff.work_no)
    )
    return {work_no: int(count) for work_no, count in rows}


async def one_level_up(session: AsyncSession, needs: Needs, policy: Policy, now: datetime) -> tuple[str, str | None]:
    """Where a wait goes when everybody meant is concerned: (skill, branch).

    The branches above the one complained about when a branch was meant, then the centre, its supervisors, the head of the
    unit; compliance when nobody else is left.
    """
    if needs.skill == "branch":
        for name in dict.fromkeys([*([needs.branch] if needs.branch else []), *branches_kept_off(needs.ticket)]):
            for upper in await above(session, name):
                if (await find(session, _moved(needs, "branch", upper.name), policy, now)).anybody:
                    return "branch", upper.name
    start = UPWARDS.index(needs.skill) + 1 if needs.skill in UPWARDS else 0
    for skill in UPWARDS[start:]:
        if (await find(session, _moved(needs, skill, None), policy, now)).anybody:
            return skill, None
    return UPWARDS[-1], None


def _moved(needs: Needs, skill: str, branch: str | None) -> Needs:
    return Needs(skill, branch, needs.urgent, needs.languages, needs.manager, needs.ticket)
