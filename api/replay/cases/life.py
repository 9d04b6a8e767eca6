"""What a given ticket may have behind it besides its state: recheck, feedback, follow-up, hand-over, links."""

from __future__ import annotations

from typing import Literal

from api.replay.cases.strict import Moment, Strict


class RecheckIn(Strict):
    """复核 by somebody who did not handle it."""

    by: str | None = None
    result: Literal["passed", "returned"] = "passed"
    note: str = "复核"
    at: Moment | None = None


class FeedbackIn(Strict):
    """What a department was told, or why none was."""

    department: str | None = None
    text: str | None = None
    none_because: str | None = None


class HandOverIn(Strict):
    """Offered to a work number or role, and not yet answered."""

    to: str
    by: str | None = None
    note: str = ""
    at: Moment | None = None


class OnBehalfIn(Strict):
    """For whom, and whether the authorisation has been seen."""

    relation: Literal["parent", "child", "spouse", "other"] = "other"
    authorisation: Literal["pending", "shown"] = "pending"


class LinkIn(Strict):
    """Another given ticket, and how it belongs to this one."""

    kind: Literal["review_of", "second_of", "merged_into", "same_event"]
    number: str
