"""Fixtures that most tests share: a clock that stands still, a real database in a temporary folder, own keys."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from databases import Databases, postgres_programs

from api.setup.readers import ensure_readers
from desk.clock import SHANGHAI, ManualClock
from desk.db import Database
from desk.settings import settings

WEDNESDAY = datetime(2025, 6, 11, 10, 0, tzinfo=SHANGHAI)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Readers are made when modules are collected, so the trained ones must be there before."""
    ensure_readers(settings())


@pytest.fixture
def clock() -> ManualClock:
    """Wednesday 2025-06-11, 10:00 in Shanghai."""
    return ManualClock(WEDNESDAY)


@pytest.fixture(autouse=True)
def own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test touches the installation's var folder or keys."""
    monkeypatch.setenv("SANBIAN_VAR_DIR", str(tmp_path / "var"))
    settings.cache_clear()
    yield tmp_path / "var"
    settings.cache_clear()


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Where migrated databases come from."""
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Whatever rests on this runs on both databases."""
    kind: str = request.param
    if kind == "postgresql" and postgres_programs() is None:
        missing = "PostgreSQL is not installed (on Debian 12: apt-get install postgresql-15)"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{missing}: in CI nothing may be left out", pytrace=False)
        pytest.skip(missing)
    return kind


@pytest.fixture
def database_url(dialect: str, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """The address of a database of this test's own, migrated and empty."""
    if dialect == "sqlite":
        yield databases.sqlite(tmp_path / "test.db")
        return
    server, name = databases.postgresql()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A real database, migrated."""
    base = Database(database_url)
    yield base
    await base.close()
