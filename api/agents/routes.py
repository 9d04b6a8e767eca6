"""The desk's HTTP API: cookie session, CSRF token on every change, atomic take."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import case, select

from api.agents.appointments import add_appointments
from api.agents.casework import add_casework
from api.agents.clocks import add_clocks
from api.agents.indicators import add_indicators
from api.agents.knowledge import add_knowledge
from api.agents.omissions import add_omissions
from api.agents.people import add_people
from api.agents.privacy import add_privacy
from api.agents.promises import add_promises
from api.agents.schemas import (
    ConversationPage,
    ConversationRow,
    ConversationView,
    Me,
    Return,
    SignIn,
    TicketPage,
    TicketView,
    Transfer,
    Version,
    Write,
    Written,
)
from api.agents.signed_in import CSRF_COOKIE, StaffDep
from api.agents.view import row_of, ticket_row, ticket_view, view_of
from api.agents.words import clean
from api.chat.routes import CoreDep, address_of
from api.core import Core
from api.limits import RateLimit
from api.sockets import DESK_COOKIE
from desk.conversations.models import Conversation
from desk.conversations.ownership import end, give_back, say, take, transfer
from desk.conversations.service import get_conversation
from desk.errors import Invalid, SignInNeeded
from desk.phrases.lint import check
from desk.staff.models import ROLE_NAMES, Staff
from desk.staff.service import (
    SESSION_HOURS,
    begin_session,
    check_otp,
    end_session,
    find_user,
    verify_password,
)
from desk.tickets.models import Ticket, TicketItem
from desk.tickets.seeing import check_may_see, seen_by
from desk.tickets.service import get_ticket

PAGE = 50


def make_router(core: Core) -> APIRouter:
    """Sign-in with a limit of its own, then conversations and tickets."""
    router = APIRouter(prefix="/api/desk", tags=["desk"])
    tries = RateLimit(10, "登录尝试太频繁了，请一分钟后再试。")

    @router.post("/sign-in")
    async def sign_in(request: Request, response: Response, core: CoreDep, new: SignIn) -> Me:
        now = core.clock.now()
        tries.check(address_of(request, core), now)
        async with core.database.snapshot() as session:
            staff = await find_user(session, new.user)
        good = await asyncio.to_thread(verify_password, new.password, staff.password_hash if staff else None)
        if staff is None or not good:
            raise SignInNeeded("用户名或密码不对。")
        check_otp(staff, new.otp)
        async with core.database.transaction() as session:
            opened = await begin_session(session, staff, now)
        secure, age = core.settings.secure_cookies, SESSION_HOURS * 3600
        response.set_cookie(
            DESK_COOKIE, opened.token, max_age=age, httponly=True, samesite="strict", secure=secure, path="/"
        )
        response.set_cookie(CSRF_COOKIE, opened.csrf, max_age=age, samesite="strict", secure=secure, path="/")
        return me_of(staff)

    add_account(router)
    add_conversations(router)
    add_tickets(router)
    add_people(router)
    add_appointments(router)
    add_promises(router)
    add_casework(router)
    add_privacy(router)
    add_indicators(router)
    add_omissions(router)
    add_knowledge(router)
    add_clocks(router)
    return router


def visible(text: str) -> str:
    """What a customer would see of it."""
    return "".join(char for char in text if char in "\n\t" or char.isprintable()).strip()


def me_of(staff: Staff) -> Me:
    """The signed-in colleague."""
    return Me(user=staff.user, work_no=staff.work_no, name=staff.name, role=staff.role)


def add_account(router: APIRouter) -> None:
    """Who am I, and sign out."""

    @router.get("/me")
    async def me(staff: StaffDep) -> Me:
        return me_of(staff)

    @router.post("/sign-out", status_code=204)
    async def sign_out(request: Request, response: Response, core: CoreDep, _: StaffDep) -> None:
        async with core.database.transaction() as session:
            await end_session(session, request.cookies.get(DESK_COOKIE, ""))
        response.delete_cookie(DESK_COOKIE, path="/")
        response.delete_cookie(CSRF_COOKIE, path="/")


def add_conversations(router: APIRouter) -> None:
    """The queue and what one does with it."""

    @router.get("/conversations")
    async def conversations(
        core: CoreDep,
        staff: StaffDep,
        state: Literal["queue", "mine", "bot", "closed"] = "queue",
        after: Annotated[int, Query(ge=0, le=10**6)] = 0,
    ) -> ConversationPage:
        query = select(Conversation).where(Conversation.last_seq > 0)
        if state == "closed":
            query = query.where(Conversation.closed_at.is_not(None)).order_by(Conversation.closed_at.desc())
        else:
            query = query.where(Conversation.closed_at.is_(None))
            urgent = case({"P0": 0, "P1": 1}, value=Conversation.priority, else_=2)
            query = query.order_by(urgent, Conversation.waiting_since, Conversation.last_at, Conversation.id)
            query = query.where(Conversation.owner == ("agent" if state == "mine" else state))
        if state == "mine":
            query = query.where(Conversation.agent_id == staff.id)
        async with core.database.snapshot() as session:
            rows = list(await session.scalars(query.offset(after).limit(PAGE + 1)))
            items = [await row_of(session, row, staff) for row in rows[:PAGE]]
        return ConversationPage(items=items, next=str(after + PAGE) if len(rows) > PAGE else None)

    @router.get("/conversations/{conversation_id}")
    async def conversation(core: CoreDep, staff: StaffDep, conversation_id: str) -> ConversationView:
        async with core.database.snapshot() as session:
            return await view_of(core, session, await get_conversation(session, conversation_id), staff)

    @router.post("/conversations/{conversation_id}/take")
    async def take_over(core: CoreDep, staff: StaffDep, conversation_id: str, seen: Version) -> ConversationRow:
        async with core.database.transaction() as session:
            taken = await take(
                session,
                conversation_id,
                staff,
                version=seen.version,
                now=core.clock.now(),
                title=staff.title or ROLE_NAMES[staff.role],
            )
            row = await row_of(session, taken, staff)
        core.worker.wake()
        await core.hint(conversation_id)
        return row

    @router.post("/conversations/{conversation_id}/messages", status_code=202)
    async def write(core: CoreDep, staff: StaffDep, conversation_id: str, new: Write) -> Written:
        text = visible(clean(new.text))
        if not text:
            raise Invalid("没有内容可以发送。")
        async with core.database.transaction() as session:
            message, duplicate = await say(
                session,
                conversation_id,
                staff,
                text=text,
                client_id=new.client_id,
                policy=core.policy,
                now=core.clock.now(),
            )
        await core.hint(conversation_id)
        return Written(
            seq=message.seq,
            message_id=message.id,
            duplicate=duplicate,
            warnings=[finding.reason for finding in check(text, speaker="agent")],
        )

    @router.post("/conversations/{conversation_id}/return")
    async def return_to_bot(
        core: CoreDep, staff: StaffDep, conversation_id: str, seen: Return | None = None
    ) -> ConversationRow:
        async with core.database.transaction() as session:
            version = seen.version if seen else None
            back = await give_back(session, conversation_id, staff, version=version, now=core.clock.now())
            row = await row_of(session, back, staff)
        await core.hint(conversation_id)
        return row

    @router.post("/conversations/{conversation_id}/close")
    async def close(core: CoreDep, staff: StaffDep, conversation_id: str, seen: Version) -> ConversationRow:
        async with core.database.transaction() as session:
            ended = await end(session, conversation_id, staff, version=seen.version, now=core.clock.now())
            row = await row_of(session, ended, staff)
        await core.hint(conversation_id)
        return row

    @router.post("/conversations/{conversation_id}/transfer")
    async def transfer_to(core: CoreDep, staff: StaffDep, conversation_id: str, new: Transfer) -> ConversationRow:
        async with core.database.transaction() as session:
            moved = await transfer(
                session,
                conversation_id,
                staff,
                version=new.version,
                to=new.to.strip(),
                note=clean(new.note),
                policy=core.policy,
                now=core.clock.now(),
            )
            row = await row_of(session, moved, staff)
        await core.hint(conversation_id)
        return row


def add_tickets(router: APIRouter) -> None:
    """Tickets: list and view."""

    @router.get("/tickets")
    async def tickets(
        core: CoreDep,
        staff: StaffDep,
        state: Annotated[str | None, Query(max_length=20)] = None,
        q: Annotated[str | None, Query(max_length=64)] = None,
        after: Annotated[int, Query(ge=0, le=10**6)] = 0,
    ) -> TicketPage:
        query = select(Ticket).where(seen_by(staff)).order_by(Ticket.received_at.desc(), Ticket.number.desc())
        if state:
            query = query.where(Ticket.state == state)
        if q:
            found = select(TicketItem.ticket).where(TicketItem.what.contains(q, autoescape=True))
            query = query.where(Ticket.number.contains(q, autoescape=True) | Ticket.number.in_(found))
        async with core.database.snapshot() as session:
            rows = list(await session.scalars(query.offset(after).limit(PAGE + 1)))
            items = [await ticket_row(session, row) for row in rows[:PAGE]]
        return TicketPage(items=items, next=str(after + PAGE) if len(rows) > PAGE else None)

    @router.get("/tickets/{number}")
    async def ticket(core: CoreDep, staff: StaffDep, number: str) -> TicketView:
        async with core.database.snapshot() as session:
            shown = await get_ticket(session, number)
            check_may_see(shown, staff)
            return await ticket_view(session, shown, viewer=staff, policy=core.policy, now=core.clock.now())
