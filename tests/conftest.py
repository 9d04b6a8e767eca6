"""Fixtures that most tests share: a clock that stands still, a real database in a temporary folder, own keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from desk.clock import SHANGHAI, ManualClock
from desk.db import Database, upgrade_schema
from desk.privacy.keyring import keyring
from desk.settings import settings

GAPS = Path(__file__).parent / "known_gaps.txt"
"""Tests that do not pass yet, by node id: each names something to mend. The list may only shrink."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is known not to pass yet; not strict, so that mending one thing never stops the others."""
    lines = GAPS.read_text(encoding="utf-8").splitlines()
    known = {line.strip() for line in lines if line.strip() and not line.startswith("#")}
    for item in items:
        if item.nodeid in known or item.nodeid.partition("[")[0] in known:
            item.add_marker(pytest.mark.xfail(reason="known gap, see tests/known_gaps.txt", strict=False))


WEDNESDAY = datetime(2025, 6, 11, 10, 0, tzinfo=SHANGHAI)


@pytest.fixture
def clock() -> ManualClock:
    """Wednesday 2025-06-11, 10:00 in Shanghai."""
    return ManualClock(WEDNESDAY)


@pytest.fixture(autouse=True)
def own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test touches the installation's var folder or keys."""
    monkeypatch.setenv("SANBIAN_VAR_DIR", str(tmp_path / "var"))
    settings.cache_clear()
    keyring.cache_clear()
    yield tmp_path / "var"
    settings.cache_clear()
    keyring.cache_clear()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A real SQLite database, migrated."""
    base = Database(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    await upgrade_schema(base)
    yield base
    await base.close()
