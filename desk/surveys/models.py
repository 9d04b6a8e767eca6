"""What the customer says after the decision (3-dialogue.md 3.11)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, false
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base


class Survey(Base):
    """One follow-up of one decision. Satisfied means perception ≥ expectation and not unsolved (SD047, SD048)."""

    __tablename__ = "surveys"
    __table_args__ = (
        CheckConstraint("state in ('due','asking','answered','declined','stopped')", name="state_is_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), unique=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    state: Mapped[str] = mapped_column(default="due")
    item: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Scores and choices by item; None for an item left out after it had been asked twice."""
    short: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Asks only whether it was solved, and how it was perceived."""
    reason: Mapped[str | None]
    """Why the customer is dissatisfied, in his words; `cause_six` is which of the six causes that is."""
    cause_six: Mapped[int | None]
    comment: Mapped[str | None]
    index: Mapped[float | None]
    satisfied: Mapped[bool | None]
    history: Mapped[list[Any]] = mapped_column(default=list)
