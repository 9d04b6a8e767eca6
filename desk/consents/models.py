"""Consents and the wordings they were given to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base


class ConsentText(Base):
    """A wording that was put before customers. A changed wording is a new version; old ones stay (PIPL art. 14, 17)."""

    __tablename__ = "consent_texts"

    version: Mapped[str] = mapped_column(primary_key=True)
    """Purpose and digest of the wording."""
    purpose: Mapped[str]
    text: Mapped[str]
    first_used_at: Mapped[datetime]


class Consent(Base):
    """One answer. Withdrawing is always possible and takes nothing back that was lawful before (PIPL art. 15)."""

    __tablename__ = "consents"
    __table_args__ = (UniqueConstraint("conversation_id", "effect"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    ticket: Mapped[str | None] = mapped_column(ForeignKey("tickets.number"), index=True)
    effect: Mapped[str]
    purpose: Mapped[str]
    version: Mapped[str] = mapped_column(ForeignKey("consent_texts.version"))
    given: Mapped[bool]
    at: Mapped[datetime]
    seq: Mapped[int | None]
    """The customer's message that said so."""
    withdrawn_at: Mapped[datetime | None]
