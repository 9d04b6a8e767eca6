"""Fixtures that most tests share: a clock that stands still, a real database in a temporary folder, own keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from api.setup.readers import ensure_readers
from desk.clock import SHANGHAI, ManualClock
from desk.db import Database, upgrade_schema
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


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A real SQLite database, migrated."""
    base = Database(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    await upgrade_schema(base)
    yield base
    await base.close()
