"""Who writes to us, as far as a channel can tell."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base, new_id
from desk.privacy.keyring import keyring


class Customer(Base):
    """A channel identity. It identifies, it never authenticates (3-dialogue.md 3.10)."""

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("channel", "external_id"),
        CheckConstraint("tier in ('GENERAL','BRANCH_KEY','HQ_KEY')", name="tier_is_known"),
        CheckConstraint("locale in ('zh-CN','zh-HK','zh-TW')", name="locale_is_known"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    channel: Mapped[str]
    external_id: Mapped[str]
    locale: Mapped[str] = mapped_column(default="zh-CN")
    tier: Mapped[str] = mapped_column(default="GENERAL")
    """From the bank's CRM, never from what is claimed in chat (SD067). Changes service speed, never rights."""
    value_tier: Mapped[str | None]
    sealed_name: Mapped[str | None]
    verified: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    @property
    def name(self) -> str | None:
        """Who it is, as the bank knows it. Sealed in the database, for this customer's row only."""
        return None if self.sealed_name is None else keyring().open_(self.sealed_name, f"customers.name:{self.id}")

    @name.setter
    def name(self, name: str | None) -> None:
        # The seal is bound to the row, so the row needs its id now and not at the flush.
        self.id = self.id or new_id()
        self.sealed_name = None if name is None else keyring().seal(name, f"customers.name:{self.id}")
