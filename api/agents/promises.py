"""Promises at the desk: what a ticket's customer waits for, and marking by hand what was kept outside the system."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.agents.signed_in import StaffDep
from api.agents.view import promise_view
from api.agents.words import clean
from api.chat.routes import CoreDep
from desk.clock import Clock
from desk.conversations.ownership import present_owner
from desk.conversations.service import check_version, get_conversation
from desk.errors import Conflict, NotAllowed
from desk.promises.models import Promise
from desk.promises.service import keep_by_hand, next_by_hand, of_ticket
from desk.staff.models import Staff
from desk.tickets.models import Ticket
from desk.tickets.service import get_ticket

PromiseId = Annotated[int, Path(ge=1, le=2**31 - 1)]


class Kept(BaseModel):
    """What was done; `promise` and `version` where the address does not say them."""

    note: str = Field(default="", max_length=500)
    promise: int | None = Field(default=None, ge=1, le=2**31 - 1)
    version: int | None = None


def add_promises(router: APIRouter) -> None:
    """Look at them, and keep them: by number, or the one due first of a ticket or a conversation."""

    @router.get("/tickets/{number}/promises")
    async def promises(core: CoreDep, _: StaffDep, number: str) -> list[dict[str, Any]]:
        async with core.database.snapshot() as session:
            await get_ticket(session, number)
            return [promise_view(promise) for promise in await of_ticket(session, number)]

    @router.post("/promises/{promise_id}/keep")
    async def keep(core: CoreDep, staff: StaffDep, promise_id: PromiseId, new: Kept) -> dict[str, Any]:
        async with core.database.transaction() as session:
            return await _keep(session, core.clock, staff, promise_id, new)

    @router.post("/tickets/{number}/keep-promise")
    async def keep_of_ticket(core: CoreDep, staff: StaffDep, number: str, new: Kept) -> dict[str, Any]:
        async with core.database.transaction() as session:
            ticket = await get_ticket(session, number, lock=True)
            if new.version is not None and new.version != ticket.version:
                raise Conflict(f"工单{number}刚刚被别人改过，请刷新后再看。", version=ticket.version)
            promise = new.promise or await next_by_hand(session, ticket=number)
            return await _keep(session, core.clock, staff, promise, new)

    @router.post("/conversations/{conversation_id}/keep-promise")
    async def keep_of_conversation(core: CoreDep, staff: StaffDep, conversation_id: str, new: Kept) -> dict[str, Any]:
        async with core.database.transaction() as session:
            conversation = await get_conversation(session, conversation_id, lock=True)
            if new.version is not None:
                check_version(conversation, new.version, await present_owner(session, conversation))
            promise = new.promise or await next_by_hand(session, conversation_id=conversation_id)
            return await _keep(session, core.clock, staff, promise, new)


async def _keep(session: AsyncSession, clock: Clock, staff: Staff, promise_id: int, new: Kept) -> dict[str, Any]:
    await _not_excluded(session, staff, promise_id)
    note = clean(new.note)
    return promise_view(await keep_by_hand(session, promise_id, staff, note=note, now=clock.now()))


async def _not_excluded(session: AsyncSession, staff: Staff, promise_id: int) -> None:
    """Whom the complaint is about vouches for nothing in it (令2020/3 art. 17)."""
    promise = await session.get(Promise, promise_id)
    ticket = await session.get(Ticket, promise.ticket) if promise is not None and promise.ticket else None
    if ticket is not None and {staff.work_no, staff.branch} & set(ticket.exclusions):
        raise NotAllowed("这张单子涉及您或您所在网点，按回避规定不能由您处理。")
