"""Appointments made by change_time and change_place. They never move a deadline."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base

RESULTS = ("reached", "no_answer", "wrong_number")


class Appointment(Base):
    """A call, visit or video at a time the customer picked (SD020, SD078)."""

    __tablename__ = "appointments"
    __table_args__ = (
        UniqueConstraint("conversation_id", "effect"),
        CheckConstraint("kind in ('call','visit','video')", name="kind_is_known"),
        CheckConstraint(
            "state in ('offered','booked','kept','missed_by_customer','missed_by_us','cancelled')",
            name="state_is_known",
        ),
        CheckConstraint('start < "end"', name="ends_after_it_starts"),
        CheckConstraint("place <> 'branch_room' or branch is not null", name="a_room_is_somewhere"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    ticket: Mapped[str | None] = mapped_column(ForeignKey("tickets.number"), index=True)
    effect: Mapped[str]
    kind: Mapped[str] = mapped_column(default="call")
    start: Mapped[datetime]
    end: Mapped[datetime]
    place: Mapped[str | None]
    """phone, private_chat, video, branch_room or home_visit."""
    branch: Mapped[str | None] = mapped_column(ForeignKey("branches.name"))
    state: Mapped[str] = mapped_column(default="booked")
    with_staff: Mapped[str | None] = mapped_column(ForeignKey("staff.work_no"))
    """The colleague whose time is taken; None when the unit as a whole keeps it."""
    own_wish: Mapped[bool] = mapped_column(default=False)
    """Later than the promised 24-hour answer, because the customer wants it so (3.6)."""


class SlotBooking(Base):
    """One cell of time of one colleague or one room. The key is what makes a double booking impossible."""

    __tablename__ = "slot_bookings"

    resource: Mapped[str] = mapped_column(primary_key=True)
    """`staff:0101`, `room:城北支行:1`, or a line of the unit, `unit:1`."""
    cell: Mapped[datetime] = mapped_column(primary_key=True)
    """Where a stretch of CELL begins (`desk.appointments.slots`)."""
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id"), index=True)


class Attempt(Base):
    """One try to reach the customer at the time agreed. Never changed, never deleted."""

    __tablename__ = "attempts"
    __table_args__ = (CheckConstraint(f"result in {RESULTS}", name="result_is_known"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    """Work number."""
    result: Mapped[str]
