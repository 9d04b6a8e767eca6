"""What falls due in a ticket's life besides what customers hear: a hand-over nobody answered, a look at a cause."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from desk.causes.service import look_again
from desk.handovers.service import not_answered

if TYPE_CHECKING:
    from api.turns.due import Due


async def do_handover(due: Due) -> datetime | None:
    """Offered and not answered in time: the supervisor hears of it, the owner stays."""
    await not_answered(due.session, due.row.data["hand_over"], due.now)
    return None


async def do_cause_look(due: Due) -> datetime | None:
    """Has the cause come back since the rectification?"""
    await look_again(due.session, due.row.data["look"], due.now)
    return None
