"""Branches 网点: where complaints happen, where colleagues belong, and where a quiet room can be had."""

from __future__ import annotations

from datetime import time

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base

LEVELS = ("hq", "branch", "sub_branch")


class Branch(Base):
    """One node of the bank's tree: 总行, 分行, 支行. Its name is what customers say and what recusal speaks of."""

    __tablename__ = "branches"
    __table_args__ = (
        CheckConstraint(f"level in {LEVELS}", name="level_is_known"),
        CheckConstraint("level <> 'hq' or parent is null", name="nothing_is_above_hq"),
        CheckConstraint("parent is null or parent <> name", name="not_its_own_parent"),
        CheckConstraint("rooms >= 0", name="rooms_are_counted"),
        CheckConstraint(
            "(opens is null) = (closes is null) and (opens is null or opens < closes)", name="closes_later"
        ),
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(default="sub_branch")
    parent: Mapped[str | None] = mapped_column(ForeignKey("branches.name"), index=True)
    opens: Mapped[time | None]
    closes: Mapped[time | None]
    """Opening hours, Asia/Shanghai; without them the desk's own hours count."""
    rooms: Mapped[int] = mapped_column(default=0)
    """Quiet rooms for talks (变地)."""
    accessible: Mapped[bool] = mapped_column(default=False)
    """Reachable without steps."""
    address: Mapped[str | None]
    sample: Mapped[bool] = mapped_column(default=False)
    """Invented for the demonstration; an import of real branches leaves it alone, and it is marked wherever it shows."""
