"""What the clocks are made of: recorded events, requests for more time, and the days on which nobody is there."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base

EVENTS = ("extended", "paused", "resumed", "restarted")
DAYS = ("holiday", "workday", "ordinary")


class ClockEvent(Base):
    """Something that lawfully moves a decision's date (令2020/3 art. 18, 23). Triggers see to it that
    none is changed or deleted; only the words of `reason` go when their time is over."""

    __tablename__ = "clock_events"
    __table_args__ = (
        CheckConstraint(f"kind in {EVENTS}", name="kind_is_known"),
        CheckConstraint("(kind = 'extended') = (grade is not null)", name="an_extension_has_its_grade"),
        CheckConstraint("kind not in ('extended','paused') or notice is not null", name="the_customer_was_told"),
        CheckConstraint("kind in ('extended','resumed') or why is not null", name="it_has_its_ground"),
        CheckConstraint('approved_by is null or approved_by <> "by"', name="nobody_approves_his_own"),
        CheckConstraint("at <= recorded_at", name="it_has_happened"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), index=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    """When it counts from: new facts count from the day they were received, not from when somebody marked them."""
    recorded_at: Mapped[datetime]
    by: Mapped[str]
    why: Mapped[str | None]
    """external_appraisal or mediation of a pause; new_facts or complained_again of a restart."""
    grade: Mapped[str | None]
    reason: Mapped[str]
    approved_by: Mapped[str | None]
    notice: Mapped[str | None]
    """The message that told the customer."""
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Extension(Base):
    """A request for more time that the upper level has to approve. At most one waits on a ticket."""

    __tablename__ = "clock_extensions"
    __table_args__ = (
        CheckConstraint("state in ('requested','approved','refused','voided')", name="state_is_known"),
        CheckConstraint("(state = 'requested') = (answered_at is null)", name="answered_has_its_time"),
        CheckConstraint("answered_by is null or answered_by <> requested_by", name="nobody_approves_his_own"),
        Index(
            "one_request_waits",
            "ticket",
            unique=True,
            sqlite_where=text("state = 'requested'"),
            postgresql_where=text("state = 'requested'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), index=True)
    grade: Mapped[str]
    reason: Mapped[str]
    requested_by: Mapped[str]
    requested_at: Mapped[datetime]
    approver: Mapped[str]
    """Who is asked: a work number or a role."""
    state: Mapped[str] = mapped_column(default="requested")
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None]


class CalendarDay(Base):
    """A day as the desk has entered it, before whatever the shipped calendar says. `ordinary` follows its weekday."""

    __tablename__ = "calendar_days"
    __table_args__ = (CheckConstraint(f"kind in {DAYS}", name="kind_is_known"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str]
    note: Mapped[str | None]
    source: Mapped[str]
    as_of: Mapped[date]
    by: Mapped[str]
