"""Who stands behind a ticket and which others belong to it: authorisation of a proxy, tickets of the same event."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.errors import Conflict, Invalid
from desk.notices.service import tell
from desk.staff.models import Staff
from desk.texts.service import texts
from desk.tickets.models import Ticket, TicketLink
from desk.tickets.service import add_addition, get_ticket, link
from desk.tickets.states import check_version

LINKS = ("same_event", "second_of")
"""What colleagues may say of two tickets; review_of and merged_into come with their deeds."""


async def authorise(
    session: AsyncSession, number: str, staff: Staff, *, version: int, note: str, now: datetime
) -> Ticket:
    """The proxy has shown his authorisation, or the heir his kinship (令2020/3 art. 14); `note` says what was shown."""
    ticket = await get_ticket(session, number, lock=True)
    check_version(ticket, version)
    if ticket.on_behalf is None:
        raise Conflict(f"工单{number}不是代他人反映的，不需要授权。")
    if ticket.on_behalf.get("authorisation") == "shown":
        raise Conflict(f"工单{number}的授权已经登记过了。")
    if not note.strip():
        raise Invalid("请写明看了什么授权材料（例如委托书、亲属关系证明），不要写证件号码。")
    ticket.on_behalf = {**ticket.on_behalf, "authorisation": "shown"}
    await add_addition(
        session,
        ticket,
        effect=f"authorised:{ticket.version}",
        kind="note",
        text=f"已看授权：{note.strip()}",
        by=staff.work_no,
        now=now,
    )
    ticket.version += 1
    await tell(
        session,
        ticket,
        texts().say("notices.authorised", number=number),
        kind="authorisation",
        by=staff.work_no,
        now=now,
    )
    return ticket


async def relate(
    session: AsyncSession, number: str, staff: Staff, *, version: int, to: str, kind: str, now: datetime
) -> Ticket:
    """Tie two tickets together; tickets of the same event each know of the other."""
    ticket = await get_ticket(session, number, lock=True)
    other = await get_ticket(session, to)
    check_version(ticket, version)
    if kind not in LINKS:
        raise Invalid(f"没有这种关联：{kind}。", allowed=list(LINKS))
    if number == to:
        raise Invalid("不能把工单关联到它自己。")
    await link(session, number, kind, other.number)
    if kind == "same_event":
        await link(session, other.number, kind, number)
    text = f"关联{other.number}"
    await add_addition(session, ticket, effect=f"link:{kind}:{to}", kind="note", text=text, by=staff.work_no, now=now)
    ticket.version += 1
    return ticket


async def links_of(session: AsyncSession, number: str) -> list[TicketLink]:
    """From this ticket to others."""
    return list(await session.scalars(select(TicketLink).where(TicketLink.ticket == number).order_by(TicketLink.id)))


async def linked_to(session: AsyncSession, number: str) -> list[TicketLink]:
    """From others to this ticket."""
    return list(await session.scalars(select(TicketLink).where(TicketLink.number == number).order_by(TicketLink.id)))
