"""Colleagues and branches, and who is kept off which case."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import select

from api.agents.schemas import TicketView
from api.agents.signed_in import StaffDep
from api.agents.view import announce, ticket_view
from api.chat.routes import CoreDep
from desk.branches.service import all_branches
from desk.queue.routing import on_duty
from desk.recusal.deeds import exclude, say_who
from desk.recusal.service import unresolved
from desk.staff.models import Staff


class Colleague(BaseModel):
    """Somebody to transfer to."""

    work_no: str
    name: str
    role: str
    on_duty: bool
    title: str | None = None
    branch: str | None = None
    reports_to: str | None = None
    skills: list[str] = []
    languages: list[str] = []
    max_chats: int = 0
    max_tickets: int = 0


class ColleaguePage(BaseModel):
    """A page of colleagues."""

    items: list[Colleague]
    next: str | None = None


class BranchRow(BaseModel):
    """A branch in the tree; `sample` ones are invented."""

    name: str
    level: str
    parent: str | None
    hours: str | None
    rooms: int
    accessible: bool
    address: str | None
    sample: bool


class BranchPage(BaseModel):
    """All branches."""

    items: list[BranchRow]
    next: str | None = None


class Exclude(BaseModel):
    """Whom to keep off: a work number or a branch."""

    version: int
    kind: Literal["staff", "branch"]
    value: str = Field(min_length=1, max_length=32)


class SayWho(BaseModel):
    """Whom the customer's words mean."""

    version: int
    words: str = Field(min_length=1, max_length=200)
    meant: str = Field(min_length=1, max_length=32)


class Unsettled(BaseModel):
    """Words about a colleague that nobody could match."""

    ticket: str
    words: str
    reason: str


class UnsettledPage(BaseModel):
    """What waits for a supervisor, oldest first."""

    items: list[Unsettled]
    next: str | None = None


def add_people(router: APIRouter) -> None:
    """Lists, and the two deeds of recusal."""

    @router.get("/staff")
    async def staff_list(core: CoreDep, _: StaffDep) -> ColleaguePage:
        async with core.database.snapshot() as session:
            there = {person.id for person in await on_duty(session, core.policy, core.clock.now())}
            people = await session.scalars(select(Staff).where(Staff.active.is_(True)).order_by(Staff.work_no))
            return ColleaguePage(items=[_colleague(person, person.id in there) for person in people])

    @router.get("/branches")
    async def branches(core: CoreDep, _: StaffDep) -> BranchPage:
        async with core.database.snapshot() as session:
            return BranchPage(
                items=[
                    BranchRow(
                        name=b.name,
                        level=b.level,
                        parent=b.parent,
                        hours=f"{b.opens:%H:%M}-{b.closes:%H:%M}" if b.opens and b.closes else None,
                        rooms=b.rooms,
                        accessible=b.accessible,
                        address=b.address,
                        sample=b.sample,
                    )
                    for b in await all_branches(session)
                ]
            )

    @router.get("/exclusions")
    async def unsettled(core: CoreDep, _: StaffDep) -> UnsettledPage:
        async with core.database.snapshot() as session:
            rows = await unresolved(session)
            return UnsettledPage(items=[Unsettled(ticket=r.ticket, words=r.value, reason=r.reason) for r in rows])

    @router.post("/tickets/{number}/exclude")
    async def keep_off(core: CoreDep, staff: StaffDep, number: str, new: Exclude) -> TicketView:
        async with core.database.transaction() as session:
            ticket = await exclude(
                session,
                number,
                staff,
                version=new.version,
                kind=new.kind,
                value=new.value.strip(),
                policy=core.policy,
                now=core.clock.now(),
            )
            view = await ticket_view(session, ticket, viewer=staff, policy=core.policy, now=core.clock.now())
        return await announce(core, view)

    @router.post("/tickets/{number}/say-who")
    async def settle(core: CoreDep, staff: StaffDep, number: str, new: SayWho) -> TicketView:
        async with core.database.transaction() as session:
            ticket = await say_who(
                session,
                number,
                staff,
                version=new.version,
                words=new.words,
                meant=new.meant.strip(),
                policy=core.policy,
                now=core.clock.now(),
            )
            view = await ticket_view(session, ticket, viewer=staff, policy=core.policy, now=core.clock.now())
        return await announce(core, view)


def _colleague(person: Staff, there: bool) -> Colleague:
    return Colleague(
        work_no=person.work_no,
        name=person.name,
        role=person.role,
        on_duty=there,
        title=person.title,
        branch=person.branch,
        reports_to=person.reports_to,
        skills=person.skills,
        languages=person.languages,
        max_chats=person.max_chats,
        max_tickets=person.max_tickets,
    )
