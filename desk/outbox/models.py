"""What has to leave the house: delivered at least once, each with an idempotency key."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base


class Outgoing(Base):
    """One delivery to one channel. Web messages are fetched, so theirs is a hint; others are pushes."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("state in ('waiting','sent','failed')", name="state_is_known"),
        Index("ix_outbox_state_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(unique=True)
    channel: Mapped[str]
    kind: Mapped[str]
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    message_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id"))
    text: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    """Until then one worker is sending it; afterwards that worker counts as dead and another may try."""
    token: Mapped[int] = mapped_column(default=0)
    """Fencing: grows with every lease. Only the holder of the newest one may say how it ended."""
    sent_at: Mapped[datetime | None]
