"""A Sanbian started as a person starts it, with a place of its own, and the people who use it in a real browser."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from api.supervisor.ports import LOOPBACK, free_port, is_free
from desk.settings import ROOT

SLOW_MS = 20_000
"""How long a reply may take on a machine that has other things to do."""
STOP_S = 30.0
NUMBER = re.compile(r"TS\d{8}-\d{4}")
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}


@dataclass
class Installation:
    """`sanbian run` with its own data, database and port."""

    folder: Path
    data: Path
    port: int = field(default_factory=free_port)
    bot_port: int = field(default_factory=free_port)
    actions_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    ready_after_s: float = 0.0

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def var(self) -> Path:
        return self.folder / "var"

    @property
    def said(self) -> str:
        """What the terminal showed."""
        return (self.folder / "terminal").read_text(encoding="utf-8")

    def start(self) -> None:
        """Run it and wait until it says that it is ready."""
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SANBIAN_PORT": str(self.port),
            "SANBIAN_BOT_PORT": str(self.bot_port),
            "SANBIAN_ACTIONS_PORT": str(self.actions_port),
            "SANBIAN_VAR_DIR": str(self.var),
            "SANBIAN_DATA_DIR": str(self.data),
            "SANBIAN_SURVEY_DELAY_HOURS": "0",
        }
        begun = time.monotonic()
        with (self.folder / "terminal").open("wb") as terminal:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).parent / "sanbian"), "run"],
                cwd=ROOT,
                env=environment,
                stdout=terminal,
                stderr=terminal,
                start_new_session=True,
            )
        while "Sanbian is ready" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() - begun < 600, self.said
            time.sleep(0.1)
        self.ready_after_s = time.monotonic() - begun

    def press_ctrl_c(self) -> int:
        """What a terminal does: SIGINT to the foreground group. Returns the exit status."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(STOP_S)

    def processes(self) -> dict[int, str]:
        """The supervisor and everything below it, by process id."""
        assert self.process is not None
        found: dict[int, str] = {}
        parents = parents_by_pid()
        for pid in parents:
            above, at = [], pid
            while at in parents:
                above.append(at)
                at = parents[at]
            if self.process.pid in above:
                found[pid] = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return found

    def port_is_free(self) -> bool:
        return is_free(LOOPBACK, self.port)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", trust_env=False, timeout=10)

    def password(self, user: str) -> str:
        staff = json.loads((self.var / "demo.json").read_text(encoding="utf-8"))["staff"]
        found: str = next(entry["password"] for entry in staff if entry["user"] == user)
        return found


def parents_by_pid() -> dict[int, int]:
    """Every process of the machine and its parent."""
    found: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text()
            except OSError:
                continue
            found[int(entry.name)] = int(status.rpartition(")")[2].split()[1])
    return found


