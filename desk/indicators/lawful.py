"""Whether a case was dealt with by the rules, told from the rows that prove it (令2020/3 art. 17–19)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from desk.clocks.models import ClockEvent
from desk.clocks.service import profile_of
from desk.closing.models import Recheck
from desk.notices.models import Notice
from desk.notices.wording import PARTS
from desk.policy.schemas import policy
from desk.recusal.models import Exclusion
from desk.tickets.models import Ticket, TicketHistory, TicketOwner

HANDLED = ("assigned", "investigating", "decided", "notified")
"""Steps by which somebody has a case in hand."""


def told_in_full(notices: Iterable[Notice]) -> bool:
    """Whether a decision went out with all of its parts."""
    return any(
        row.kind == "decision" and row.result == "sent" and all(row.parts.get(name) for name in PARTS)
        for row in notices
    )


def looked_at_by_another(rechecks: Iterable[Recheck]) -> bool:
    """Whether somebody who had not handled it looked at it again and let it pass."""
    return any(row.result == "passed" and row.by != row.handler for row in rechecks)


def extended_in_order(event: ClockEvent, ticket: Ticket | None) -> bool:
    """Whether the customer was told, and somebody else of the upper level approved where that is needed."""
    profiles = policy().profiles
    profile = profile_of(policy(), ticket) if ticket is not None else profiles.profiles[profiles.default]
    needed = event.grade in profile.grades and profile.grades[event.grade].approved
    return event.notice is not None and (not needed or event.approved_by not in (None, event.by))


def handled_by_excluded(
    excluded: Iterable[Exclusion],
    owners: Iterable[TicketOwner],
    steps: Iterable[TicketHistory],
    branches: Mapping[str, str | None],
) -> bool:
    """Whether somebody kept off a case got it, or did something about it, while he was kept off.

    Who had it before he was kept off – the earlier handler of a second complaint – did nothing wrong. `branches` tells
    each colleague's branch by work number.
    """
    # A moment's owner is one from whom recusal took the case as it was given.
    had = [(row.owner, row.from_at) for row in owners if row.until_at is None or row.until_at > row.from_at]
    had += [(step.by, step.at) for step in steps if step.to_state in HANDLED]
    return any(
        at >= row.at and row.value == (branches.get(who) if row.kind == "branch" else who)
        for row in excluded
        if row.resolved
        for who, at in had
    )
