"""What a case says was there before the first turn: branches, colleagues, tickets, promises, surveys, appointments."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from api.replay.cases.life import FeedbackIn, HandOverIn, LinkIn, OnBehalfIn, RecheckIn
from api.replay.cases.strict import Moment, Strict

TicketType = Literal["TS", "ZX", "JY", "BY", "HC"]
State = Literal[
    "draft",
    "registered",
    "assigned",
    "investigating",
    "paused",
    "decided",
    "notified",
    "rechecked",
    "followed_up",
    "closed",
    "withdrawn",
    "merged",
    "declined",
    "reopened",
]
Role = Literal["agent", "supervisor", "branch", "compliance", "duty", "fraud", "quality"]


class BranchIn(Strict):
    """A branch of the bank."""

    name: str
    level: Literal["hq", "branch", "sub_branch"] = "sub_branch"
    parent: str | None = None
    hours: Any = None
    rooms: int = Field(default=1, ge=0)
    accessible: bool = True


class StaffIn(Strict):
    """A colleague. `on_duty`: always, never, or at the desk's hours."""

    work_no: str
    name: str | None = None
    role: Role = "agent"
    title: str | None = None
    branch: str | None = None
    reports_to: str | None = None
    skills: list[str] = []
    languages: list[str] = ["zh-Hans"]
    on_duty: bool | Literal["work"] = "work"

    @property
    def duty(self) -> str:
        """As the desk keeps it."""
        return {True: "on", False: "off"}.get(self.on_duty, "work") if isinstance(self.on_duty, bool) else "work"


class ItemIn(Strict):
    """One grievance."""

    what: str
    cause_six: int | None = None
    cause_jrt: list[str] = []
    amount: dict[str, Any] | float | None = None


class StepIn(Strict):
    """One step of a ticket so far. `kind: chase` is a customer who had to ask again."""

    from_: str | None = Field(default=None, alias="from")
    to: str | None = None
    by: str = "bot"
    at: Moment | None = None
    reason: str = ""
    kind: str | None = None
    text: str | None = None

    @property
    def is_chase(self) -> bool:
        """Whether this is the customer asking again rather than a change of state."""
        return "chase" in (self.kind, self.to)


class DecisionIn(Strict):
    """What was decided."""

    outcome: str = "explained"
    text: str = ""


class TicketIn(Strict):
    """A ticket that exists already."""

    number: str = Field(min_length=1, max_length=32)
    type: TicketType | None = None
    state: State = "registered"
    priority: Literal["P0", "P1", "P2"] = "P2"
    items: list[ItemIn] = []
    facts: dict[str, str | float | bool | None] = {}
    branch: str | None = None
    owner: str | None = None
    mine: bool = True
    history: list[StepIn] | None = None
    decision: DecisionIn | None = None
    received_at: Moment | None = None
    decided_at: Moment | None = None
    notified_at: Moment | None = None
    complexity: Literal["simple", "complex", "special"] = "simple"
    flags: dict[str, Any] = {}
    on_behalf: OnBehalfIn | None = None
    exclusions: list[str] = []
    links: list[LinkIn] = []
    hand_over: HandOverIn | None = None
    recheck: RecheckIn | None = None
    feedback: FeedbackIn | None = None
    follow_up: Literal["answered", "declined", "unreachable"] = "answered"


class PromiseIn(Strict):
    """Something the customer was told with a date."""

    ticket: str | None = None
    content: str
    due_at: Moment
    state: Literal["open", "kept", "broken"] = "open"


class SurveyIn(Strict):
    """A follow-up that was sent, or stands to be answered."""

    ticket: str
    sent_at: Moment | None = None
    text: str | None = None
    item: Literal["solved", "expectation", "perception", "manner", "reason", "recovery"] | None = None
    options: list[Any] = []
    answers: dict[str, Any] = {}


class AppointmentIn(Strict):
    """A meeting that was agreed or offered."""

    ticket: str | None = None
    kind: Literal["call", "visit", "video"] = "call"
    start: Moment
    end: Moment | None = None
    state: Literal["offered", "booked", "kept", "missed_by_customer", "missed_by_us", "cancelled"] = "booked"


class Given(Strict):
    """What is in the record before the first turn."""

    branches: list[BranchIn] = []
    staff: list[StaffIn] | None = None
    tickets: list[TicketIn] = []
    promises: list[PromiseIn] = []
    surveys: list[SurveyIn] = []
    appointments: list[AppointmentIn] = []

    @model_validator(mode="after")
    def _tickets_are_given(self) -> Given:
        known = {ticket.number for ticket in self.tickets}
        for link in (link for ticket in self.tickets for link in ticket.links):
            if link.number not in known:
                raise ValueError(f"ticket {link.number} is not among given.tickets")
        rows: list[PromiseIn | SurveyIn | AppointmentIn] = [*self.promises, *self.surveys, *self.appointments]
        for row in rows:
            if row.ticket is not None and row.ticket not in known:
                raise ValueError(f"ticket {row.ticket} is not among given.tickets")
        return self
