"""Signing in at the desk: argon2, server-side sessions, only hashes of cookies kept."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from pwdlib import PasswordHash
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.branches.service import ensure_branch
from desk.conversations.service import hash_token
from desk.errors import NotFound, SignInNeeded
from desk.privacy.keyring import keyring
from desk.staff.models import Staff, StaffSession

SESSION_HOURS = 12
_hasher = PasswordHash.recommended()
# Checked when the user is unknown, so that a stranger cannot tell by the time taken whether a name exists.
_NOBODY = _hasher.hash(secrets.token_hex(16))


class OtpNeeded(SignInNeeded):
    """The password is right; the one-time code is wrong or missing, and the page should ask for it."""

    code = "otp_needed"


@dataclass(frozen=True)
class SignedIn:
    """A fresh session: cookie value and CSRF token, both told once."""

    staff: Staff
    token: str
    csrf: str


def hash_password(password: str) -> str:
    """Slow on purpose; call it off the event loop."""
    return _hasher.hash(password)


def verify_password(password: str, hashed: str | None) -> bool:
    """Takes as long for an unknown user as for a known one; call it off the event loop."""
    good = _hasher.verify(password, hashed or _NOBODY)
    return good and hashed is not None


async def find_user(session: AsyncSession, user: str) -> Staff | None:
    """The active colleague with this sign-in name."""
    return await session.scalar(select(Staff).where(Staff.user == user, Staff.active.is_(True)))


def check_otp(staff: Staff, otp: str | None) -> None:
    """Raise SignInNeeded when the colleague uses one-time codes and this is not the present one."""
    if staff.otp_secret is None:
        return
    secret = keyring().open_(staff.otp_secret, aad=f"otp:{staff.work_no}")
    if not otp or not pyotp.TOTP(secret).verify(otp, valid_window=1):
        raise OtpNeeded("动态码不对或已过期。")


async def begin_session(session: AsyncSession, staff: Staff, now: datetime) -> SignedIn:
    """A new signed-in browser."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    session.add(
        StaffSession(
            token_hash=hash_token(token),
            staff_id=staff.id,
            csrf_hash=hash_token(csrf),
            created_at=now,
            expires_at=now + timedelta(hours=SESSION_HOURS),
        )
    )
    await session.flush()
    return SignedIn(staff, token, csrf)


async def staff_of_session(session: AsyncSession, token: str | None, now: datetime) -> tuple[Staff, StaffSession]:
    """Who is signed in with this cookie; raises SignInNeeded."""
    row = await session.get(StaffSession, hash_token(token)) if token else None
    staff = await session.get(Staff, row.staff_id) if row and row.expires_at > now else None
    if row is None or staff is None or not staff.active:
        raise SignInNeeded("请先登录。")
    return staff, row


async def end_session(session: AsyncSession, token: str) -> None:
    """Sign out."""
    await session.execute(delete(StaffSession).where(StaffSession.token_hash == hash_token(token)))


async def by_work_no(session: AsyncSession, work_no: str) -> Staff:
    """The colleague, or NotFound."""
    staff = await session.scalar(select(Staff).where(Staff.work_no == work_no))
    if staff is None:
        raise NotFound(f"没有工号{work_no}。")
    return staff


async def add_staff(session: AsyncSession, **fields: object) -> Staff:
    """A new colleague, at a branch that is listed with him when nobody has listed it."""
    if fields.get("branch"):
        await ensure_branch(session, str(fields["branch"]))
    staff = Staff(**{"skills": [], "languages": ["zh-Hans"], "on_duty": "work", "active": True, **fields})
    session.add(staff)
    await session.flush()
    return staff
