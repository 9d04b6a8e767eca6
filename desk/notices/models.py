"""Proof of every notice to a customer (令2020/3 art. 21)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base

ANSWERS = ("decision", "declined", "withdrawn", "review")
"""What the customer waits for, or has just asked for: told at any hour."""
UPDATES = (
    "merged", "reopened", "authorisation", "owner", "progress", "extended", "paused", "resumed", "restarted", "at_risk",
)  # fmt: skip
"""What we tell of our own accord: not during the quiet hours (3-dialogue.md 3.8)."""
KINDS = (*ANSWERS, *UPDATES)
BY_HAND = ("phone", "written", "sms", "email")
"""Ways in which a colleague tells a customer himself; what goes out through a conversation is sent by the house."""


class Notice(Base):
    """What was told, over which channel, when it left and whether it arrived.

    A message of a conversation is a saved electronic form: sent in time is told in time (art. 21). Its delivery is the
    outbox's, and written down here when it happens.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("ticket", "id"),
        CheckConstraint(f"kind in {KINDS}", name="kind_is_known"),
        CheckConstraint("result in ('waiting','sent','failed')", name="result_is_known"),
        CheckConstraint("result <> 'sent' or sent_at is not null", name="sent_has_its_time"),
        Index(
            "uq_notices_message",
            "message_id",
            unique=True,
            sqlite_where=text("message_id is not null"),
            postgresql_where=text("message_id is not null"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), index=True)
    kind: Mapped[str]
    channel: Mapped[str]
    message_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id"))
    parts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """verification, basis, remedies of a decision (art. 19), as worded to the customer."""
    content_hash: Mapped[str]
    """SHA-256 of the words as sent."""
    by: Mapped[str]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    note: Mapped[str | None]
