"""What customers hear of their case without asking, when it falls due (3-dialogue.md 3.8)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from desk.notices.service import may_be_told_from
from desk.tickets.models import TicketOwner
from desk.tickets.service import update_key
from desk.updates.service import makes_sense, tell_owner, tell_progress

if TYPE_CHECKING:
    from api.turns.due import Due


async def do_update(due: Due) -> datetime | None:
    """Progress before the customer has to ask. A row for a time that has been moved since does nothing."""
    ticket = await due.ticket()
    if ticket is None or not makes_sense(ticket) or due.row.key != update_key(ticket):
        return None
    later = may_be_told_from(ticket, due.now)
    if later > due.now:
        return later
    await tell_progress(due.session, ticket, effect=f"due:{due.row.key}", policy=due.policy, now=due.now)
    return None


async def do_owner(due: Due) -> datetime | None:
    """Who is responsible now."""
    conversation, ticket = await due.conversation(), await due.ticket()
    row = await due.session.get(TicketOwner, due.row.data["owner"])
    if conversation is None or ticket is None or row is None:
        return None
    later = may_be_told_from(ticket, due.now)
    if later > due.now:
        return later
    await tell_owner(due.session, ticket, row, conversation, policy=due.policy, now=due.now)
    return None
