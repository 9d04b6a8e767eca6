"""Demo colleagues, with passwords made at the first start and never the same twice."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from sqlalchemy import func, select

from desk.branches.importing import import_branches
from desk.db import Database
from desk.settings import settings
from desk.staff.models import Staff
from desk.staff.service import add_staff, hash_password

# Work number, user, name, role, title, skills, languages, boss. Names are invented; the bank is fictional.
ROSTER: tuple[tuple[str, str, str, str, str, list[str], list[str], str | None], ...] = (
    ("0213", "supervisor", "示例主管", "supervisor", "投诉中心主管", ["head"], ["zh-Hans", "zh-Hant"], None),
    ("0101", "agent", "示例坐席", "agent", "客服专员", ["care"], ["zh-Hans"], "0213"),
    ("0102", "agent2", "示例坐席二", "agent", "客服专员", ["rm"], ["zh-Hans", "zh-Hant", "yue"], "0213"),
    ("0091", "fraud", "示例反诈专员", "fraud", "反诈专员", [], ["zh-Hans"], None),
    ("0001", "duty", "示例值班", "duty", "值班主管", [], ["zh-Hans"], None),
)


async def ensure_demo_staff(database: Database, file: Path, url: str) -> list[dict[str, str]]:
    """Make the demo colleagues when the desk is empty, and write their sign-ins to `file` (mode 600).

    Returns the sign-ins when the file is there, else an empty list: a desk with real colleagues is left alone.
    """
    async with database.transaction() as session:
        if not await session.scalar(select(func.count()).select_from(Staff)):
            sign_ins = []
            await import_branches(session, sample_branches(), sample=True)
            for work_no, user, name, role, title, skills, languages, boss in ROSTER:
                password = secrets.token_urlsafe(12)
                await add_staff(
                    session,
                    work_no=work_no,
                    user=user,
                    name=name,
                    role=role,
                    title=title,
                    skills=skills,
                    languages=languages,
                    reports_to=boss,
                    on_duty="on",
                    password_hash=hash_password(password),
                )
                sign_ins.append({"user": user, "password": password, "role": role})
            write_secret(file, json.dumps({"url": url, "staff": sign_ins}, ensure_ascii=False, indent=1))
    return known_sign_ins(file, url)


def sample_branches() -> bytes:
    """Invented branches, for the demonstration and for replays that name none."""
    return (settings().data_dir / "sample" / "branches.csv").read_bytes()


def known_sign_ins(file: Path, url: str) -> list[dict[str, str]]:
    """The sign-ins written at the first start, with the present address; empty when there are none."""
    if not file.exists():
        return []
    stored = json.loads(file.read_text(encoding="utf-8"))
    if stored["url"] != url:
        write_secret(file, json.dumps({**stored, "url": url}, ensure_ascii=False, indent=1))
    known: list[dict[str, str]] = stored["staff"]
    return known


def write_secret(file: Path, text: str) -> None:
    """Write a file only its owner can read; it never exists with wider rights, not even for a moment."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
