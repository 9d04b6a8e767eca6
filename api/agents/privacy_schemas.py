"""Wire format of what concerns a customer's data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class Reveal(BaseModel):
    """Which masked value, and why it is needed."""

    token: str = Field(min_length=1, max_length=100)
    reason: str = Field(min_length=4, max_length=200)


class Revealed(BaseModel):
    """The value behind the mask."""

    value: str


class AuditRow(BaseModel):
    """One look or deed."""

    id: int
    at: datetime
    by: str
    verb: str
    kind: str
    ref: str
    reason: str | None


class AuditPage(BaseModel):
    """Newest first; `next` goes into `before`."""

    items: list[AuditRow]
    next: int | None


class Erase(BaseModel):
    """Why a customer's data are erased."""

    reason: str = Field(min_length=4, max_length=200)


class Kept(BaseModel):
    """A case the law makes us keep; `until` is null while it is open."""

    ticket: str
    until: datetime | None


class ErasedView(BaseModel):
    """What was erased and what stays."""

    conversations: int
    kept: list[Kept]


class Export(BaseModel):
    """Everything we hold about a customer, for the customer (PIPL art. 45)."""

    customer: dict[str, Any]
    conversations: list[dict[str, Any]]
    tickets: list[dict[str, Any]]
    consents: list[dict[str, Any]]
