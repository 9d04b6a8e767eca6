"""The audit trail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base


class AuditEntry(Base):
    """One look or one deed. The database refuses to change or delete it (triggers in the migration)."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_kind_ref", "kind", "ref"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(index=True)
    """Work number, or `system`."""
    verb: Mapped[str]
    """`view`, `reveal`, or the deed: take, decide, erase …"""
    kind: Mapped[str]
    """conversation, ticket, customer …"""
    ref: Mapped[str]
    """Id or number of the thing; never what it says."""
    reason: Mapped[str | None]
