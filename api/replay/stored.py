"""Every string that a conversation has left in the database, for whoever looks for what must not be there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import desk.models  # noqa: F401
from desk.db import Base

NOT_ABOUT_IT = frozenset({"knowledge_entries", "staff", "staff_sessions"})
# Our own random ids are full of digits: left in, every tenth one would look like a telephone number to somebody.
MACHINE_MADE = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-f]{32}|[0-9a-f]{64})(?![0-9A-Za-z])")
OPTION_ID = re.compile(r"[0-9a-f]{12}")
ID_KEYS = frozenset({"id", "choice"})


async def stored_text(session: AsyncSession) -> list[str]:
    """Every string in every column of every table that is about a conversation, each once."""
    found: dict[str, None] = {}
    for table in Base.metadata.sorted_tables:
        if table.name in NOT_ABOUT_IT:
            continue
        for row in (await session.execute(select(table))).mappings():
            for column, value in row.items():
                found.update(dict.fromkeys(strings(value, str(column))))
    return [text for text in found if text]


def strings(value: Any, key: str = "") -> Iterator[str]:
    """The strings in a value, however deep, without our own ids."""
    if isinstance(value, str):
        if not (key in ID_KEYS and OPTION_ID.fullmatch(value)):
            yield without_ids(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from strings(inner, str(name))
    elif isinstance(value, Iterable):
        for inner in value:
            yield from strings(inner, key)


def without_ids(text: str) -> str:
    """`text` with every random id as `#`."""
    return MACHINE_MADE.sub("#", text)
