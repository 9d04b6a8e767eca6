"""Waiting for a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base


class QueueEntry(Base):
    """One wait of one conversation; a conversation waits at most once at a time."""

    __tablename__ = "queue_entries"
    __table_args__ = (
        CheckConstraint("priority in ('P0','P1','P2')", name="priority_is_known"),
        Index(
            "uq_queue_entries_one_open",
            "conversation_id",
            unique=True,
            sqlite_where=text("left_at is null"),
            postgresql_where=text("left_at is null"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    ticket: Mapped[str | None] = mapped_column(ForeignKey("tickets.number"))
    reason: Mapped[str]
    priority: Mapped[str]
    skill: Mapped[str]
    """The role or skill that should take it: agent, supervisor, fraud, duty, care, rm, head."""
    branch: Mapped[str | None] = mapped_column(ForeignKey("branches.name"))
    """The upper branch whose people should take it, when everybody nearer is excluded."""
    proposed: Mapped[str | None]
    """Work number of the colleague who fits best; anybody who fits and is not excluded may take it."""
    raised_from: Mapped[str | None]
    """The skill it was meant for before it went one level up because everybody there is excluded."""
    packet: Mapped[dict[str, Any]] = mapped_column(default=dict)
    entered_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[str | None]
    left_at: Mapped[datetime | None]
