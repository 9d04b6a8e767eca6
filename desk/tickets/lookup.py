"""Looking a ticket up outside the conversation that made it: number and code, with few tries (3-dialogue.md 3.10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.policy.schemas import Policy
from desk.privacy.keyring import keyring
from desk.tickets.models import LookupTry, Ticket


@dataclass(frozen=True)
class Found:
    """The ticket, or why not. A wrong number and a wrong code look the same to a guesser."""

    ticket: Ticket | None
    too_many: bool = False


async def look_up_ticket(
    session: AsyncSession, number: str, code: str, *, who: str, policy: Policy, now: datetime
) -> Found:
    """The ticket if `code` is its look-up code. Tries are limited per customer and per ticket number."""
    rule = policy.dialogue.lookup
    since = now - timedelta(minutes=rule.minutes)
    tries = await session.scalar(
        select(func.count())
        .select_from(LookupTry)
        .where((LookupTry.who == who) | (LookupTry.number == number), LookupTry.at > since)
    )
    if (tries or 0) >= rule.tries:
        return Found(None, too_many=True)
    ticket = await session.get(Ticket, number)
    if (
        ticket is not None
        and ticket.code_hash is not None
        and ticket.code_hash == keyring().blind_index(code, "ticket-code")
    ):
        return Found(ticket)
    session.add(LookupTry(who=who, number=number, at=now))
    await session.flush()
    return Found(None)
