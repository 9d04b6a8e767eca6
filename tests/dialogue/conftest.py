"""One replay for all dialogue tests: whatever is selected is played once, with one bot, and then looked at."""

from __future__ import annotations

from typing import Any

import pytest
from played import Played
from variants import scripts

from api.replay.service import play


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "plays(*ids): conversations that this test looks at")


def wanted(session: pytest.Session) -> list[str]:
    """The conversations that the selected tests look at."""
    named = [item.callspec.params.get("name") for item in session.items if hasattr(item, "callspec")]
    asked = [name for item in session.items for mark in item.iter_markers("plays") for name in mark.args]
    ids = {*named, *asked}
    return [script.id for script in scripts() if script.id in ids]


@pytest.fixture(scope="session")
def conversations(request: pytest.FixtureRequest) -> dict[str, Played]:
    """Every selected conversation, played."""
    ids = wanted(request.session)
    chosen = [script for script in scripts() if script.id in ids]
    results: list[dict[str, Any]] = play([script.case for script in chosen])
    return {script.id: Played(script, result) for script, result in zip(chosen, results, strict=True)}
