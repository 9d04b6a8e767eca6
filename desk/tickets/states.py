"""Which way a ticket may go (3-dialogue.md 3.1). One function moves it, and every move is on record (rule P3)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.errors import Conflict
from desk.tickets.models import Ticket, TicketHistory

WAYS: dict[str, frozenset[str]] = {
    "draft": frozenset({"registered", "withdrawn", "merged", "declined"}),
    "registered": frozenset({"assigned", "withdrawn", "merged", "declined"}),
    "assigned": frozenset({"investigating", "withdrawn", "merged", "declined"}),
    "investigating": frozenset({"paused", "decided", "withdrawn", "merged", "declined"}),
    "paused": frozenset({"investigating", "withdrawn", "merged"}),
    "decided": frozenset({"notified"}),
    "notified": frozenset({"rechecked", "reopened"}),
    "rechecked": frozenset({"followed_up", "reopened"}),
    "followed_up": frozenset({"closed", "reopened"}),
    "closed": frozenset({"reopened"}),
    "reopened": frozenset({"assigned", "investigating", "withdrawn", "merged"}),
    "withdrawn": frozenset({"reopened"}),
    "merged": frozenset(),
    "declined": frozenset(),
}

OPEN_STATES = ("draft", "registered", "assigned", "investigating", "paused", "reopened")
"""Nothing has been decided yet."""
UNDER_WAY = ("registered", "assigned", "investigating", "paused", "reopened")
"""Registered, and nothing has been decided yet."""

NAMES = {
    "draft": "未登记完",
    "registered": "已登记",
    "assigned": "已分派",
    "investigating": "核实中",
    "paused": "暂停计时",
    "decided": "已作出决定",
    "notified": "决定已送达",
    "rechecked": "已复核",
    "followed_up": "已回访",
    "closed": "已办结",
    "withdrawn": "客户已撤回",
    "merged": "已并案",
    "declined": "未受理",
    "reopened": "重新处理中",
}
"""States as colleagues read them."""
HINTS = {
    "draft": "请先登记。",
    "registered": "请先分派并开始核实。",
    "assigned": "请先开始核实。",
    "paused": "请先恢复计时。",
    "decided": "请先把决定告知客户。",
    "notified": "下一步是由另一位同事复核。",
    "rechecked": "下一步是回访。",
    "followed_up": "下一步是办结。",
    "closed": "客户有新的情况时可以重新打开。",
    "withdrawn": "客户再来反映时请重新打开或另行登记。",
    "merged": "请到并入的工单上处理。",
    "declined": "客户补来授权后请另行登记。",
}
"""What to do instead."""


class IllegalTransition(Conflict):
    """The ticket cannot go there from where it is."""

    code = "illegal_transition"


def may(ticket: Ticket, to: str) -> bool:
    """Whether the procedure knows a step from where the ticket is to `to`."""
    return to in WAYS[ticket.state]


def check_may(ticket: Ticket, to: str) -> None:
    """Raise IllegalTransition, with what to do instead, when there is no such step."""
    if not may(ticket, to):
        raise IllegalTransition(
            f"工单{ticket.number}现在是“{NAMES[ticket.state]}”，不能变为“{NAMES[to]}”。{HINTS.get(ticket.state, '')}",
            state=ticket.state,
            version=ticket.version,
        )


def move(session: AsyncSession, ticket: Ticket, to: str, *, by: str, now: datetime, reason: str) -> None:
    """Move `ticket` to state `to`; raises IllegalTransition when the procedure knows no such step."""
    check_may(ticket, to)
    session.add(TicketHistory(ticket=ticket.number, from_state=ticket.state, to_state=to, by=by, at=now, reason=reason))
    ticket.state = to
    ticket.version += 1


def check_version(ticket: Ticket, version: int) -> None:
    """Raise Conflict, with the present version, when somebody changed the ticket meanwhile."""
    if ticket.version != version:
        raise Conflict(f"工单{ticket.number}刚刚被别人改过，请刷新后再看。", version=ticket.version)
