"""How long a review may be asked for (令2020/3 art. 20)."""

from __future__ import annotations

from datetime import datetime

from desk.policy.schemas import Policy
from desk.tickets.deadlines import decision_due


def review_until(policy: Policy, told_on: datetime) -> datetime:
    """The end of the last day on which 核查 may be asked for: natural days after the notice, its own day not counted."""
    return decision_due(told_on, policy.casework.review_days)
