"""Real processes: what is killed comes back, what is stopped leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.supervisor.ports import free_port, is_free

STANDIN = Path(__file__).with_name("standin.py")
ROOT = Path(__file__).resolve().parents[3]
WITHIN_S = 30.0


def until(condition: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.05)


@dataclass
class Run:
    process: subprocess.Popen[bytes]
    folder: Path
    api: int
    bot: int

    @property
    def said(self) -> str:
        return (self.folder / "said").read_text()

    def pid(self, port: int) -> int | None:
        state = self.state(port)
        return int(state["pid"]) if state else None

    def state(self, port: int) -> dict[str, Any]:
        with suppress(httpx.HTTPError):
            state: dict[str, Any] = httpx.get(f"http://127.0.0.1:{port}/", trust_env=False, timeout=1).json()
            return state
        return {}

    def until_answered(self, port: int, by_other_than: int | None = None) -> int:
        until(lambda: self.pid(port) not in (None, by_other_than), f"nobody answers on {port}: {self.said}")
        pid = self.pid(port)
        assert pid is not None
        return pid

    def until_ready(self) -> None:
        until(lambda: "READY" in self.said, f"never ready: {self.said}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(WITHIN_S)

    def assert_nothing_left(self) -> None:
        for port in (self.api, self.bot):
            until(lambda port=port: is_free("127.0.0.1", port), "a child lives on")  # type: ignore[misc]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def start(*modes: str) -> Run:
        api, bot = free_port(), free_port()
        command = [sys.executable, str(STANDIN), "supervise", str(tmp_path), str(api), str(bot), *modes]
        with (tmp_path / "said").open("wb") as said:
            env = {**os.environ, "PYTHONPATH": str(ROOT)}
            process = subprocess.Popen(command, stdout=said, stderr=said, env=env, start_new_session=True)
        runs.append(Run(process, tmp_path, api, bot))
        return runs[-1]

    yield start
    for run in runs:
        run.process.kill()
        run.process.wait()


def test_what_is_killed_is_started_again_and_the_other_goes_on(start: Callable[..., Run]) -> None:
    run = start()
    run.until_ready()
    api, bot = run.until_answered(run.api), run.until_answered(run.bot)
    os.kill(bot, signal.SIGKILL)
    assert run.until_answered(run.bot, by_other_than=bot) != bot
    assert run.pid(run.api) == api
    os.kill(api, signal.SIGKILL)
    run.until_answered(run.api, by_other_than=api)
    assert "bot ended (signal 9); starting it again in 0.5 s" in run.said
    assert run.said.count("READY") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_is_clean(start: Callable[..., Run], number: signal.Signals) -> None:
    run = start()
    run.until_ready()
    assert run.stop(number) == 0
    run.assert_nothing_left()
    assert "starting it again" not in run.said


def test_a_process_that_ignores_the_stop_is_killed(start: Callable[..., Run]) -> None:
    run = start("stubborn")
    run.until_ready()
    assert run.stop() == 0
    run.assert_nothing_left()


def test_a_frozen_process_does_not_hold_up_the_stop(start: Callable[..., Run]) -> None:
    run = start("", "")
    run.until_ready()
    os.kill(run.until_answered(run.api), signal.SIGSTOP)
    assert run.stop() == 0
    run.assert_nothing_left()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_a_killed_supervisor_leaves_no_orphans(start: Callable[..., Run]) -> None:
    run = start("stubborn")
    run.until_ready()
    run.stop(signal.SIGKILL)
    run.assert_nothing_left()


def test_a_bot_that_hangs_is_replaced(start: Callable[..., Run]) -> None:
    run = start()
    run.until_ready()
    bot = run.until_answered(run.bot)
    until(lambda: run.state(run.bot).get("probed", False), "the bot is never probed")
    time.sleep(0.5)
    os.kill(bot, signal.SIGSTOP)
    run.until_answered(run.bot, by_other_than=bot)
    assert "bot hung; starting it again" in run.said


def test_an_api_that_never_starts_ends_the_run_with_one_sentence(start: Callable[..., Run], tmp_path: Path) -> None:
    run = start("", "broken")
    assert run.process.wait(60) == 1
    run.assert_nothing_left()
    assert "The api does not start; the reason is at the end of" in run.said
    assert "no such table" in (tmp_path / "api.log").read_text()
