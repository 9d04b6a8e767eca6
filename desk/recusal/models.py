"""Recusal 回避 (令2020/3 art. 17): who must not handle a case, and why."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base

REASONS = {
    "named": "被投诉人",
    "report": "被投诉人的下属",
    "branch": "被投诉网点",
    "previous": "前次经办",
    "asked": "客户要求回避",
    "decided": "作出原决定的人",
    "supervisor": "主管指定",
}
"""Why somebody is kept off, as a colleague reads it."""


class Exclusion(Base):
    """One colleague or branch kept off one case. A branch stands for everybody who belongs to it.

    `resolved` is False where nobody could tell which colleague is meant (a window, a name two people bear): it binds nobody
    and waits for a supervisor. The rows that bind are enforced by triggers as well (`desk.recusal.triggers`).
    """

    __tablename__ = "exclusions"
    __table_args__ = (
        CheckConstraint("kind in ('staff','branch')", name="kind_is_known"),
        CheckConstraint(f"reason in {tuple(REASONS)}", name="reason_is_known"),
        Index(
            "uq_exclusions_one_standing",
            "ticket",
            "kind",
            "value",
            unique=True,
            sqlite_where=text("lifted_at is null"),
            postgresql_where=text("lifted_at is null"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), index=True)
    kind: Mapped[str]
    value: Mapped[str]
    """A work number or a branch's name; the customer's own words while unresolved."""
    resolved: Mapped[bool] = mapped_column(default=True)
    reason: Mapped[str]
    source_message: Mapped[str | None] = mapped_column(ForeignKey("messages.id"))
    """The message it comes from, where a customer's word is the source."""
    by: Mapped[str]
    at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    """When a supervisor took it back or told who is meant; the row stays as evidence."""
