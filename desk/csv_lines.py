"""Lists that the bank hands over as CSV: all or nothing, every faulty line named, the same file twice changes nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.db import Base
from desk.errors import Invalid

if TYPE_CHECKING:
    from _csv import Reader

ENCODINGS = ("utf-8-sig", "gb18030")
"""What spreadsheets write here; tried in this order."""
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
    try:
        return _rows(reader, columns, required)
    except csv.Error as error:
        raise FaultyLines([(reader.line_num, f"不是CSV：{error}")]) from None


def _rows(reader: Reader, columns: Mapping[str, str], required: tuple[str, ...]) -> Lines:
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


@dataclass
class Writing:
    """Writes rows, and counts what is new and what changed."""

    session: AsyncSession
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Told of new rows only."""
    added: int = 0
    changed: int = 0
    unchanged: int = 0

    async def write(self, model: type[Base], known: Any, fields: dict[str, Any]) -> None:
        """Add a row, or bring `known` up to `fields`."""
        if known is None:
            self.session.add(model(**fields, **self.extra))
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
        """What came of it."""
        return Imported(self.added, self.changed, self.unchanged)


def needed(row: Mapping[str, str], key: str, what: str) -> str:
    """A cell that must not be empty. Raises ValueError with the sentence for its line, as all of these do."""
    if not row.get(key):
        raise ValueError(f"{what}不能空着")
    return row[key]


def one_of(cell: str, allowed: tuple[str, ...], what: str) -> str:
    """One of the words that are allowed."""
    if cell not in allowed:
        raise ValueError(f"{what}“{cell}”不对，可以是：{'、'.join(allowed)}")
    return cell


def count(cell: str, what: str, default: int) -> int:
    """A number of at most four digits."""
    if not cell:
        return default
    if not cell.isascii() or not cell.isdigit() or len(cell) > 4:
        raise ValueError(f"{what}“{cell}”不是个数")
    return int(cell)


def yes(cell: str, what: str, *, default: bool) -> bool:
    """是 or 否, in some of their spellings."""
    if not cell:
        return default
    if cell.lower() not in YES + NO:
        raise ValueError(f"{what}“{cell}”不对，写“是”或“否”")
    return cell.lower() in YES


def words(cell: str) -> list[str]:
    """Several words in a cell, each once."""
    for mark in "；、;,，/":
        cell = cell.replace(mark, " ")
    return list(dict.fromkeys(cell.split()))
