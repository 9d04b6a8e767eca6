"""Bringing branches and colleagues in from CSV: all or nothing, every faulty line named, the same file twice changes nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.branches.models import LEVELS, Branch
from desk.errors import Invalid
from desk.staff.models import DUTIES, ROLES, Staff

ENCODINGS = ("utf-8-sig", "gb18030")
"""What spreadsheets write here; tried in this order."""
BRANCH_COLUMNS = {
    "名称": "name", "级别": "level", "上级": "parent", "营业时间": "hours", "洽谈室": "rooms", "无障碍": "accessible",
    "地址": "address",
}  # fmt: skip
STAFF_COLUMNS = {
    "工号": "work_no", "登录名": "user", "姓名": "name", "角色": "role", "岗位": "title", "网点": "branch",
    "上级工号": "reports_to", "技能": "skills", "语言": "languages", "会话上限": "max_chats", "工单上限": "max_tickets",
    "值班": "on_duty", "在职": "active",
}  # fmt: skip
YES, NO = ("1", "是", "true", "yes"), ("0", "否", "false", "no")


class FaultyLines(Invalid):
    """Nothing was imported; `lines` names each line that is wrong, with its number in the file and why."""

    code = "faulty_lines"

    def __init__(self, lines: list[tuple[int, str]]) -> None:
        super().__init__(
            f"有{len(lines)}行不对，什么都没有导入。请改好后再导入。", lines=[list(line) for line in lines]
        )
        self.lines = lines


@dataclass(frozen=True)
class Imported:
    """How many rows were new, and how many changed; the others were there already."""

    added: int
    changed: int
    unchanged: int


@dataclass
class Lines:
    """The rows of a file, and what is wrong with them."""

    rows: list[tuple[int, dict[str, str]]]
    faults: list[tuple[int, str]] = field(default_factory=list)

    @contextmanager
    def checking(self, number: int) -> Iterator[None]:
        """What is raised inside is noted against this line, and reading goes on: one run tells everything."""
        try:
            yield
        except ValueError as fault:
            self.faults.append((number, str(fault)))

    def settle(self) -> None:
        """Raise FaultyLines when anything is wrong."""
        if self.faults:
            raise FaultyLines(sorted(self.faults))


def read_lines(raw: bytes, columns: Mapping[str, str], required: tuple[str, ...]) -> Lines:
    """The rows by field name (Chinese or English headings). Raises FaultyLines when the heading is unusable."""
    reader = csv.reader(io.StringIO(_decoded(raw), newline=""))
    heading = [columns.get(cell.strip(), cell.strip()) for cell in next(reader, [])]
    unknown = [cell for cell in heading if cell not in columns.values()]
    missing = [key for key in required if key not in heading]
    if unknown or missing:
        told = [f"不认识的列：{'、'.join(unknown)}"] if unknown else []
        told += [f"缺少列：{'、'.join(missing)}"] if missing else []
        raise FaultyLines([(1, "；".join(told))])
    lines = Lines([])
    for cells in reader:
        number = reader.line_num
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(heading):
            lines.faults.append((number, f"有{len(cells)}格，表头只有{len(heading)}列"))
            continue
        lines.rows.append((number, dict(zip(heading, (cell.strip() for cell in cells), strict=False))))
    return lines


def _decoded(raw: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FaultyLines([(1, "文字编码不是UTF-8或GB18030")])


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
    done = _Writing(session, sample=sample)
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
    done = _Writing(session)
    for work_no in _parents_first(list(told), bosses):
        await done.write(Staff, known.get(work_no), told[work_no][1])
    return done.result()


def _branch_fields(row: Mapping[str, str]) -> dict[str, Any]:
    opens, closes = _hours(row.get("hours", ""))
    fields = {
        "name": _needed(row, "name", "名称"),
        "level": _one_of(row.get("level", ""), LEVELS, "级别"),
        "parent": row.get("parent") or None,
        "opens": opens,
        "closes": closes,
        "rooms": _count(row.get("rooms", ""), "洽谈室", 0),
        "accessible": _yes(row.get("accessible", ""), "无障碍", default=False),
        "address": row.get("address") or None,
    }
    if fields["level"] == "hq" and fields["parent"]:
        raise ValueError("总行没有上级")
    if fields["level"] != "hq" and not fields["parent"]:
        raise ValueError("要写明上级网点")
    return fields


def _staff_fields(row: Mapping[str, str]) -> dict[str, Any]:
    """Only the columns of the file: what a file does not speak of stays as it is."""
    work_no = _needed(row, "work_no", "工号")
    if not work_no.isalnum():
        raise ValueError(f"工号“{work_no}”只能是字母和数字")
    read: dict[str, Callable[[str], Any]] = {
        "title": lambda cell: cell or None,
        "branch": lambda cell: cell or None,
        "reports_to": lambda cell: cell or None,
        "skills": _words,
        "languages": lambda cell: _words(cell) or ["zh-Hans"],
        "max_chats": lambda cell: _count(cell, "会话上限", 5),
        "max_tickets": lambda cell: _count(cell, "工单上限", 50),
        "on_duty": lambda cell: _one_of(cell or "work", DUTIES, "值班"),
        "active": lambda cell: _yes(cell, "在职", default=True),
    }
    fields = {key: reads(row[key]) for key, reads in read.items() if key in row}
    fields |= {
        "work_no": work_no,
        "name": _needed(row, "name", "姓名"),
        "role": _one_of(row.get("role", ""), ROLES, "角色"),
    }
    return fields | ({"user": row["user"]} if row.get("user") else {})


@dataclass
class _Writing:
    """Counts what is new and what changed."""

    session: AsyncSession
    sample: bool = False
    added: int = 0
    changed: int = 0
    unchanged: int = 0

    async def write(self, model: type[Branch] | type[Staff], known: Any, fields: dict[str, Any]) -> None:
        if known is None:
            extra: dict[str, Any] = {"sample": self.sample} if model is Branch else {}
            self.session.add(model(**fields, **extra))
            self.added += 1
        elif all(getattr(known, key) == value for key, value in fields.items()):
            self.unchanged += 1
        else:
            for key, value in fields.items():
                setattr(known, key, value)
            self.changed += 1
        # One at a time: whoever is above must be there before those below point to him.
        await self.session.flush()

    def result(self) -> Imported:
        return Imported(self.added, self.changed, self.unchanged)


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


def _needed(row: Mapping[str, str], key: str, what: str) -> str:
    if not row.get(key):
        raise ValueError(f"{what}不能空着")
    return row[key]


def _one_of(cell: str, allowed: tuple[str, ...], what: str) -> str:
    if cell not in allowed:
        raise ValueError(f"{what}“{cell}”不对，可以是：{'、'.join(allowed)}")
    return cell


def _count(cell: str, what: str, default: int) -> int:
    if not cell:
        return default
    if not cell.isascii() or not cell.isdigit() or len(cell) > 4:
        raise ValueError(f"{what}“{cell}”不是个数")
    return int(cell)


def _yes(cell: str, what: str, *, default: bool) -> bool:
    if not cell:
        return default
    if cell.lower() not in YES + NO:
        raise ValueError(f"{what}“{cell}”不对，写“是”或“否”")
    return cell.lower() in YES


def _words(cell: str) -> list[str]:
    for mark in "；、;,，/":
        cell = cell.replace(mark, " ")
    return list(dict.fromkeys(cell.split()))


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
