"""二度抱怨: a second complaint – what makes a case one, and what follows from it (SD015, SD028, 3-dialogue.md 3.12)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from desk.alerts.service import raise_alert
from desk.clocks.target import set_target
from desk.policy.schemas import Policy
from desk.recusal.service import allow_handlers, keep_off_handlers, keep_off_same
from desk.tickets.models import Ticket, TicketItem
from desk.tickets.service import add_addition, add_item, facts_of, items_of, link, put_fact

REASONS = {
    "words": "客户说明不是第一次反映",
    "recurring": "同一客户近期同类投诉",
    "chases": "客户多次追问",
    "survey": "客户回访时不满意",
}
"""What makes a case a second complaint, as colleagues read it."""
CARRIED = ("what", "when", "where", "who", "amount", "product")
"""What the customer told the first time and is not asked again."""
ITEM = "second"
"""The effect of the grievance that carries cause 6; a later round of the same case appends its number."""


async def mark_second(
    session: AsyncSession,
    ticket: Ticket,
    *,
    reason: str,
    by: str,
    now: datetime,
    policy: Policy,
    of: Ticket | None = None,
    what: str = "",
    from_seq: int | None = None,
) -> bool:
    """Make `ticket` a second complaint for one of REASONS; True when it was none before (in its present round).

    `of` is the earlier case when that is another one. Sets the flag, P1 and an item with cause 6, keeps whoever had the first
    one in hand off this one (an open case goes back to the unit), halves the internal date, and alerts a supervisor.
    """
    first = of or ticket
    effect = _effect(ticket)
    items = await items_of(session, ticket.number)
    if any(item.effect == effect for item in items):
        return False
    earlier = items if of is None else await items_of(session, first.number)
    ticket.flags = {**ticket.flags, "second_complaint": True}
    ticket.priority = min(ticket.priority, "P1")
    await add_item(
        session,
        ticket,
        effect=effect,
        what=what or (earlier[0].what if earlier else "对上一次的处理不满意"),
        intent="complain_unresolved",
        cause_six=6,
        cause_jrt=earlier[0].cause_jrt if earlier else [],
        from_seq=from_seq,
    )
    await add_addition(
        session,
        ticket,
        effect=f"marked:{effect}",
        kind="note",
        text=f"列为二度抱怨：{REASONS[reason]}" + ("" if of is None else f"（前次{of.number}）"),
        by=by,
        now=now,
    )
    await keep_off_handlers(session, ticket, first, now=now)
    await set_target(session, policy, ticket, now=now)
    if reason != "survey":
        # A dissatisfied answer has alerted the supervisor already.
        await raise_alert(
            session,
            key=f"{effect}:{ticket.number}",
            kind="dissatisfied",
            to="supervisor",
            now=now,
            ticket=ticket.number,
            conversation_id=ticket.conversation_id,
        )
    await session.flush()
    return True


async def unmark_second(session: AsyncSession, ticket: Ticket, *, now: datetime) -> None:
    """The customer wants no second complaint of it: the flag, its grievance, the half time and the recusal of who had it go."""
    ticket.flags = {key: value for key, value in ticket.flags.items() if key != "second_complaint"}
    ticket.target_due = None
    await session.execute(
        delete(TicketItem).where(TicketItem.ticket == ticket.number, TicketItem.effect == _effect(ticket))
    )
    await allow_handlers(session, ticket, now=now)


def _effect(ticket: Ticket) -> str:
    return ITEM if ticket.round == 1 else f"{ITEM}:{ticket.round}"


async def tie_second(
    session: AsyncSession,
    ticket: Ticket,
    first: Ticket,
    *,
    reason: str,
    by: str,
    now: datetime,
    policy: Policy,
    what: str = "",
    from_seq: int | None = None,
    same_matter: bool = True,
) -> None:
    """Link a new case to the one whose handling failed. With `same_matter` what was told then need not be told again."""
    await link(session, ticket.number, "second_of", first.number)
    await keep_off_same(session, ticket, first, now=now)
    if same_matter:
        ticket.intent = "complain_unresolved"
        await _carry_over(session, ticket, first)
    await mark_second(
        session, ticket, reason=reason, by=by, now=now, policy=policy, of=first, what=what, from_seq=from_seq
    )


async def _carry_over(session: AsyncSession, ticket: Ticket, first: Ticket) -> None:
    present = await facts_of(session, ticket.number)
    for key, fact in (await facts_of(session, first.number)).items():
        if key in CARRIED and key not in present and fact.status in ("given", "inferred"):
            await put_fact(
                session,
                ticket.number,
                key,
                value=fact.value,
                status="inferred",
                from_seq=None,
                resolved=fact.resolved,
            )
