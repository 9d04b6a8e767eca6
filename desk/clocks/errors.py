"""What a clock refuses.

Conflict (409)
├── ClockStopped      it is paused, or not paused, or the case is decided
├── PastDue           the time is over; no extension brings it back
└── ClockSetBack      the machine's time lies before what is on record
Invalid (422)
├── WouldShorten      an extension only ever makes longer
├── ApprovalNeeded    the upper level has to agree
└── NoNotice          nobody could tell the customer
"""

from __future__ import annotations

from desk.errors import Conflict, Invalid


class ClockStopped(Conflict):
    """The clock is not in the state that this deed needs."""

    code = "clock_stopped"


class PastDue(Conflict):
    """The time is over; it can no longer be extended or paused."""

    code = "past_due"


class ClockSetBack(Conflict):
    """The machine's time lies before an event that is already on record."""

    code = "clock_set_back"


class WouldShorten(Invalid):
    """An extension that would leave less time, or no more, than there is."""

    code = "would_shorten"


class ApprovalNeeded(Invalid):
    """So long a time needs the word of the upper level (令2020/3 art. 18 ¶1)."""

    code = "approval_needed"


class NoNotice(Invalid):
    """An extension or a pause without notice to the complainant is void (令2020/3 art. 18), and there is no way to tell him."""

    code = "no_notice"
