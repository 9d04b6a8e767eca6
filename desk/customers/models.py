"""Who writes to us: a channel identity, and the customer of the bank behind it once he has signed in there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base, new_id
from desk.privacy.keyring import keyring

TIERS = ("GENERAL", "BRANCH_KEY", "HQ_KEY")


class BankCustomer(Base):
    """A person as the bank's own records know him. Several channel identities may be his."""

    __tablename__ = "bank_customers"
    __table_args__ = (CheckConstraint("tier in ('GENERAL','BRANCH_KEY','HQ_KEY')", name="tier_is_known"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    ref_index: Mapped[str] = mapped_column(unique=True)
    """Blind index of the bank's customer number: to find it without storing it."""
    sealed_ref: Mapped[str]
    sealed_name: Mapped[str | None]
    tier: Mapped[str] = mapped_column(default="GENERAL")
    value_tier: Mapped[str | None]
    manager: Mapped[str | None] = mapped_column(ForeignKey("staff.work_no"))
    created_at: Mapped[datetime]

    @property
    def ref(self) -> str:
        """The bank's customer number (客户号)."""
        return keyring().open_(self.sealed_ref, f"bank_customers.ref:{self.id}")

    @ref.setter
    def ref(self, ref: str) -> None:
        self.id = self.id or new_id()
        self.ref_index, self.sealed_ref = index_of(ref), keyring().seal(ref, f"bank_customers.ref:{self.id}")

    @property
    def name(self) -> str | None:
        """Sealed like an identity's name, for this row only."""
        return None if self.sealed_name is None else keyring().open_(self.sealed_name, f"bank_customers.name:{self.id}")

    @name.setter
    def name(self, name: str | None) -> None:
        self.id = self.id or new_id()
        self.sealed_name = None if name is None else keyring().seal(name, f"bank_customers.name:{self.id}")


def index_of(ref: str) -> str:
    """Where a customer number is found."""
    return keyring().blind_index(ref, "customer-ref")


class LinkUse(Base):
    """A sign-in token that has been used; kept until it would be refused for its age anyway."""

    __tablename__ = "link_uses"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]


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
    """From the bank's CRM, never from what is claimed in chat (SD067). Changes service speed, never rights.

    Tier, value tier, manager and name are the bank customer's (`as_the_bank_knows`), copied when either changes: figures
    keep the tier when the person has been erased.
    """
    value_tier: Mapped[str | None]
    manager: Mapped[str | None] = mapped_column(ForeignKey("staff.work_no"))
    """Work number of the relationship manager (3.5 row 15), from the bank's CRM."""
    sealed_name: Mapped[str | None]
    verified: Mapped[bool] = mapped_column(default=False)
    bank_customer: Mapped[str | None] = mapped_column(ForeignKey("bank_customers.id"), index=True)
    """Whose identity this is; set by a signed link after the bank's own sign-in and by nothing else."""
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
