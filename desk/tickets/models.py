"""Tickets: what was reported, what is known about it, and where it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from desk.db import Base
from desk.recusal.models import Exclusion

TYPES = {"TS": "投诉", "ZX": "咨询", "JY": "建议", "BY": "表扬", "HC": "核查"}
IDEAS = ("JY", "BY")
"""Nobody waits for progress of a suggestion or of praise, only for the answer."""
STATES = (
    "draft",
    "registered",
    "assigned",
    "investigating",
    "paused",
    "decided",
    "notified",
    "rechecked",
    "followed_up",
    "closed",
    "withdrawn",
    "merged",
    "declined",
    "reopened",
)


class Ticket(Base):
    """A case. Its clock starts at the first complaint message, not when the form is complete (SD011)."""

    __tablename__ = "tickets"
    __table_args__ = (
        CheckConstraint(f"type in {tuple(TYPES)}", name="type_is_known"),
        CheckConstraint(f"state in {STATES}", name="state_is_known"),
        CheckConstraint("priority in ('P0','P1','P2')", name="priority_is_known"),
        CheckConstraint("state = 'draft' or owner is not null", name="registered_means_owned"),
        CheckConstraint("(decision is null) = (decided_at is null)", name="decision_has_its_time"),
        CheckConstraint("state <> 'closed' or closing is not null", name="closed_means_proven"),
        UniqueConstraint("effect"),
    )

    number: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    priority: Mapped[str] = mapped_column(default="P2")
    version: Mapped[int] = mapped_column(default=1)
    """Grows with every step. The database compares it in every UPDATE, so of two who read the same version one fails."""
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    effect: Mapped[str]
    """What made it: one ticket for one cause, however often the making is tried again."""
    code_hash: Mapped[str | None]
    """Keyed hash of the look-up code; the code itself is told once and not kept here."""
    intent: Mapped[str | None]
    owner: Mapped[str | None]
    """Work number, or role, that is responsible now. Exactly one (SD034)."""
    handler_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    branch: Mapped[str | None]
    received_at: Mapped[datetime]
    registered_at: Mapped[datetime | None]
    registered_seq: Mapped[int | None]
    answer_due: Mapped[datetime | None]
    """The promised first answer: the last staffed moment within 24 wall-clock hours of receipt (SD068)."""
    decision_due: Mapped[datetime | None]
    """What receipt and `clock_events` give, stored by `desk.clocks.service.set_decision_due` and nothing else."""
    target_due: Mapped[datetime | None]
    """Internal: by when a second complaint is to be decided (`desk.clocks.target`). No customer is told of it."""
    next_update_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    notified_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closing: Mapped[str | None] = mapped_column(ForeignKey("closings.ticket", use_alter=True))
    """Its own number once everything that closing needs has been shown (`desk.closing`); the database wants it."""
    decision: Mapped[dict[str, Any] | None]
    remedy: Mapped[list[Any]] = mapped_column(default=list)
    excluded: Mapped[list[Exclusion]] = relationship(
        primaryjoin="and_(Ticket.number == Exclusion.ticket, Exclusion.lifted_at.is_(None))",
        order_by=Exclusion.id,
        lazy="selectin",
        viewonly=True,
    )
    """Who must not handle it, each with its reason; written through `desk.recusal.service` only."""
    contact_pref: Mapped[str | None]
    on_behalf: Mapped[dict[str, Any] | None]
    complexity: Mapped[str] = mapped_column(default="simple")
    """The grade of the regulatory clock; like `decision_due` a stored copy that only `desk.clocks.service` writes."""
    profile: Mapped[str | None]
    """Key of the policy profile whose clock holds; None is the bank's default (`data/policy/profiles.yml`)."""
    flags: Mapped[dict[str, Any]] = mapped_column(default=dict)
    summary: Mapped[str | None]
    chases: Mapped[int] = mapped_column(default=0)
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    """How often it has been taken in hand: one more with every reopening after a decision the customer did not accept."""

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}

    @property
    def case_number(self) -> str:
        """The number as it is told: from the second round on with a suffix (3-dialogue.md 3.11). `number` never changes."""
        return self.number if self.round == 1 else f"{self.number}-{self.round}"

    @property
    def exclusions(self) -> list[str]:
        """Work numbers and branches that must not handle it (令2020/3 art. 17), and names the customer wants kept off."""
        return [row.value for row in self.excluded if row.resolved or row.reason == "asked"]


