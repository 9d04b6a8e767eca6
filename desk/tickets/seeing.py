"""Who may see a case. What somebody said about his own life is for the people on duty alone (3-dialogue.md 3.9)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, true

from desk.errors import NotAllowed
from desk.staff.models import ROLES, Staff
from desk.tickets.models import Ticket

ON_DUTY = ("duty", "supervisor", "compliance")
"""Roles that see a restricted case, besides whoever has it in hand."""


def visible_to(ticket: Ticket) -> list[str]:
    """Work numbers and roles to whom the desk shows the case."""
    if not ticket.flags.get("restricted"):
        return list(ROLES)
    return list(dict.fromkeys([*([ticket.owner] if ticket.owner else []), *ON_DUTY]))


def may_see(ticket: Ticket, person: Staff) -> bool:
    """Whether the desk shows the case to this colleague."""
    in_hand = ticket.handler_id == person.id or ticket.owner == person.work_no
    return in_hand or person.role in visible_to(ticket)


def check_may_see(ticket: Ticket, person: Staff) -> None:
    """Raise NotAllowed when the case is not for this colleague's eyes."""
    if not may_see(ticket, person):
        raise NotAllowed("这张单子只有值班和经办的同事能看。")


def seen_by(person: Staff) -> ColumnElement[bool]:
    """The same as a condition on lists of cases."""
    if person.role in ON_DUTY:
        return true()
    open_to_all = Ticket.flags["restricted"].as_boolean().is_not(True)
    return or_(open_to_all, Ticket.owner.in_((person.work_no, person.role)), Ticket.handler_id == person.id)
