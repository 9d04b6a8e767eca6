"""What the daily look found."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base

STATES = ("open", "registered", "not_a_complaint", "unreachable")


class OmissionCheck(Base):
    """A conversation that sounds like a complaint and has no case. Closed only by a colleague who signs for it."""

    __tablename__ = "omission_checks"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        CheckConstraint(f"state in {STATES}", name="state_is_known"),
        CheckConstraint("(state = 'open') = (by is null)", name="judged_means_signed"),
        CheckConstraint("state in ('open', 'registered') or reason is not null", name="dropped_means_reasoned"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    seq: Mapped[int]
    """The message that sounded like a complaint."""
    found_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="open")
    ticket: Mapped[str | None] = mapped_column(ForeignKey("tickets.number"))
    by: Mapped[str | None]
    judged_at: Mapped[datetime | None]
    reason: Mapped[str | None]
