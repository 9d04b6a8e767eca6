"""What colleagues do with a ticket. Each deed is one POST under the ticket's number, so that a replay can play it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession

from api.agents.casework_schemas import (
    Cause,
    Decide,
    FeedbackTo,
    FollowUpResult,
    HandOverTo,
    Measure,
    MergeInto,
    Note,
    NoteText,
    Notify,
    Reason,
    RecheckResult,
    Relate,
    Verdict,
    WaitingPage,
    WaitingTicket,
)
from api.agents.schemas import TicketView, Version
from api.agents.signed_in import StaffDep
from api.agents.view import announce, ticket_row, ticket_view
from api.agents.words import clean, clean_part
from api.chat.routes import CoreDep
from api.core import Core
from desk.causes.service import CauseFound, confirm_cause, rectify
from desk.closing import service as closing
from desk.errors import Invalid
from desk.handovers import service as handovers
from desk.recusal.service import check_not_concerned
from desk.reviews.service import open_review
from desk.staff.models import Staff
from desk.tickets.deciding import Findings, ItemFinding, decide_and_notify, notify_decision
from desk.tickets.ending import decline, note_words, reopen, withdraw_for
from desk.tickets.judging import judge_draft
from desk.tickets.merging import merge
from desk.tickets.models import Ticket
from desk.tickets.relations import authorise, relate
from desk.tickets.service import add_addition, get_ticket
from desk.tickets.states import check_version

PAGE = 50
Deed = Callable[[AsyncSession], Awaitable[Ticket]]


@dataclass(frozen=True)
class Desk:
    """Does a deed in one transaction and shows the ticket as it stands afterwards."""

    core: Core
    staff: Staff

    async def do(self, deed: Deed) -> TicketView:
        """Commit, wake the worker, and hint at the customer's page."""
        async with self.core.database.transaction() as session:
            ticket = await deed(session)
            await session.flush()
            view = await ticket_view(
                session, ticket, viewer=self.staff, policy=self.core.policy, now=self.core.clock.now()
            )
        return await announce(self.core, view)


def add_casework(router: APIRouter) -> None:
    """All deeds of a ticket's life."""
    add_decisions(router)
    add_ends(router)
    add_owners(router)
    add_relations(router)
    add_closing(router)
    add_causes(router)


def add_decisions(router: APIRouter) -> None:
    """Investigate, decide, tell."""

    @router.post("/tickets/{number}/investigate")
    async def investigate(core: CoreDep, staff: StaffDep, number: str, seen: Version) -> TicketView:
        return await Desk(core, staff).do(
            lambda session: handovers.begin(session, number, staff, version=seen.version, now=core.clock.now())
        )

    @router.post("/tickets/{number}/decide")
    async def decide(core: CoreDep, staff: StaffDep, number: str, new: Decide) -> TicketView:
        findings = Findings(
            outcome=new.outcome,
            text=clean(new.text),
            verification=clean_part(new.verification),
            basis=clean_part(new.basis),
            remedies=clean_part(new.remedies),
            items=tuple(ItemFinding(item.id, item.outcome, clean(item.text)) for item in new.items),
            all_items=new.all_items,
        )

        async def deed(session: AsyncSession) -> Ticket:
            ticket, _ = await decide_and_notify(
                session,
                number,
                staff,
                version=new.version,
                findings=findings,
                policy=core.policy,
                now=core.clock.now(),
                survey_delay_hours=core.settings.survey_delay_hours,
                notify=new.notify,
            )
            return ticket

        return await Desk(core, staff).do(deed)

    @router.post("/tickets/{number}/notify")
    async def notify(core: CoreDep, staff: StaffDep, number: str, new: Notify) -> TicketView:
        return await Desk(core, staff).do(
            lambda session: notify_decision(
                session,
                number,
                staff,
                version=new.version,
                policy=core.policy,
                now=core.clock.now(),
                survey_delay_hours=core.settings.survey_delay_hours,
                channel=new.channel,
                note=clean(new.note),
                verification=clean_part(new.verification),
                basis=clean_part(new.basis),
                remedies=clean_part(new.remedies),
            )
        )

    @router.post("/tickets/{number}/note")
    async def note(core: CoreDep, staff: StaffDep, number: str, new: NoteText) -> TicketView:
        text = clean(new.text).strip()
        if not text:
            raise Invalid("没有内容可以记。")

        async def deed(session: AsyncSession) -> Ticket:
            ticket = await get_ticket(session, number, lock=True)
            check_not_concerned(ticket, staff)
            check_version(ticket, new.version)
            now = core.clock.now()
            effect = f"note:{staff.work_no}:{ticket.version}"
            await add_addition(session, ticket, effect=effect, kind="note", text=text, by=staff.work_no, now=now)
            ticket.version += 1
            return ticket

        return await Desk(core, staff).do(deed)


