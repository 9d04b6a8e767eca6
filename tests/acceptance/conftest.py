"""The real thing: supervisor, api, bot and browser, with a database of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from acceptance_world import Running, start, stop
from playwright.sync_api import Browser, sync_playwright

from api.supervisor.ports import free_port
from desk.settings import ROOT

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def sanbian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Sanbian with surveys allowed at any hour, so that the day's end can be played at any time of the day."""
    folder = tmp_path_factory.mktemp("acceptance")
    data = folder / "data"
    shutil.copytree(ROOT / "data", data)
    rules = data / "policy" / "service.yml"
    text = rules.read_text(encoding="utf-8")
    changed = text.replace('survey: {start: "09:00", end: "20:00"', 'survey: {start: "00:00", end: "23:59:59"')
    assert changed != text
    rules.write_text(changed, encoding="utf-8")
    running = start(folder / "var", data, free_port())
    yield running
    if running.process.poll() is None:
        assert stop(running) == 0


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go: SANBIAN_SCREENSHOTS when somebody wants to look at them."""
    folder = Path(os.environ.get("SANBIAN_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
