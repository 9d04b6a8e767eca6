"""The three changes 三变: each offer, answer and execution is a row (SD017)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base

KINDS = ("change_person", "change_place", "change_time")
RESULTS = ("calmed", "same", "worse", "no_show", "failed")


class Change(Base):
    """变人 another person, 变地 another place, 变时 another time (SD018–SD020)."""

    __tablename__ = "changes"
    __table_args__ = (
        UniqueConstraint("conversation_id", "effect"),
        CheckConstraint(f"kind in {KINDS}", name="kind_is_known"),
        CheckConstraint("answer in ('accepted','declined','pending','no_answer','not_needed')", name="answer_is_known"),
        CheckConstraint(
            "executed_at is null or answer in ('accepted','not_needed')", name="executed_only_with_consent"
        ),
        CheckConstraint(
            "kind <> 'change_place' or executed_at is null or consent_text_version is not null",
            name="place_only_with_consent_text",
        ),
        CheckConstraint("initiated_by in ('customer','system','agent')", name="initiator_is_known"),
        CheckConstraint(f"result is null or result in {RESULTS}", name="result_is_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    ticket: Mapped[str | None] = mapped_column(ForeignKey("tickets.number"), index=True)
    effect: Mapped[str]
    kind: Mapped[str]
    trigger_rows: Mapped[list[int]] = mapped_column(default=list)
    initiated_by: Mapped[str]
    offered: Mapped[list[str]] = mapped_column(default=list)
    offered_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="pending")
    answered_at: Mapped[datetime | None]
    executed_at: Mapped[datetime | None]
    target: Mapped[str | None]
    """Whom or where to: a role, a work number, a place."""
    source: Mapped[str | None]
    start: Mapped[datetime | None]
    end: Mapped[datetime | None]
    mood_before: Mapped[int | None]
    mood_after: Mapped[int | None]
    result: Mapped[str | None]
    consent_text_version: Mapped[str | None]
    """Which wording the customer said yes to; a change of place is never carried out without one (3.6)."""
    note: Mapped[str | None]
    """Why it went as it did, in words for colleagues; redacted."""
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
