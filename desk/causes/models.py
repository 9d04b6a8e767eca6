"""溯源整改: why it happened, what is changed, and whether it came back (令2020/3 art. 9, 26)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base


class RootCause(Base):
    """The confirmed cause of a ticket: one of the six, and its JR/T key. The newest row of a ticket counts."""

    __tablename__ = "root_causes"
    __table_args__ = (CheckConstraint("cause_six between 1 and 6", name="cause_is_one_of_six"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), index=True)
    cause_six: Mapped[int]
    cause_jrt: Mapped[str]
    department: Mapped[str]
    text: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


class Rectification(Base):
    """What is changed so that it does not happen again."""

    __tablename__ = "rectifications"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), index=True)
    cause_id: Mapped[int] = mapped_column(ForeignKey("root_causes.id"))
    measure: Mapped[str]
    responsible: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


class CauseLook(Base):
    """A look some days after a rectification: has the same cause come back?"""

    __tablename__ = "cause_looks"
    __table_args__ = (
        UniqueConstraint("rectification_id", "days"),
        CheckConstraint("(looked_at is null) = (result is null)", name="looked_has_a_result"),
        CheckConstraint("result in ('came_back','not_back')", name="result_is_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    rectification_id: Mapped[int] = mapped_column(ForeignKey("rectifications.id"), index=True)
    days: Mapped[int]
    due_at: Mapped[datetime]
    looked_at: Mapped[datetime | None]
    result: Mapped[str | None]
    tickets: Mapped[list[str]] = mapped_column(default=list)
    """The complaints in which it came back."""
