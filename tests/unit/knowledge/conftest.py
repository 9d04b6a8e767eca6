from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from desk.clock import ManualClock
from desk.db import Base, make_engine
from desk.knowledge import index
from desk.knowledge.models import KnowledgeEntry
from desk.knowledge.service import load_folder
from desk.settings import ROOT

FOLDER = ROOT / "data" / "knowledge"
POSTGRES = os.environ.get("SANBIAN_TEST_POSTGRES_URL")
"""postgresql+psycopg://…; everything here happens in a schema of its own, dropped at the end."""

START = datetime(2025, 6, 11, 2, 0, tzinfo=UTC)

URLS = [
    pytest.param(None, id="sqlite"),
    pytest.param(
        POSTGRES, id="postgresql", marks=pytest.mark.skipif(not POSTGRES, reason="no SANBIAN_TEST_POSTGRES_URL")
    ),
]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture(scope="session", params=URLS)
def delivered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database with the table as delivered; tests work on it and roll back."""
    url = request.param or f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('knowledge') / 'delivered.db'}"
    asyncio.run(_prepare(url))
    yield url
    asyncio.run(_remove(url))


@pytest.fixture
async def session(delivered: str) -> AsyncIterator[AsyncSession]:
    """A session on the table as delivered."""
    engine = make_engine(delivered)
    async with engine.connect() as connection, AsyncSession(connection, expire_on_commit=False) as session:
        await _look_into_schema(connection)
        yield session
        await connection.rollback()
    await engine.dispose()


@pytest.fixture
async def empty(session: AsyncSession) -> AsyncSession:
    """A session on an empty table and index."""
    await session.execute(delete(KnowledgeEntry))
    await index.rebuild(session, {})
    return session


async def _prepare(url: str) -> None:
    engine = make_engine(url)
    async with engine.connect() as connection, AsyncSession(connection) as session:
        if engine.dialect.name == "postgresql":
            await connection.execute(text("create schema knowledge_test"))
        await _look_into_schema(connection)
        await connection.run_sync(Base.metadata.create_all, tables=[KnowledgeEntry.__table__])
        await load_folder(session, FOLDER, clock=ManualClock(START))
        await connection.commit()
    await engine.dispose()


async def _remove(url: str) -> None:
    engine = make_engine(url)
    if engine.dialect.name == "postgresql":
        async with engine.begin() as connection:
            await connection.execute(text("drop schema knowledge_test cascade"))
    await engine.dispose()


async def _look_into_schema(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":
        await connection.execute(text("set search_path to knowledge_test"))
