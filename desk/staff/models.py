"""The people at the desk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base, new_id

ROLES = ("agent", "supervisor", "branch", "compliance", "duty", "fraud", "quality")
ROLE_NAMES = {
    "agent": "客服专员",
    "supervisor": "主管",
    "branch": "网点同事",
    "compliance": "合规同事",
    "duty": "值班主管",
    "fraud": "反诈专员",
    "quality": "质检同事",
}
"""As customers read them."""
DUTIES = ("on", "off", "work")
LANGUAGES = ("zh-Hans", "zh-Hant", "yue")
"""What colleagues read and speak: 简体, 繁體, 粤语."""


class Staff(Base):
    """A colleague. `on_duty` is `on`, `off`, or `work` (during service hours of working days)."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint(f"role in {ROLES}", name="role_is_known"),
        CheckConstraint("on_duty in ('on','off','work')", name="on_duty_is_known"),
        CheckConstraint("reports_to is null or reports_to <> work_no", name="not_their_own_boss"),
        CheckConstraint("max_chats >= 0 and max_tickets >= 0", name="capacity_is_counted"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    work_no: Mapped[str] = mapped_column(unique=True)
    user: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    title: Mapped[str | None]
    branch: Mapped[str | None] = mapped_column(ForeignKey("branches.name"), index=True)
    reports_to: Mapped[str | None] = mapped_column(ForeignKey("staff.work_no"), index=True)
    """The boss's work number: whoever reports to somebody complained about is kept off the case too."""
    skills: Mapped[list[str]] = mapped_column(default=list)
    """What somebody is trained for: a role's work, `care` (row 14), `rm` (customers of a tier), `head` of the unit."""
    languages: Mapped[list[str]] = mapped_column(default=lambda: ["zh-Hans"])
    max_chats: Mapped[int] = mapped_column(default=5)
    """Conversations at a time; nobody is proposed for more, though he may take them."""
    max_tickets: Mapped[int] = mapped_column(default=50)
    on_duty: Mapped[str] = mapped_column(default="work")
    password_hash: Mapped[str | None]
    otp_secret: Mapped[str | None]
    """Sealed; set when this colleague uses one-time codes."""
    active: Mapped[bool] = mapped_column(default=True)


class StaffSession(Base):
    """A signed-in browser. Only a hash of its cookie is kept."""

    __tablename__ = "staff_sessions"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    csrf_hash: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
