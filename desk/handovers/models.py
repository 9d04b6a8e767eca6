"""Handing a ticket over: offered, then accepted or refused (SD034)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base


class HandOver(Base):
    """One offer of a ticket to a colleague or role. Until it is accepted its owner stays responsible."""

    __tablename__ = "hand_overs"
    __table_args__ = (
        CheckConstraint("state in ('offered','accepted','refused','void')", name="state_is_known"),
        CheckConstraint("(state = 'offered') = (answered_at is null)", name="answered_has_its_time"),
        Index(
            "uq_hand_overs_one_open",
            "ticket",
            unique=True,
            sqlite_where=text("state = 'offered'"),
            postgresql_where=text("state = 'offered'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), index=True)
    source: Mapped[str]
    target: Mapped[str]
    """A work number, or a role of which anybody may accept."""
    note: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="offered")
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
    reason: Mapped[str | None]
