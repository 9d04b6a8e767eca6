from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from installation import Complaints, Customer, Installation
from playwright.sync_api import Browser, sync_playwright

from desk.settings import ROOT

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def sanbian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A bank that may ask its customers at any hour: the day's end can then be played at any time of the day."""
    folder = tmp_path_factory.mktemp("acceptance")
    data = folder / "data"
    shutil.copytree(ROOT / "data", data)
    rules = data / "policy" / "service.yml"
    told = yaml.safe_load(rules.read_text(encoding="utf-8"))
    told["survey"] |= {"start": "00:00", "end": "23:59:59"}
    rules.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    installation = Installation(folder, data)
    try:
        installation.start()
        yield installation
    finally:
        if installation.process is not None and installation.process.poll() is None:
            installation.press_ctrl_c()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium without a window."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go; set SANBIAN_SCREENSHOTS to look at them."""
    folder = Path(os.environ.get("SANBIAN_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Pages that are watched must not complain."""
    noted = Complaints()
    yield noted
    assert noted.found == []


@pytest.fixture
def customer(sanbian: Installation, browser: Browser, complaints: Complaints) -> Iterator[Customer]:
    """Somebody on a phone who has just opened the chat."""
    someone = Customer.on_a_phone(browser, sanbian.url)
    complaints.watch(someone.page)
    yield someone
    someone.page.context.close()