def add_ends(router: APIRouter) -> None:
    """Withdraw, decline, judge, reopen."""

    @router.post("/tickets/{number}/withdraw")
    async def withdraw(core: CoreDep, staff: StaffDep, number: str, new: Reason) -> TicketView:
        return await Desk(core, staff).do(
            lambda session: withdraw_for(
                session, number, staff, version=new.version, reason=clean(new.reason), now=core.clock.now()
            )
        )

    @router.post("/tickets/{number}/decline")
    async def declines(core: CoreDep, staff: StaffDep, number: str, new: Reason) -> TicketView:
        return await Desk(core, staff).do(
            lambda session: decline(
                session, number, staff, version=new.version, reason=clean(new.reason), now=core.clock.now()
            )
        )

    @router.post("/tickets/{number}/judge")
    async def judge(core: CoreDep, staff: StaffDep, number: str, new: Verdict) -> TicketView:
        return await Desk(core, staff).do(
            lambda session: judge_draft(
                session,
                number,
                staff,
                version=new.version,
                verdict=new.verdict,
                note=clean(new.note),
                policy=core.policy,
                now=core.clock.now(),
            )
        )

    @router.post("/tickets/{number}/reopen")
    async def reopens(core: CoreDep, staff: StaffDep, number: str, new: Reason) -> TicketView:
        reason = clean(new.reason).strip()
        if not reason:
            raise Invalid("请写明为什么重新处理。")

        async def deed(session: AsyncSession) -> Ticket:
            ticket = await get_ticket(session, number, lock=True)
            check_not_concerned(ticket, staff)
            check_version(ticket, new.version)
            await reopen(
                session,
                ticket,
                by=staff.work_no,
                reason="重新处理",
                policy=core.policy,
                now=core.clock.now(),
                tell_customer=True,
            )
            await note_words(session, ticket, "reopen", reason, staff.work_no, core.clock.now())
            return ticket

        return await Desk(core, staff).do(deed)


def add_owners(router: APIRouter) -> None:
    """Hand over, accept, refuse."""

    @router.post("/tickets/{number}/hand-over")
    async def hand_over(core: CoreDep, staff: StaffDep, number: str, new: HandOverTo) -> TicketView:
        return await Desk(core, staff).do(
            lambda session: handovers.hand_over(
                session,
                number,
                staff,
                version=new.version,
                to=new.to.strip(),
                note=clean(new.note),
                policy=core.policy,
                now=core.clock.now(),
            )
        )

    @router.post("/tickets/{number}/accept")
    async def accept(core: CoreDep, staff: StaffDep, number: str, seen: Version) -> TicketView:
        return await Desk(core, staff).do(
            lambda session: handovers.accept(session, number, staff, version=seen.version, now=core.clock.now())
        )

    @router.post("/tickets/{number}/refuse")
    async def refuse(core: CoreDep, staff: StaffDep, number: str, new: Reason) -> TicketView:
        return await Desk(core, staff).do(
            lambda session: handovers.refuse(
                session, number, staff, version=new.version, reason=clean(new.reason), now=core.clock.now()
            )
        )


