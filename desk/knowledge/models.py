"""The knowledge table. Its search index is no mapped table: see `index.py`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Connection, Table, event
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base, new_id
from desk.knowledge import index

ORIGINS = ("folder", "desk")


class KnowledgeEntry(Base):
    """An answer in force. What the desk wrote is never overwritten by the files under `data/knowledge`."""

    __tablename__ = "knowledge_entries"
    __table_args__ = (
        CheckConstraint("sample or source is not null", name="answer_is_sample_or_has_source"),
        CheckConstraint(f"origin in {ORIGINS}", name="origin_is_known"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(unique=True)
    intent: Mapped[str] = mapped_column(index=True)
    topic: Mapped[str] = mapped_column(index=True)
    products: Mapped[list[str]] = mapped_column(default=list)
    questions: Mapped[list[str]] = mapped_column(default=list)
    answer: Mapped[str]
    as_of: Mapped[date]
    source: Mapped[str | None]
    sample: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    follow_ups: Mapped[list[str]] = mapped_column(default=list)
    origin: Mapped[str] = mapped_column(default="desk")
    """`folder`: read from data/knowledge and follows it; `desk`: written or changed at run time."""
    updated_at: Mapped[datetime]


# Tests make tables from the metadata, migrations do not; both need the index.
@event.listens_for(KnowledgeEntry.__table__, "after_create")
def _create_index(_table: Table, connection: Connection, **_: Any) -> None:
    index.create_index(connection)


@event.listens_for(KnowledgeEntry.__table__, "before_drop")
def _drop_index(_table: Table, connection: Connection, **_: Any) -> None:
    index.drop_index(connection)
