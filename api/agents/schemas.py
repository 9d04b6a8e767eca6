"""The desk's wire format."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from api.agents.clocks_schemas import ClocksView
from api.chat.schemas import ChatMessage


class SignIn(BaseModel):
    """Name and password, and a one-time code where used."""

    user: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)
    otp: str | None = Field(default=None, max_length=12)


class Me(BaseModel):
    """Who is signed in."""

    user: str
    work_no: str
    name: str
    role: str


class Owner(BaseModel):
    """Who owns a conversation."""

    kind: Literal["bot", "queue", "agent"]
    work_no: str | None = None
    role: str | None = None


class ConversationRow(BaseModel):
    """A conversation in a list."""

    id: str
    version: int
    owner: Owner
    waiting_since: datetime | None
    reason: str | None
    mood: int
    priority: str
    ticket: str | None
    preview: str
    last_at: datetime
    closed_at: datetime | None
    customer: str


class DeskMessage(ChatMessage):
    """A message as the desk sees it."""

    place: str
    phase: str | None = None


class ConversationPage(BaseModel):
    """A page of conversations."""

    items: list[ConversationRow]
    next: str | None = None


class ConversationView(ConversationRow):
    """Everything about one conversation."""

    messages: list[DeskMessage]
    facts: dict[str, dict[str, Any]]
    moods: list[int]
    promises: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    tickets: list[dict[str, Any]]
    handoff: dict[str, Any] | None
    appointments: list[dict[str, Any]]


class Version(BaseModel):
    """What the caller last saw."""

    version: int


class Write(BaseModel):
    """A colleague's words to the customer."""

    client_id: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")
    text: str = Field(min_length=1, max_length=4000)


class Written(BaseModel):
    """Stored; `warnings` are the phrase lint's remarks."""

    seq: int
    message_id: str
    duplicate: bool
    warnings: list[str]


class Transfer(BaseModel):
    """To whom: a work number or a role."""

    version: int | None = None
    to: str = Field(min_length=1, max_length=32)
    note: str = Field(default="", max_length=1000)


class Return(BaseModel):
    """Back to the bot."""

    version: int | None = None


class TicketRow(BaseModel):
    """A ticket in a list."""

    number: str
    type: str
    state: str
    priority: str
    owner: str | None
    received_at: datetime
    answer_due: datetime | None
    decision_due: datetime | None
    what: str
    version: int
    case_number: str
    """The number as customers are told it: with a suffix once the case has been taken up again."""


class TicketPage(BaseModel):
    """A page of tickets."""

    items: list[TicketRow]
    next: str | None = None


class TicketView(TicketRow):
    """Everything about one ticket."""

    next_update_at: datetime | None
    clocks: ClocksView | None
    decided_at: datetime | None
    notified_at: datetime | None
    items: list[dict[str, Any]]
    facts: dict[str, dict[str, Any]]
    remedy: list[Any]
    exclusions: list[str]
    kept_off: list[dict[str, Any]] = []
    """The same with kind, reason and source, for colleagues."""
    flags: dict[str, Any]
    promises: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    history: list[dict[str, Any]]
    additions: list[dict[str, Any]]
    surveys: list[dict[str, Any]]
    others: list[TicketRow]
    """What else this customer has brought up."""
    target_due: datetime | None
    conversation_id: str | None
    decision: dict[str, Any] | None
    notices: list[dict[str, Any]]
    rechecks: list[dict[str, Any]]
    feedback: list[dict[str, Any]]
    follow_ups: list[dict[str, Any]]
    root_cause: dict[str, Any] | None
    rectifications: list[dict[str, Any]]
    hand_overs: list[dict[str, Any]]
    owners: list[dict[str, Any]]
    links: list[dict[str, Any]]
    on_behalf: dict[str, Any] | None
    next_steps: list[dict[str, str]]
    missing_to_close: list[str]
