"""Two tickets about one thing become one: the earlier goes on, everything of the later goes along (令2020/3 art. 18 ¶3)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.appointments.models import Appointment
from desk.changes.models import Change
from desk.clocks.service import stop_clocks
from desk.conversations.models import Conversation
from desk.customers.service import are_one_person
from desk.errors import Conflict, Invalid
from desk.handovers.models import HandOver
from desk.intake.wording import say_fact
from desk.notices.service import tell
from desk.policy.schemas import policy
from desk.promises.models import Promise
from desk.queue.models import QueueEntry
from desk.recusal.service import check_not_concerned, keep_off_same
from desk.staff.models import Staff
from desk.surveys.service import stop_survey
from desk.texts.service import texts
from desk.tickets.ending import WORK
from desk.tickets.models import Ticket, TicketAddition, TicketFact, TicketItem, TicketLink
from desk.tickets.owning import own
from desk.tickets.service import add_addition, facts_of, get_ticket, link, promise_dates
from desk.tickets.states import UNDER_WAY, check_may, check_version, move
from desk.work.models import DueWork
from desk.work.service import cancel_work


async def merge(session: AsyncSession, number: str, staff: Staff, *, version: int, into: str, now: datetime) -> Ticket:
    """Merge ticket `number` into `into`, an earlier one of the same customer; returns the merged ticket.

    The regulatory clock is the earlier ticket's and does not move, so merging never makes anybody wait longer.
    """
    if number == into:
        raise Invalid("不能把工单并入它自己。")
    # Always in the same order: two merges across each other would otherwise wait for each other for ever.
    locked = {name: await get_ticket(session, name, lock=True) for name in sorted((number, into))}
    ticket, target = locked[number], locked[into]
    for one in (ticket, target):
        check_not_concerned(one, staff)
    check_may(ticket, "merged")
    if target.state not in UNDER_WAY:
        check_may(target, "merged")
        raise Conflict(f"工单{into}还没有登记，不能并入。", state=target.state)
    check_version(ticket, version)
    if not await are_one_person(session, ticket.customer_id, target.customer_id):
        raise Invalid("两张单子不是同一位客户的，不能并案；同一件事可以用“关联”标明。")
    if ticket.type != target.type:
        raise Invalid("两张单子类型不同，不能并案。")
    if ticket.received_at < target.received_at:
        raise Invalid(f"请把后收到的并入先收到的：{into}并入{number}，客户的期限才不会变长。")
    await stop_clocks(session, policy(), ticket, by=staff.work_no, now=now)
    await _carry(session, ticket, target, now)
    await _stop(session, ticket, target)
    if ticket.owner is None:
        await own(session, ticket, str(target.owner), by=staff.work_no, now=now, reason=f"并入{into}")
    move(session, ticket, "merged", by=staff.work_no, now=now, reason=f"并入{into}")
    ticket.closed_at, ticket.next_update_at = now, None
    await link(session, number, "merged_into", into)
    target.version += 1
    await promise_dates(session, target, turn_id=None, now=now)
    text = texts().say("notices.merged", number=number, into=into)
    await tell(session, ticket, text, kind="merged", by=staff.work_no, now=now)
    return ticket


async def merged_into(session: AsyncSession, ticket: Ticket) -> Ticket:
    """The ticket that goes on: itself, or the one it was merged into, however often that happened."""
    while ticket.state == "merged":
        into = await session.scalar(
            select(TicketLink.number).where(TicketLink.ticket == ticket.number, TicketLink.kind == "merged_into")
        )
        if into is None:
            break
        ticket = await get_ticket(session, into)
    return ticket


async def _carry(session: AsyncSession, ticket: Ticket, target: Ticket, now: datetime) -> None:
    """Grievances, facts, additions, promises, changes, appointments; what was told differently is kept as a note."""
    for item in await session.scalars(select(TicketItem).where(TicketItem.ticket == ticket.number)):
        item.ticket, item.effect = target.number, f"{ticket.number}:{item.effect}"
    for row in await session.scalars(select(TicketAddition).where(TicketAddition.ticket == ticket.number)):
        row.ticket, row.effect = target.number, f"{ticket.number}:{row.effect}"
    known = await facts_of(session, target.number)
    for fact in await session.scalars(select(TicketFact).where(TicketFact.ticket == ticket.number)):
        await _carry_fact(session, ticket, target, fact, known.get(fact.key))
    for model in (Promise, Change, Appointment, QueueEntry):
        await session.execute(update(model).where(model.ticket == ticket.number).values(ticket=target.number))
    about = update(Conversation).where(Conversation.case_number == ticket.number)
    if ticket.state == "draft":
        # Whoever was telling it goes on at the other ticket; the form of a draft that is gone would ask in vain.
        about = about.values(stage="registered", bot_state=None, open_question=None)
    await session.execute(about.values(case_number=target.number))
    await keep_off_same(session, target, ticket, now=now)
    target.remedy = list(dict.fromkeys([*target.remedy, *ticket.remedy]))
    target.flags = {**ticket.flags, **target.flags}
    target.priority = min(target.priority, ticket.priority)
    target.chases += ticket.chases
    target.contact_pref = target.contact_pref or ticket.contact_pref
    target.on_behalf = target.on_behalf or ticket.on_behalf
    await session.flush()


async def _carry_fact(
    session: AsyncSession, ticket: Ticket, target: Ticket, fact: TicketFact, known: TicketFact | None
) -> None:
    if known is None:
        fact.ticket = target.number
        return
    if fact.status == "given" and fact.value != known.value:
        await add_addition(
            session,
            target,
            effect=f"{ticket.number}:fact:{fact.key}",
            kind="new_fact",
            text=f"{ticket.number}：{say_fact(fact)}",
            by="customer",
            now=ticket.received_at,
        )


async def _stop(session: AsyncSession, ticket: Ticket, target: Ticket) -> None:
    """No update, survey or draft question about the merged one any longer; what was promised is watched at the other."""
    for prefix in WORK:
        await cancel_work(session, f"{prefix}{ticket.number}:")
    await stop_survey(session, ticket.number)
    await session.execute(
        update(DueWork).where(DueWork.ticket == ticket.number, DueWork.done_at.is_(None)).values(ticket=target.number)
    )
    offer = await session.scalar(select(HandOver).where(HandOver.ticket == ticket.number, HandOver.state == "offered"))
    if offer is not None:
        offer.state, offer.answered_at, offer.reason = "void", ticket.closed_at or offer.at, f"并入{target.number}"
    await session.flush()
