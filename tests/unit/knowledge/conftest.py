from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from databases import Databases
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from desk.clock import ManualClock
from desk.db import Database, make_engine
from desk.knowledge import index
from desk.knowledge.models import KnowledgeEntry
from desk.knowledge.service import load_folder
from desk.settings import ROOT

FOLDER = ROOT / "data" / "knowledge"
START = datetime(2025, 6, 11, 2, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture(scope="session")
def delivered(dialect: str, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database with the table as delivered; tests work on it and roll back."""
    if dialect == "sqlite":
        url = databases.sqlite(tmp_path_factory.mktemp("knowledge") / "delivered.db")
        asyncio.run(_load(url))
        yield url
        return
    server, name = databases.postgresql()
    asyncio.run(_load(server.url(name)))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
async def session(delivered: str) -> AsyncIterator[AsyncSession]:
    """A session on the table as delivered."""
    engine = make_engine(delivered)
    async with engine.connect() as connection, AsyncSession(connection, expire_on_commit=False) as session:
        yield session
        await connection.rollback()
    await engine.dispose()


@pytest.fixture
async def empty(session: AsyncSession) -> AsyncSession:
    """A session on an empty table and index."""
    await session.execute(delete(KnowledgeEntry))
    await index.rebuild(session, {})
    return session


async def _load(url: str) -> None:
    database = Database(url)
    async with database.transaction() as session:
        await load_folder(session, FOLDER, clock=ManualClock(START))
    await database.close()
