"""Due work: what must happen at a time, whoever is running then."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, and_
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base


class DueWork(Base):
    """A row that fires once: claimed under a lease, done in the same transaction as its effect."""

    __tablename__ = "due_work"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String().with_variant(String(collation="C"), "postgresql"), unique=True)
    """Names the effect (`survey:TS…`), so that planning it twice plans it once. Sorted by its bytes, so that what begins
    alike stands together in the index."""
    kind: Mapped[str]
    due_at: Mapped[datetime]
    to: Mapped[str]
    """customer, or the role to be told."""
    ticket: Mapped[str | None]
    conversation_id: Mapped[str | None] = mapped_column(index=True)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    cancelled: Mapped[bool] = mapped_column(default=False)


OPEN = and_(DueWork.done_at.is_(None), DueWork.cancelled.is_(False))
"""Still to be done."""
# Only of what is open, else every look at what comes next would wade through all that was ever cancelled.
Index("ix_due_work_open", DueWork.due_at, DueWork.id, sqlite_where=OPEN, postgresql_where=OPEN)