def add_relations(router: APIRouter) -> None:
    """Merge, review, authorise, link."""

    @router.post("/tickets/{number}/merge")
    async def merges(core: CoreDep, staff: StaffDep, number: str, new: MergeInto) -> TicketView:
        return await Desk(core, staff).do(
            lambda session: merge(
                session, number, staff, version=new.version, into=new.into.strip(), now=core.clock.now()
            )
        )

    @router.post("/tickets/{number}/review")
    async def review(core: CoreDep, staff: StaffDep, number: str, new: Note) -> TicketView:
        """The review ticket itself is shown."""

        async def deed(session: AsyncSession) -> Ticket:
            ticket = await get_ticket(session, number, lock=True)
            check_version(ticket, new.version)
            now = core.clock.now()
            done = await open_review(
                session,
                ticket,
                policy=core.policy,
                received_at=now,
                now=now,
                turn_id=None,
                seq=None,
                tell_by=staff.work_no,
            )
            text = clean(new.note).strip()
            if text:
                await add_addition(
                    session, done.ticket, effect="asked", kind="note", text=text, by=staff.work_no, now=now
                )
            return done.ticket

        return await Desk(core, staff).do(deed)

    @router.post("/tickets/{number}/authorise")
    async def authorises(core: CoreDep, staff: StaffDep, number: str, new: Note) -> TicketView:
        return await Desk(core, staff).do(
            lambda session: authorise(
                session, number, staff, version=new.version, note=clean(new.note), now=core.clock.now()
            )
        )

    @router.post("/tickets/{number}/link")
    async def links(core: CoreDep, staff: StaffDep, number: str, new: Relate) -> TicketView:
        return await Desk(core, staff).do(
            lambda session: relate(
                session, number, staff, version=new.version, to=new.to.strip(), kind=new.kind, now=core.clock.now()
            )
        )


def add_closing(router: APIRouter) -> None:
    """Recheck, feedback, follow-up, close, and what waits for them."""

    @router.get("/rechecks")
    async def rechecks(core: CoreDep, _: StaffDep, after: Annotated[int, Query(ge=0, le=10**6)] = 0) -> WaitingPage:
        async with core.database.snapshot() as session:
            rows = await closing.waiting(session, after, PAGE + 1)
            items = [
                WaitingTicket(**(await ticket_row(session, ticket)).model_dump(), waiting_for=waits)
                for ticket, waits in rows[:PAGE]
            ]
        return WaitingPage(items=items, next=str(after + PAGE) if len(rows) > PAGE else None)

    @router.post("/tickets/{number}/recheck")
    async def recheck(core: CoreDep, staff: StaffDep, number: str, new: RecheckResult) -> TicketView:
        return await Desk(core, staff).do(
            lambda session: closing.recheck(
                session,
                number,
                staff,
                version=new.version,
                result=new.result,
                note=clean(new.note),
                policy=core.policy,
                now=core.clock.now(),
            )
        )

    @router.post("/tickets/{number}/feedback")
    async def feedback(core: CoreDep, staff: StaffDep, number: str, new: FeedbackTo) -> TicketView:
        return await Desk(core, staff).do(
            lambda session: closing.give_feedback(
                session,
                number,
                staff,
                version=new.version,
                department=clean(new.department),
                text=clean(new.text),
                none_because=clean(new.none_because),
                now=core.clock.now(),
            )
        )

    @router.post("/tickets/{number}/follow-up")
    async def follow_up(core: CoreDep, staff: StaffDep, number: str, new: FollowUpResult) -> TicketView:
        return await Desk(core, staff).do(
            lambda session: closing.note_follow_up(
                session,
                number,
                staff,
                version=new.version,
                result=new.result,
                note=clean(new.note),
                policy=core.policy,
                now=core.clock.now(),
            )
        )

    @router.post("/tickets/{number}/close")
    async def close(core: CoreDep, staff: StaffDep, number: str, seen: Version) -> TicketView:
        return await Desk(core, staff).do(
            lambda session: closing.close(
                session, number, staff, version=seen.version, policy=core.policy, now=core.clock.now()
            )
        )


def add_causes(router: APIRouter) -> None:
    """Root cause and rectification."""

    @router.post("/tickets/{number}/root-cause")
    async def root_cause(core: CoreDep, staff: StaffDep, number: str, new: Cause) -> TicketView:
        found = CauseFound(new.cause_six, new.cause_jrt, clean(new.department), clean(new.text), tuple(new.items))
        return await Desk(core, staff).do(
            lambda session: confirm_cause(
                session, number, staff, version=new.version, found=found, policy=core.policy, now=core.clock.now()
            )
        )

    @router.post("/tickets/{number}/rectify")
    async def rectifies(core: CoreDep, staff: StaffDep, number: str, new: Measure) -> TicketView:
        return await Desk(core, staff).do(
            lambda session: rectify(
                session,
                number,
                staff,
                version=new.version,
                measure=clean(new.measure),
                responsible=clean(new.responsible),
                policy=core.policy,
                now=core.clock.now(),
            )
        )