def is_alive(pid: int) -> bool:
    """Whether there is such a process that is not merely waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@dataclass
class Complaints:
    """What a page complains about in its console; a test that ends well leaves none."""

    found: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.found.append(str(error)))
        page.on("console", self._console)

    def _console(self, message: ConsoleMessage) -> None:
        # Before signing in `GET /api/desk/me` answers 401, which a browser logs as an error; so it does with a dead line.
        if message.type == "error" and "401" not in message.text and "net::ERR_" not in message.text:
            self.found.append(f"{message.text} ({message.location.get('url', '')})")


class Customer:
    """Somebody with the widget open in front of him."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    def on_a_phone(cls, browser: Browser, url: str) -> Customer:
        """390×844, as most are."""
        context = browser.new_context(
            viewport=PHONE, device_scale_factor=2, has_touch=True, is_mobile=True, locale="zh-CN"
        )
        return cls(context.new_page()).arrives(url)

    def arrives(self, url: str) -> Customer:
        self.page.goto(url)
        self.open()
        return self

    def open(self) -> None:
        self.page.get_by_test_id("open").click()
        expect(self.page.get_by_test_id("panel")).to_be_visible()

    @property
    def input(self) -> Locator:
        return self.page.get_by_test_id("input")

    @property
    def header(self) -> Locator:
        return self.page.get_by_test_id("header")

    def messages(self, by: str | None = None) -> list[tuple[int, str, str]]:
        """(seq, by, text) of everything stored and shown, in the order shown."""
        rows = self.page.locator("[data-testid=message][data-seq]").evaluate_all(
            "rows => rows.map(row => [+row.dataset.seq, row.dataset.by, row.querySelector('.bubble').innerText])"
        )
        return [(seq, who, text) for seq, who, text in rows if by is None or who == by]

    def last_seq(self) -> int:
        return max((seq for seq, *_ in self.messages()), default=0)

    def type(self, text: str) -> None:
        """Without waiting for an answer; returns when the server has it."""
        before = self.last_seq()
        self.input.fill(text)
        self.input.press("Enter")
        waited_for(lambda: any(seq > before for seq, *_ in self.messages("customer")), SLOW_MS / 1000)

    def say(self, text: str) -> str:
        """Type, send, and return what is answered."""
        before = self.last_seq()
        self.type(text)
        return self.answer_after(before)

    def tap(self, title: str) -> str:
        """Take a quick reply that is offered now."""
        before = self.last_seq()
        self.page.get_by_test_id("choice").filter(has_text=title).last.tap()
        return self.answer_after(before)

    def answer_after(self, seq: int) -> str:
        """Everything said to the customer after a seq, once nobody is typing any more."""
        until = time.monotonic() + SLOW_MS / 1000
        quiet_since: float | None = None
        while time.monotonic() < until:
            heard = [text for at, by, text in self.messages() if at > seq and by != "customer"]
            busy = self.page.get_by_test_id("typing").count() > 0
            if heard and not busy:
                quiet_since = quiet_since or time.monotonic()
                if time.monotonic() - quiet_since > 0.6:
                    return "\n".join(heard)
            else:
                quiet_since = None
            self.page.wait_for_timeout(100)
        raise AssertionError(f"no answer; shown: {self.messages()[-4:]}")

    def choices(self) -> list[str]:
        return self.page.get_by_test_id("choice").all_inner_texts()

    def sees(self, text: str) -> None:
        expect(self.page.get_by_test_id("log")).to_contain_text(text, timeout=SLOW_MS)


class Colleague:
    """Somebody at the desk."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url

    @classmethod
    def signed_in(cls, browser: Browser, installation: Installation, user: str) -> Colleague:
        page = browser.new_context(viewport=DESKTOP, locale="zh-CN").new_page()
        page.goto(f"{installation.url}/desk")
        page.get_by_label("用户名").fill(user)
        page.get_by_label("密码").fill(installation.password(user))
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("navigation", name="会话分类")).to_be_visible(timeout=SLOW_MS)
        return cls(page, installation.url)

    def row(self, conversation: str) -> Locator:
        """Its line in the list that is open."""
        return self.page.locator(f"[data-testid=conversation][data-id='{conversation}']")

    def transcript(self) -> list[tuple[int, str, str]]:
        rows = self.page.locator("[data-testid=message][data-seq]").evaluate_all(
            "rows => rows.map(row => [+row.dataset.seq, row.dataset.by, row.querySelector('p').innerText])"
        )
        return [(seq, by, text) for seq, by, text in rows]

    def write(self, text: str) -> None:
        self.page.get_by_test_id("reply").fill(text)
        self.page.get_by_test_id("send").click()
        expect(self.page.get_by_test_id("reply")).to_have_value("", timeout=SLOW_MS)

    def api(self, path: str) -> Any:
        """What the desk's own API says in this session."""
        answer = self.page.request.get(f"{self.url}/api/desk/{path}")
        assert answer.ok, answer.text()
        return answer.json()


def waited_for(what: Callable[[], Any], within_s: float = 20.0) -> Any:
    """The first true value of `what`."""
    limit = time.monotonic() + within_s
    while not (found := what()):
        assert time.monotonic() < limit, f"not within {within_s:.0f} s"
        time.sleep(0.2)
    return found
