from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from desk.clock import ManualClock
from desk.db import Base, make_engine
from desk.knowledge.models import KnowledgeEntry
from desk.knowledge.service import load_folder
from desk.settings import ROOT

FOLDER = ROOT / "data" / "knowledge"
POSTGRES = os.environ.get("SANBIAN_TEST_POSTGRES_URL")
"""postgresql+psycopg://…; everything here happens in a schema that is rolled back."""

URLS = [
    pytest.param("sqlite+aiosqlite:///:memory:", id="sqlite"),
    pytest.param(
        POSTGRES, id="postgresql", marks=pytest.mark.skipif(not POSTGRES, reason="no SANBIAN_TEST_POSTGRES_URL")
    ),
]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2025, 6, 11, 2, 0, tzinfo=UTC))


@pytest.fixture(params=URLS)
async def empty(request: pytest.FixtureRequest) -> AsyncIterator[AsyncSession]:
    """A session on an empty table and index."""
    engine = make_engine(request.param)
    async with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            await connection.execute(text("create schema knowledge_test"))
            await connection.execute(text("set search_path to knowledge_test"))
        await connection.run_sync(Base.metadata.create_all, tables=[KnowledgeEntry.__table__])
        async with AsyncSession(connection, expire_on_commit=False) as session:
            yield session
        await connection.rollback()
    await engine.dispose()


@pytest.fixture
async def session(empty: AsyncSession, clock: ManualClock) -> AsyncSession:
    """A session on the table as delivered."""
    await load_folder(empty, FOLDER, clock=clock)
    return empty
