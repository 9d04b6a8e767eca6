"""The wire format of both clocks and the calendar."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field


class Extend(BaseModel):
    """More time: to which grade, or to how many natural days in all; `approver` is a work number or role."""

    version: int
    reason: str = Field(max_length=500)
    complexity: str | None = Field(default=None, max_length=32)
    days: int | None = Field(default=None, ge=-(10**6), le=10**6)
    approver: str | None = Field(default=None, max_length=32)


class Approve(BaseModel):
    """The upper level's answer to a request for more time."""

    version: int
    approve: bool = True
    reason: str = Field(default="", max_length=500)


class Pause(BaseModel):
    """Why the clock stops, and who has agreed to it."""

    version: int
    why: Literal["external_appraisal", "mediation"]
    reason: str = Field(max_length=500)
    agreed: list[Literal["customer", "bank"]] = Field(default_factory=list, max_length=2)


class Resume(BaseModel):
    """The clock goes on."""

    version: int
    reason: str = Field(default="", max_length=500)


class Restart(BaseModel):
    """What is new, and when it came (now, when left out)."""

    version: int
    facts: str = Field(max_length=1000)
    received_at: AwareDatetime | None = None


class ExtensionView(BaseModel):
    """More time, asked for or given."""

    grade: str
    days: int
    reason: str
    state: Literal["requested", "approved", "refused", "voided", "granted"]
    asked_by: str
    asked_at: datetime
    approver: str | None
    answered_by: str | None
    answered_at: datetime | None
    answer: str | None


class RegulatoryView(BaseModel):
    """The clock of the law. While it is paused, `due` moves on by the paused days when it is resumed."""

    profile: str
    name: str
    due: datetime
    grade: str
    counted_from: datetime
    paused_since: datetime | None
    paused_why: str | None
    paused_days: int
    extensions: list[ExtensionView]


class ServiceView(BaseModel):
    """The clock of service. `calendar_known` is false where the holidays of its year have not been entered."""

    answer_due: datetime
    next_update_at: datetime | None
    calendar_known: bool


class ClocksView(BaseModel):
    """Both clocks of a registered ticket."""

    regulatory: RegulatoryView
    service: ServiceView | None


class Day(BaseModel):
    """How a day counts and who says so. `known` is false where the year has not been entered."""

    day: date
    kind: Literal["holiday", "workday", "ordinary"]
    staffed: bool
    known: bool
    note: str | None
    source: str
    as_of: date


class Year(BaseModel):
    """The days of a year that differ from their weekday."""

    year: int
    known: bool
    warning: str | None
    days: list[Day]


class PutDay(BaseModel):
    """A holiday or a 调休 working day, with where it is written."""

    kind: Literal["holiday", "workday"]
    note: str | None = Field(default=None, max_length=100)
    source: str = Field(min_length=1, max_length=200)
