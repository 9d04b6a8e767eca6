"""Promises: every dated sentence said to a customer (rule P2)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base


class Promise(Base):
    """Something we said we would do by a time. `unsent` until the sentence has really been stored for the customer."""

    __tablename__ = "promises"
    __table_args__ = (
        UniqueConstraint("conversation_id", "effect"),
        CheckConstraint("state in ('unsent','open','kept','broken','voided')", name="state_is_known"),
        CheckConstraint("state <> 'kept' or kept_at is not null", name="kept_has_its_time"),
        CheckConstraint("state <> 'broken' or broken_at is not null", name="broken_has_its_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    ticket: Mapped[str | None] = mapped_column(ForeignKey("tickets.number"), index=True)
    effect: Mapped[str]
    kind: Mapped[str]
    """first_answer, decision, update, call, recheck, spoken (by a colleague in the chat), other."""
    content: Mapped[str]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="unsent")
    turn_id: Mapped[str | None]
    kept_at: Mapped[datetime | None]
    """When it was done: before `due_at` it was met early; on a broken promise, when it was made good."""
    kept_by: Mapped[str | None]
    """Work number of the colleague who says so, or `system` when a deed on record kept it."""
    broken_at: Mapped[datetime | None]
    """A promise once broken stays broken, also when it was made good later: the customer waited."""
    apologised_at: Mapped[datetime | None]
    """When the customer was told that this was our fault (3-dialogue.md 3.7 no. 12); owed from `broken_at` on."""

    @property
    def early(self) -> bool:
        """Met before it was due."""
        return self.state == "kept" and self.kept_at is not None and self.kept_at < self.due_at
