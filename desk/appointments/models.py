"""Appointments made by change_time and change_place. They never move a deadline."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base


class Appointment(Base):
    """A call, visit or video at a time the customer picked (SD020, SD078)."""

    __tablename__ = "appointments"
    __table_args__ = (
        UniqueConstraint("conversation_id", "effect"),
        CheckConstraint("kind in ('call','visit','video')", name="kind_is_known"),
        CheckConstraint(
            "state in ('offered','booked','kept','missed_by_customer','missed_by_us','cancelled')",
            name="state_is_known",
        ),
        CheckConstraint('start < "end"', name="ends_after_it_starts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    ticket: Mapped[str | None] = mapped_column(ForeignKey("tickets.number"), index=True)
    effect: Mapped[str]
    kind: Mapped[str] = mapped_column(default="call")
    start: Mapped[datetime]
    end: Mapped[datetime]
    place: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="booked")
