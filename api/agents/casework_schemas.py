"""The wire format of what colleagues do with a ticket. Every body names the version it was decided on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.agents.schemas import TicketRow, Version

Words = Annotated[str, Field(max_length=4000)]
Outcome = Annotated[str, Field(max_length=32)]
Number = Annotated[str, Field(min_length=1, max_length=32)]


class ItemDecision(BaseModel):
    """What was found about one grievance."""

    id: int
    outcome: Outcome
    text: Words = ""


class Decide(Version):
    """A decision: in one piece (`text`), or in parts (`verification`, `basis`, `remedies`; `text` is then the result).

    `items` answers grievance by grievance; `all_items` says that the outcome is for all of them. With `notify` false the
    customer is told later, by the deed of that name.
    """

    outcome: Outcome
    text: Words = ""
    verification: Words | None = None
    basis: Words | None = None
    remedies: Words | None = None
    items: list[ItemDecision] = Field(default=[], max_length=100)
    all_items: bool = False
    notify: bool = True


class Notify(Version):
    """Tell the decision: in the chat, or `channel` phone, written, sms, email with a `note` of when and how."""

    channel: str = Field(default="chat", max_length=16)
    note: Words = ""
    verification: Words | None = None
    basis: Words | None = None
    remedies: Words | None = None


class Reason(Version):
    """Why."""

    reason: Words = ""


class Verdict(Version):
    """What a draft is: register, unreachable or not_a_complaint; the last two with a `note` of the grounds."""

    verdict: Annotated[str, Field(max_length=32)]
    note: Words = ""


class HandOverTo(Version):
    """To a work number or a role."""

    to: str = Field(min_length=1, max_length=32)
    note: Words = ""


class MergeInto(Version):
    """The earlier ticket that goes on."""

    into: Number


class Relate(Version):
    """Another ticket, and how they belong together: same_event or second_of."""

    to: Number
    kind: str = Field(default="same_event", max_length=16)


class Note(Version):
    """A colleague's words."""

    note: Words = ""


class NoteText(Version):
    """A colleague's words, kept with the ticket and never shown to the customer."""

    text: Words


class RecheckResult(Version):
    """`passed`, or `returned` to work; `note` says what was looked at."""

    result: str = Field(max_length=16)
    note: Words = ""


class FeedbackTo(Version):
    """What a department was told; or `none_because`."""

    department: str = Field(default="", max_length=64)
    text: Words = ""
    none_because: Words = ""


class FollowUpResult(Version):
    """`answered`, `declined` or `unreachable`; `note` says how it was tried."""

    result: str = Field(max_length=16)
    note: Words = ""


class Cause(Version):
    """One of the six causes, its JR/T key, whose it is, and in words; `items` are ids, none means all."""

    cause_six: int = Field(ge=1, le=6)
    cause_jrt: str = Field(max_length=64)
    department: str = Field(max_length=64)
    text: Words
    items: list[int] = Field(default=[], max_length=100)


class Measure(Version):
    """What is changed, and who sees to it."""

    measure: Words
    responsible: str = Field(default="", max_length=64)


class WaitingTicket(TicketRow):
    """A told ticket that is not done yet."""

    waiting_for: list[Literal["recheck", "feedback"]]


class WaitingPage(BaseModel):
    """A page of tickets that wait for a recheck or for feedback."""

    items: list[WaitingTicket]
    next: str | None = None
