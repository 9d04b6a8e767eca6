"""SQLite in a thread of its own, one errand a statement.

aiosqlite sends its thread four times for one statement (open a cursor, execute, fetch, close), and each errand wakes two
threads that share one interpreter lock: a turn came to 190 errands and spent more time on them than on the database.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Sequence
from typing import Any

import aiosqlite


class Cursor:
    """What SQLAlchemy needs of a cursor (its `AsyncIODBAPICursor`): a statement comes back with its rows."""

    arraysize = 1
    description: Any = None
    rowcount = -1
    lastrowid: int | None = None

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []

    async def __aenter__(self) -> Cursor:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Run it and fetch what it gives."""
        await self._connection.errand(self._run, "execute", statement, parameters)

    async def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Run it once for each row of parameters."""
        await self._connection.errand(self._run, "executemany", statement, parameters)

    async def fetchall(self) -> list[Any]:
        """The rows, which have come already."""
        return self._rows

    async def close(self) -> None:
        """Nothing is open any more."""

    def _run(self, method: str, statement: str, parameters: Sequence[Any]) -> None:
        cursor = getattr(self._connection.plain, method)(statement, parameters)
        try:
            self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
            self._rows = cursor.fetchall() if cursor.description else []
        finally:
            cursor.close()


class Connection(aiosqlite.Connection):
    """aiosqlite's connection with cursors that come back once."""

    def cursor(self) -> Cursor:  # type: ignore[override]
        """A cursor; nothing is asked of the thread yet."""
        return Cursor(self)

    @property
    def plain(self) -> sqlite3.Connection:
        """The connection as the thread has it."""
        return self._conn

    def errand(self, function: Any, *arguments: Any) -> Awaitable[None]:
        """Send the thread to run `function`."""
        sent: Awaitable[None] = self._execute(function, *arguments)  # type: ignore[no-untyped-call]
        return sent


def connect(database: str, **options: Any) -> Connection:
    """A connection that is open once it is awaited; `options` are sqlite3's."""
    connection = Connection(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)
    # A thread that waits for work must not keep a process alive that is told to end.
    connection._thread.daemon = True
    return connection
