"""The database: one engine, one transaction a request or task, times always aware.

SQLite is the default. Two settings there are not taste: WAL with synchronous=FULL (an acknowledged message must survive a
power cut) and BEGIN IMMEDIATE for writers (a transaction that reads first and writes later otherwise fails with "database
is locked" at once, without waiting, when another writer came between).

PostgreSQL has many writers at a time, so whoever reads in order to write locks the row (`with_for_update`) or lets the
database decide (`insert_new`). Rows are locked in one order everywhere – conversation, ticket, then the rest – or two
transactions wait for each other and one of them is thrown out. A writer waits for a lock as long as on SQLite. A process that freezes in the middle of a
transaction loses it after FROZEN_S, and its locks with it; thawed, it can no longer commit.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import JSON, Connection, DateTime, MetaData, event, inspect, make_url
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from desk import sqlite
from desk.clock import require_aware

READ_ONLY = "sanbian_read_only"
FROZEN_S = 60
CONNECT_S = 5


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC. Refuses a naive one: that is a bug that shows months later."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC on the way in."""
        if value is None:
            return None
        value = require_aware(value).astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back that SQLite cannot keep."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Mother of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
        list[int]: JSON(none_as_null=True),
    }


async def insert_new(session: AsyncSession, model: type[Base], values: dict[str, Any]) -> bool:
    """Insert a row unless one with the same unique key is there; tells whether it was new.

    Looking first and inserting then lets two processes both see nothing, and the slower one fails.
    """
    insert = sqlite_dialect.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    key = inspect(model).primary_key[0]
    # Asked for what was inserted: the count of rows is -1 with psycopg here, which looks like "new".
    done = await session.execute(insert(model).values(**values).on_conflict_do_nothing().returning(key))
    return done.first() is not None


def new_id() -> str:
    """A fresh random id; it says nothing about when or how many."""
    return uuid.uuid4().hex


class Database:
    """An engine and the sessions made from it."""

    def __init__(self, url: str, *, busy_timeout_s: float = 5.0) -> None:
        self.url = url
        self.engine = make_engine(url, busy_timeout_s)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One unit of work: committed when the block ends, rolled back when it raises. Services never commit."""
        async with self._sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """A consistent look without the write lock, for pages and polls; nothing is ever written through it."""
        async with self._sessions() as session, session.begin():
            await session.connection(execution_options=self._snapshot_options)
            yield session

    @property
    def _snapshot_options(self) -> dict[str, Any]:
        if self.engine.dialect.name == "sqlite":
            return {READ_ONLY: True}
        # Else every statement of the transaction would look at a different moment.
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    async def close(self) -> None:
        """Let go of all connections."""
        await self.engine.dispose()


def make_engine(url: str, busy_timeout_s: float = 5.0) -> AsyncEngine:
    """An engine for `url`; a SQLite file's folder is made when missing."""
    is_sqlite = make_url(url).get_backend_name() == "sqlite"
    engine = create_async_engine(
        url,
        pool_pre_ping=not is_sqlite,
        # Values are customers' words: an error that quotes its statement must not quote them.
        hide_parameters=True,
        connect_args={} if is_sqlite else _postgres_settings(busy_timeout_s),
    )
    if is_sqlite:
        if engine.url.database and engine.url.database != ":memory:":
            Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
        _tune_sqlite(engine, busy_timeout_s)
    return engine


def _postgres_settings(busy_timeout_s: float) -> dict[str, Any]:
    patience = {"lock_timeout": int(busy_timeout_s * 1000), "idle_in_transaction_session_timeout": FROZEN_S * 1000}
    return {
        "connect_timeout": CONNECT_S,
        "options": " ".join(f"-c {name}={value}" for name, value in patience.items()),
    }


def _tune_sqlite(engine: AsyncEngine, busy_timeout_s: float) -> None:
    @event.listens_for(engine.sync_engine, "do_connect")
    def before_connect(_dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> None:
        options["async_creator_fn"] = sqlite.connect

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # Python's own transaction handling is switched off, else BEGIN IMMEDIATE below would come too late.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={int(busy_timeout_s * 1000)}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Any) -> None:
        read_only = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def migrations() -> Config:
    """Alembic's configuration, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


async def upgrade_schema(database: Database) -> None:
    """Bring the schema of `database` to the newest revision."""
    config = migrations()

    def run(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    async with database.engine.begin() as connection:
        await connection.run_sync(run)


def upgrade(url: str) -> None:
    """The same for a plain script: `sanbian migrate`."""

    async def run() -> None:
        database = Database(url)
        await upgrade_schema(database)
        await database.close()

    # In a thread of its own: whoever calls may have an event loop running already.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()
