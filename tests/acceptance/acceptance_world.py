"""Starting and stopping a real Sanbian."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from desk.settings import ROOT


@dataclass
class Running:
    """A started Sanbian."""

    url: str
    var: Path
    process: subprocess.Popen[bytes]
    ready_after_s: float

    def password(self, user: str) -> str:
        staff = json.loads((self.var / "demo.json").read_text(encoding="utf-8"))["staff"]
        return next(entry["password"] for entry in staff if entry["user"] == user)


def wait_ready(url: str, process: subprocess.Popen[bytes], seconds: float = 600) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError(f"sanbian run ended with {process.returncode}")
        try:
            if httpx.get(f"{url}/readyz", trust_env=False).json() == {"database": "ok", "bot": "ok"}:
                return
        except (httpx.HTTPError, ValueError):
            pass
        time.sleep(0.5)
    raise AssertionError("not ready in time")


def start(var: Path, data: Path, port: int) -> Running:
    environment = {
        **os.environ,
        "SANBIAN_PORT": str(port),
        "SANBIAN_VAR_DIR": str(var),
        "SANBIAN_DATA_DIR": str(data),
        "SANBIAN_SURVEY_DELAY_HOURS": "0",
    }
    begun = time.monotonic()
    with (var.parent / "run.log").open("ab") as log:
        process = subprocess.Popen(
            [str(ROOT / ".venv" / "bin" / "sanbian"), "run"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    wait_ready(f"http://127.0.0.1:{port}", process)
    return Running(f"http://127.0.0.1:{port}", var, process, time.monotonic() - begun)


def stop(running: Running) -> int:
    os.killpg(running.process.pid, signal.SIGINT)
    return running.process.wait(timeout=30)
