"""Alarms for people: a promise about to break, danger, a threat, dissatisfaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base

KINDS = (
    "urgent",
    "threat",
    "major",
    "promise_broken",
    "chase",
    "dissatisfied",
    "compliance",
    "privacy",
    "security",
    "duty",
)


class Alert(Base):
    """Somebody has to look at this."""

    __tablename__ = "alerts"
    __table_args__ = (CheckConstraint(f"kind in {KINDS}", name="kind_is_known"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    to: Mapped[str]
    at: Mapped[datetime]
    ticket: Mapped[str | None]
    conversation_id: Mapped[str | None]
    seen_at: Mapped[datetime | None]
