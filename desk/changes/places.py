"""变地: which places fit this customer and this case (3-dialogue.md 3.6)."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.appointments.slots import ROOM, times_for
from desk.policy.schemas import Policy
from desk.tickets.models import Ticket

MOST_PLACES = 3
PRIVATE = "private_chat"


def needs_in(text: str, policy: Policy) -> list[str]:
    """Which needs the words tell of (3.5 row 14): hearing, vision, mobility, elderly, illness."""
    return [need for need, pattern in policy.changes.needs.items() if re.search(pattern, text)]


def note_needs(ticket: Ticket, text: str, policy: Policy) -> None:
    """Mark the case; what is told once counts for all of it."""
    needs = dict.fromkeys([*(ticket.flags.get("needs") or []), *needs_in(text, policy)])
    ticket.flags = {**ticket.flags, "vulnerable": True, **({"needs": list(needs)} if needs else {})}


def fits_needs(place: str, ticket: Ticket | None, policy: Policy) -> bool:
    """Whether a place suits: no phone for who hears badly, no way to a branch for who cannot walk."""
    rule = policy.changes.places[place]
    needs = set((ticket.flags.get("needs") or []) if ticket else [])
    return not needs & set(rule.not_for) and (not rule.only_for or bool(needs & set(rule.only_for)))


def place_to_call(ticket: Ticket | None, policy: Policy) -> str:
    """Where somebody reaches the customer at an agreed time: by phone, or in writing where a phone is of no use."""
    return "phone" if fits_needs("phone", ticket, policy) else PRIVATE


async def places_for(session: AsyncSession, policy: Policy, ticket: Ticket | None, now: datetime) -> list[str]:
    """The places to offer, those made for the customer's need first; a room only where one is free, never at the branch
    complained about."""
    rules = policy.changes.places
    fitting = [place for place in rules if fits_needs(place, ticket, policy)]
    if ROOM in fitting and next((await times_for(session, policy, ticket, now, place=ROOM)).all(), None) is None:
        fitting.remove(ROOM)
    fitting.sort(key=lambda place: not rules[place].only_for)
    return fitting[:MOST_PLACES]
