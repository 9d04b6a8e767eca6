"""The web chat's wire format. Stable: clients ignore fields they do not know."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class NewSession(BaseModel):
    """What a browser may tell when it opens a session."""

    locale: Literal["zh-CN", "zh-HK", "zh-TW"] = "zh-CN"


class SessionOpened(BaseModel):
    """A session; the token is told this once."""

    conversation_id: str
    token: str
    expires_at: datetime


class NewMessage(BaseModel):
    """Something the customer says. `client_id` makes a repeat recognisable; `choice` is an option the server issued."""

    client_id: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")
    text: str = Field(default="", max_length=200_000)
    choice: str | None = Field(default=None, max_length=64)


class Link(BaseModel):
    """What the bank's own sign-in gave the browser, handed on unread."""

    token: str = Field(min_length=1, max_length=4096)


class MessageTaken(BaseModel):
    """Stored. `duplicate` when it had been before."""

    seq: int
    message_id: str
    duplicate: bool


class Button(BaseModel):
    """A quick reply."""

    title: str
    choice: str


class Agent(BaseModel):
    """Who speaks, as customers see it: work number and role, never a name."""

    work_no: str
    role: str


class ChatMessage(BaseModel):
    """One message of the thread."""

    seq: int
    id: str
    by: Literal["customer", "bot", "agent", "system"]
    text: str
    buttons: list[Button]
    agent: Agent | None = None
    client_id: str | None = None
    """On the customer's own messages: the id under which the browser sent it."""
    at: datetime


class Queue(BaseModel):
    """The wait, as it is now."""

    position: int
    eta_s: int | None


class Thread(BaseModel):
    """The messages after a seq and the state of the conversation."""

    messages: list[ChatMessage]
    owner: Literal["bot", "queue", "agent"]
    agent: Agent | None = None
    """The colleague who owns the conversation, before he has written a word."""
    queue: Queue | None = None
    typing: bool
    last_seq: int
    version: int
    """Grows with every change of owner. Sent back as `seen`, it makes the next long poll tell of a change missed between."""
