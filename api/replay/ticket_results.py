"""Tickets as results show them: drafts, given ones, and those of other people too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.agents.casework_view import casework_of
from api.replay.records import iso
from desk.policy.schemas import Policy
from desk.tickets.models import Ticket, TicketAddition, TicketFact, TicketItem, TicketLink
from desk.tickets.seeing import visible_to
from desk.tickets.service import facts_of, history_of, items_of

FLAGS = ("major", "compliance", "restricted", "second_complaint", "vulnerable")


async def tickets_of(session: AsyncSession, customer_id: str, *, policy: Policy, now: datetime) -> list[dict[str, Any]]:
    """Every ticket of the database, oldest first; `mine` are this customer's."""
    rows = await session.scalars(select(Ticket).order_by(Ticket.received_at, Ticket.number))
    return [
        {
            **_plain(await casework_of(session, row, policy=policy, now=now)),
            **await _ticket(session, row, mine=row.customer_id == customer_id),
        }
        for row in rows
    ]


def _plain(value: Any) -> Any:
    """Times as the format has them, wherever they stand."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return iso(value) if isinstance(value, datetime) else value


async def _ticket(session: AsyncSession, row: Ticket, *, mine: bool) -> dict[str, Any]:
    facts = await facts_of(session, row.number)
    links = await session.scalars(select(TicketLink).where(TicketLink.ticket == row.number).order_by(TicketLink.id))
    additions = await session.scalars(
        select(TicketAddition).where(TicketAddition.ticket == row.number).order_by(TicketAddition.id)
    )
    return {
        "number": row.number,
        "type": row.type,
        "state": row.state,
        "priority": row.priority,
        "mine": mine,
        "items": [_item(item) for item in await items_of(session, row.number)],
        "facts": {key: _fact(key, fact) for key, fact in facts.items()},
        "remedy": _remedy(row, facts.get("remedy")),
        "owner": row.owner,
        "exclusions": row.exclusions,
        "received_at": iso(row.received_at),
        "answer_due": iso(row.answer_due),
        "decision_due": iso(row.decision_due),
        "next_update_at": iso(row.next_update_at),
        "contact_pref": row.contact_pref,
        "on_behalf": row.on_behalf,
        "flags": {**dict.fromkeys(FLAGS, False), **row.flags},
        "links": [{"kind": link.kind, "number": link.number} for link in links],
        "additions": [{"kind": one.kind, "text": one.text, "state": one.state, "at": iso(one.at)} for one in additions],
        "visible_to": visible_to(row),
        "history": [
            {"from": step.from_state, "to": step.to_state, "by": step.by, "at": iso(step.at), "reason": step.reason}
            for step in await history_of(session, row.number)
        ],
        "intent": row.intent,
        "branch": row.branch,
        "decision": row.decision,
        "decided_at": iso(row.decided_at),
        "notified_at": iso(row.notified_at),
        "chases": row.chases,
    }


def _item(item: TicketItem) -> dict[str, Any]:
    return {
        "what": item.what,
        "cause_six": item.cause_six,
        "cause_jrt": item.cause_jrt,
        "amount": _numbers(item.amount),
        "intent": item.intent,
        "outcome": item.outcome,
        "answer": item.answer,
    }


def _fact(key: str, fact: TicketFact) -> dict[str, Any]:
    return {
        "value": fact.value,
        "status": fact.status,
        "certain": fact.certain,
        "resolved": _resolved(key, fact.resolved),
        "from_seq": fact.from_seq,
    }


def _resolved(key: str, resolved: dict[str, Any] | None) -> Any:
    """An ISO date, time or interval for when, a number or numbers for amount; the others as the desk keeps them."""
    if resolved is None:
        return None
    if key == "when":
        return resolved.get("iso")
    return _numbers(resolved) if key == "amount" else resolved


def _numbers(amount: dict[str, Any] | None) -> Any:
    if amount is None:
        return None
    values = amount.get("values", [amount["value"]] if "value" in amount else [])
    plain = [int(value) if float(value).is_integer() else value for value in values]
    return plain[0] if len(plain) == 1 else plain or None


def _remedy(row: Ticket, told: TicketFact | None) -> list[Any]:
    """The keys of what is wanted, then the customer's own words."""
    words = [told.value] if told is not None and told.status == "given" and told.value else []
    return [*row.remedy, *words]
