"""Root cause, rectification, and the planned looks whether the same cause came back (令2020/3 art. 9, 26; SD078)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.service import raise_alert
from desk.causes.models import CauseLook, Rectification, RootCause
from desk.errors import Conflict, Invalid
from desk.policy.schemas import Policy
from desk.recusal.service import check_not_concerned
from desk.staff.models import Staff
from desk.tickets.models import Ticket, TicketItem
from desk.tickets.second import ITEM as SECOND
from desk.tickets.service import get_ticket, items_of
from desk.tickets.states import check_version
from desk.work.service import plan_work


@dataclass(frozen=True)
class CauseFound:
    """A confirmed cause: one of the six (1–6), its JR/T key, whose it is, and in words. `items` are ids; none means all."""

    cause_six: int
    cause_jrt: str
    department: str
    text: str
    items: tuple[int, ...] = ()


def known_causes(policy: Policy) -> set[str]:
    """The JR/T keys this bank files causes under."""
    return {key for kind in policy.intake["kinds"].values() for key in kind["cause_jrt"]}


async def confirm_cause(
    session: AsyncSession, number: str, staff: Staff, *, version: int, found: CauseFound, policy: Policy, now: datetime
) -> Ticket:
    """Confirm why it happened; the grievances it explains carry the confirmed cause from now on."""
    ticket = await get_ticket(session, number, lock=True)
    check_not_concerned(ticket, staff)
    if ticket.decided_at is None and ticket.state != "investigating":
        raise Conflict(f"工单{number}还没有开始核实，核实后再定原因。", state=ticket.state)
    check_version(ticket, version)
    known = known_causes(policy)
    if found.cause_jrt not in known:
        raise Invalid(f"没有这种原因代码：{found.cause_jrt}。", allowed=sorted(known))
    if not found.text.strip() or not found.department.strip():
        raise Invalid("请写明原因和责任部门。")
    items = await items_of(session, number)
    unknown = set(found.items) - {item.id for item in items}
    if unknown:
        raise Invalid("有的诉求编号不在这张单子上，请刷新后再填。", unknown=sorted(unknown))
    for item in items:
        # Cause 6 says that this is a second complaint, whatever caused the first one (SD015).
        if (not found.items or item.id in found.items) and item.effect.partition(":")[0] != SECOND:
            rest = [key for key in item.cause_jrt if key != found.cause_jrt]
            item.cause_six, item.cause_jrt = found.cause_six, [found.cause_jrt, *rest]
    session.add(
        RootCause(
            ticket=number,
            cause_six=found.cause_six,
            cause_jrt=found.cause_jrt,
            department=found.department.strip(),
            text=found.text.strip(),
            by=staff.work_no,
            at=now,
        )
    )
    ticket.version += 1
    await session.flush()
    return ticket


async def rectify(
    session: AsyncSession,
    number: str,
    staff: Staff,
    *,
    version: int,
    measure: str,
    responsible: str,
    policy: Policy,
    now: datetime,
) -> Ticket:
    """Write down what is changed, and plan the looks whether the cause came back."""
    ticket = await get_ticket(session, number, lock=True)
    check_not_concerned(ticket, staff)
    check_version(ticket, version)
    cause = await cause_of(session, number)
    if cause is None:
        raise Conflict(f"工单{number}还没有确定原因，先定原因再整改。")
    if not measure.strip():
        raise Invalid("请写明整改措施。")
    row = Rectification(
        ticket=number,
        cause_id=cause.id,
        measure=measure.strip(),
        responsible=responsible.strip() or cause.department,
        by=staff.work_no,
        at=now,
    )
    session.add(row)
    await session.flush()
    for days in policy.casework.cause_look_days:
        due_at = now + timedelta(days=days)
        look = CauseLook(rectification_id=row.id, days=days, due_at=due_at, tickets=[])
        session.add(look)
        await session.flush()
        await plan_work(
            session,
            key=f"cause:{row.id}:{days}",
            kind="cause_look",
            due_at=due_at,
            to="quality",
            ticket=number,
            data={"look": look.id},
        )
    ticket.version += 1
    await session.flush()
    return ticket


async def cause_of(session: AsyncSession, number: str) -> RootCause | None:
    """The confirmed cause of a ticket; the newest word counts."""
    return await session.scalar(
        select(RootCause).where(RootCause.ticket == number).order_by(RootCause.id.desc()).limit(1)
    )


async def look_again(session: AsyncSession, look_id: int, now: datetime) -> None:
    """Count the complaints with the same cause since the rectification; any of them is the supervisor's business."""
    look = await session.get(CauseLook, look_id)
    if look is None or look.looked_at is not None:
        return
    done = await session.get_one(Rectification, look.rectification_id)
    cause = await session.get_one(RootCause, done.cause_id)
    ticket = await get_ticket(session, done.ticket)
    look.tickets = await _same_cause(session, ticket, cause, done.at, now)
    look.looked_at, look.result = now, "came_back" if look.tickets else "not_back"
    if look.tickets:
        await raise_alert(session, key=f"cause:{look.id}", kind="duty", to="supervisor", now=now, ticket=ticket.number)
    await session.flush()


async def _same_cause(
    session: AsyncSession, ticket: Ticket, cause: RootCause, since: datetime, until: datetime
) -> list[str]:
    """Complaints received since then about the same thing, at the same branch when the cause was a branch's."""
    query = (
        select(Ticket.number, TicketItem.cause_jrt)
        .join(TicketItem, TicketItem.ticket == Ticket.number)
        .where(
            Ticket.type == "TS",
            Ticket.number != ticket.number,
            Ticket.received_at > since,
            Ticket.received_at <= until,
            Ticket.state.not_in(("merged", "withdrawn", "declined")),
            TicketItem.cause_six == cause.cause_six,
        )
        .order_by(Ticket.received_at, Ticket.number)
    )
    if ticket.branch is not None:
        query = query.where(Ticket.branch == ticket.branch)
    # The keys are a JSON list, which the two databases ask in different words; so few rows are asked here.
    found = [number for number, keys in await session.execute(query) if cause.cause_jrt in keys]
    return list(dict.fromkeys(found))


async def rectifications_of(session: AsyncSession, number: str) -> list[tuple[Rectification, list[CauseLook]]]:
    """What was changed after a ticket, with the looks that were planned."""
    rows = await session.scalars(select(Rectification).where(Rectification.ticket == number).order_by(Rectification.id))
    found = []
    for row in rows:
        looks = await session.scalars(
            select(CauseLook).where(CauseLook.rectification_id == row.id).order_by(CauseLook.days)
        )
        found.append((row, list(looks)))
    return found
