"""Bringing branches and colleagues in from CSV: all or nothing, every faulty line named, the same file twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.branches.models import LEVELS, Branch
from desk.csv_lines import Imported, Writing, count, needed, one_of, read_lines, words, yes
from desk.staff.models import DUTIES, ROLES, Staff

BRANCH_COLUMNS = {
    "名称": "name", "级别": "level", "上级": "parent", "营业时间": "hours", "洽谈室": "rooms", "无障碍": "accessible",
    "地址": "address",
}  # fmt: skip
STAFF_COLUMNS = {
    "工号": "work_no", "登录名": "user", "姓名": "name", "角色": "role", "岗位": "title", "网点": "branch",
    "上级工号": "reports_to", "技能": "skills", "语言": "languages", "会话上限": "max_chats", "工单上限": "max_tickets",
    "值班": "on_duty", "在职": "active",
}  # fmt: skip


async def import_branches(session: AsyncSession, raw: bytes, *, sample: bool = False) -> Imported:
    """Add and update branches by name. Raises FaultyLines; then the caller's transaction must not be committed."""
    lines = read_lines(raw, BRANCH_COLUMNS, ("name", "level"))
    known = {branch.name: branch for branch in await session.scalars(select(Branch))}
    told: dict[str, tuple[int, dict[str, Any]]] = {}
    for number, row in lines.rows:
        with lines.checking(number):
            fields = _branch_fields(row)
            if fields["name"] in told:
                raise ValueError(f"网点“{fields['name']}”在第{told[fields['name']][0]}行已经有了")
            told[fields["name"]] = (number, fields)
    parents = {name: branch.parent for name, branch in known.items()}
    parents |= {name: fields["parent"] for name, (_, fields) in told.items()}
    for name, (number, _) in told.items():
        with lines.checking(number):
            _check_chain(name, parents, "上级网点")
    lines.settle()
    done = Writing(session, extra={"sample": sample})
    for name in _parents_first(list(told), parents):
        await done.write(Branch, known.get(name), told[name][1])
    return done.result()


async def import_staff(session: AsyncSession, raw: bytes) -> Imported:
    """Add and update colleagues by work number; no password travels in a file. Raises FaultyLines as above."""
    lines = read_lines(raw, STAFF_COLUMNS, ("work_no", "name", "role"))
    known = {person.work_no: person for person in await session.scalars(select(Staff))}
    users = {person.user: person.work_no for person in known.values()}
    branches = set(await session.scalars(select(Branch.name)))
    told: dict[str, tuple[int, dict[str, Any]]] = {}
    for number, row in lines.rows:
        with lines.checking(number):
            fields = _staff_fields(row)
            work_no = fields["work_no"]
            if work_no in told:
                raise ValueError(f"工号{work_no}在第{told[work_no][0]}行已经有了")
            told[work_no] = (number, fields)
            if fields.get("branch") and fields["branch"] not in branches:
                raise ValueError(f"没有网点“{fields['branch']}”，请先导入网点")
            user = fields.setdefault("user", known[work_no].user if work_no in known else work_no)
            if users.setdefault(user, work_no) != work_no:
                raise ValueError(f"登录名“{user}”已经属于工号{users[user]}")
    bosses = {work_no: person.reports_to for work_no, person in known.items()}
    bosses |= {work_no: fields["reports_to"] for work_no, (_, fields) in told.items() if "reports_to" in fields}
    bosses |= {work_no: None for work_no in told if work_no not in bosses}
    for work_no, (number, _) in told.items():
        with lines.checking(number):
            _check_chain(work_no, bosses, "上级工号")
    lines.settle()
    done = Writing(session)
    for work_no in _parents_first(list(told), bosses):
        await done.write(Staff, known.get(work_no), told[work_no][1])
    return done.result()


def _branch_fields(row: Mapping[str, str]) -> dict[str, Any]:
    opens, closes = _hours(row.get("hours", ""))
    fields = {
        "name": needed(row, "name", "名称"),
        "level": one_of(row.get("level", ""), LEVELS, "级别"),
        "parent": row.get("parent") or None,
        "opens": opens,
        "closes": closes,
        "rooms": count(row.get("rooms", ""), "洽谈室", 0),
        "accessible": yes(row.get("accessible", ""), "无障碍", default=False),
        "address": row.get("address") or None,
    }
    if fields["level"] == "hq" and fields["parent"]:
        raise ValueError("总行没有上级")
    if fields["level"] != "hq" and not fields["parent"]:
        raise ValueError("要写明上级网点")
    return fields


def _staff_fields(row: Mapping[str, str]) -> dict[str, Any]:
    """Only the columns of the file: what a file does not speak of stays as it is."""
    work_no = needed(row, "work_no", "工号")
    if not work_no.isalnum():
        raise ValueError(f"工号“{work_no}”只能是字母和数字")
    read: dict[str, Callable[[str], Any]] = {
        "title": lambda cell: cell or None,
        "branch": lambda cell: cell or None,
        "reports_to": lambda cell: cell or None,
        "skills": words,
        "languages": lambda cell: words(cell) or ["zh-Hans"],
        "max_chats": lambda cell: count(cell, "会话上限", 5),
        "max_tickets": lambda cell: count(cell, "工单上限", 50),
        "on_duty": lambda cell: one_of(cell or "work", DUTIES, "值班"),
        "active": lambda cell: yes(cell, "在职", default=True),
    }
    fields = {key: reads(row[key]) for key, reads in read.items() if key in row}
    fields |= {
        "work_no": work_no,
        "name": needed(row, "name", "姓名"),
        "role": one_of(row.get("role", ""), ROLES, "角色"),
    }
    return fields | ({"user": row["user"]} if row.get("user") else {})


def _check_chain(start: str, above: Mapping[str, str | None], what: str) -> None:
    seen, at = [start], above.get(start)
    while at is not None:
        if at not in above:
            raise ValueError(f"{what}“{at}”不存在")
        if at in seen:
            raise ValueError(f"{what}绕成了圈：{'→'.join([*seen, at])}")
        seen.append(at)
        at = above.get(at)


def _parents_first(names: list[str], above: Mapping[str, str | None]) -> list[str]:
    def depth(name: str) -> int:
        upper = above.get(name)
        return 0 if upper is None else 1 + depth(upper)

    return sorted(names, key=depth)


def hours_in(told: object) -> tuple[time | None, time | None]:
    """Opening hours as a replay's case tells them; whatever is no such text means the desk's own hours."""
    try:
        return _hours(told) if isinstance(told, str) else (None, None)
    except ValueError:
        return None, None


def _hours(cell: str) -> tuple[time | None, time | None]:
    """09:00-17:00, or nothing."""
    if not cell:
        return None, None
    try:
        opens, closes = (time.fromisoformat(part.strip()) for part in cell.replace("–", "-").split("-"))
    except ValueError:
        raise ValueError(f"营业时间“{cell}”不对，写成09:00-17:00") from None
    if opens >= closes:
        raise ValueError(f"营业时间“{cell}”不对：关门不晚于开门")
    return opens, closes
