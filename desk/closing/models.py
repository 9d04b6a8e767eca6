"""What must be there before a ticket is closed: recheck, feedback, follow-up – and the row that says it all was."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base

FOLLOWED_UP = ("answered", "declined", "unreachable", "exempt")


class Recheck(Base):
    """复核: somebody who did not handle it looks whether it was done right."""

    __tablename__ = "rechecks"
    __table_args__ = (
        UniqueConstraint("ticket", "id"),
        CheckConstraint("result in ('passed','returned')", name="result_is_known"),
        CheckConstraint('"by" <> handler', name="not_by_the_handler"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), index=True)
    handler: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    result: Mapped[str]
    note: Mapped[str]


class Feedback(Base):
    """What the responsible department was told, or why there is nothing to tell it (SD073, no-miss 4)."""

    __tablename__ = "feedbacks"
    __table_args__ = (
        UniqueConstraint("ticket", "id"),
        CheckConstraint(
            "(department is not null and text is not null and none_because is null)"
            " or (department is null and text is null and none_because is not null)",
            name="told_or_a_reason_why_not",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), index=True)
    department: Mapped[str | None]
    text: Mapped[str | None]
    none_because: Mapped[str | None]
    by: Mapped[str]
    at: Mapped[datetime]


class FollowUp(Base):
    """One attempt of a colleague to ask the customer how it went; what the bot asks is a survey."""

    __tablename__ = "follow_ups"
    __table_args__ = (CheckConstraint("result in ('answered','declined','unreachable')", name="result_is_known"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), index=True)
    result: Mapped[str]
    note: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


class Closing(Base):
    """Everything that closing needs, by reference. A ticket in state closed must point here (SD036).

    The pairs of ticket and id are foreign keys, so that one ticket's proof can never stand for another's.
    """

    __tablename__ = "closings"
    __table_args__ = (
        ForeignKeyConstraint(["ticket", "notice_id"], ["notices.ticket", "notices.id"], name="fk_closings_notice"),
        ForeignKeyConstraint(["ticket", "recheck_id"], ["rechecks.ticket", "rechecks.id"], name="fk_closings_recheck"),
        ForeignKeyConstraint(
            ["ticket", "feedback_id"], ["feedbacks.ticket", "feedbacks.id"], name="fk_closings_feedback"
        ),
        CheckConstraint(f"follow_up in {FOLLOWED_UP}", name="follow_up_is_known"),
    )

    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), primary_key=True)
    owner: Mapped[str]
    notice_id: Mapped[int]
    recheck_id: Mapped[int]
    feedback_id: Mapped[int]
    follow_up: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