@event.listens_for(Ticket, "init")
def _nobody_yet(_ticket: Ticket, _args: Any, fields: dict[str, Any]) -> None:
    # A new ticket has no rows to load; without this the first look would ask the database outside of an await.
    fields.setdefault("excluded", [])
    fields.setdefault("round", 1)


class TicketItem(Base):
    """One grievance. Several may stand in a ticket; none is dropped (SD010)."""

    __tablename__ = "ticket_items"
    __table_args__ = (UniqueConstraint("ticket", "effect"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), index=True)
    effect: Mapped[str]
    what: Mapped[str]
    intent: Mapped[str | None]
    cause_six: Mapped[int | None]
    cause_jrt: Mapped[list[str]] = mapped_column(default=list)
    amount: Mapped[dict[str, Any] | None]
    from_seq: Mapped[int | None]
    outcome: Mapped[str | None]
    """What was decided about this grievance; a decision leaves none out (SD010)."""
    answer: Mapped[str | None]


class TicketFact(Base):
    """One of the five questions and its companions, always traceable to the message it came from (rule F1)."""

    __tablename__ = "ticket_facts"
    __table_args__ = (
        UniqueConstraint("ticket", "key"),
        CheckConstraint("status in ('given','unknown','refused','inferred')", name="status_is_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), index=True)
    key: Mapped[str]
    value: Mapped[str | None]
    status: Mapped[str]
    certain: Mapped[bool] = mapped_column(default=True)
    resolved: Mapped[dict[str, Any] | None]
    from_seq: Mapped[int | None]


class TicketHistory(Base):
    """Every transition with actor, time and reason (rule P3). Never changed, never deleted."""

    __tablename__ = "ticket_history"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), index=True)
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    reason: Mapped[str]


class TicketOwner(Base):
    """Who was responsible, from when until when. One at a time, without a gap (SD034)."""

    __tablename__ = "ticket_owners"
    __table_args__ = (
        Index(
            "uq_ticket_owners_one_now",
            "ticket",
            unique=True,
            sqlite_where=text("until_at is null"),
            postgresql_where=text("until_at is null"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), index=True)
    owner: Mapped[str]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    by: Mapped[str]
    reason: Mapped[str]
    told_at: Mapped[datetime | None]
    """When the customer learnt of him, by role and work number: once for each owner (3-dialogue.md 3.8)."""


class TicketAddition(Base):
    """What came after registration: evidence, new facts, corrections, notes of colleagues."""

    __tablename__ = "ticket_additions"
    __table_args__ = (UniqueConstraint("ticket", "effect"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), index=True)
    effect: Mapped[str]
    kind: Mapped[str]
    text: Mapped[str]
    state: Mapped[str] = mapped_column(default="new")
    by: Mapped[str]
    at: Mapped[datetime]


class TicketLink(Base):
    """How two tickets belong together: review_of, second_of, merged_into, same_event."""

    __tablename__ = "ticket_links"
    __table_args__ = (UniqueConstraint("ticket", "kind", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), index=True)
    kind: Mapped[str]
    number: Mapped[str] = mapped_column(ForeignKey("tickets.number"))


class TicketCounter(Base):
    """The last number given out for a type on a day."""

    __tablename__ = "ticket_counters"

    day: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


class LookupTry(Base):
    """A failed look-up; too many in a while are refused."""

    __tablename__ = "lookup_tries"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    who: Mapped[str] = mapped_column(index=True)
    number: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]
