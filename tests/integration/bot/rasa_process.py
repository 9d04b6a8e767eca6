"""Trains and runs the real bot in its own venv, as the product does. Models are kept in the user's cache folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

REPO = Path(__file__).resolve().parents[3]
BOT_PYTHON = REPO / "bot/.venv/bin/python"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "sanbian/test-models"
NLU = Path(__file__).with_name("nlu.yml")
ENVIRONMENT = {
    **os.environ,
    "RASA_TELEMETRY_ENABLED": "false",
    "RASA_CACHE_DIRECTORY": str(CACHE / "rasa"),
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",
}
PATIENCE = 300


def rule_files(without: str | None = None) -> list[Path]:
    return [path for path in sorted((REPO / "data/rules").glob("*.yml")) if path.name != without]


def model_of(rules: Sequence[Path]) -> Path:
    """Where the model of the real domain and pipeline with these rules and the tests' NLU data is, or will be."""
    inputs = [
        REPO / "config.yml",
        REPO / "bot/requirements.txt",
        NLU,
        *sorted((REPO / "bot/domain").glob("*.yml")),
        *sorted((REPO / "bot/components").glob("*.py")),
        *sorted((REPO / "data/lookup/jieba").glob("*")),
        *rules,
    ]
    digest = hashlib.sha256(b"\0".join(path.name.encode() + path.read_bytes() for path in inputs)).hexdigest()[:24]
    return CACHE / f"{digest}.tar.gz"


def trained(rules: Sequence[Path]) -> Path:
    """The same, trained if it is not there yet."""
    model = model_of(rules)
    if not model.exists():
        _train(rules, model)
    return model


def _train(rules: Sequence[Path], model: Path) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        command = [BOT_PYTHON, "-m", "rasa", "train", "-c", "config.yml", "-d", "bot/domain", "--data", NLU, *rules]
        result = subprocess.run(
            [*map(str, command), "--out", folder, "--fixed-model-name", "model"],
            cwd=REPO,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert result.returncode == 0, (result.stdout + result.stderr)[-3000:]
        shutil.move(Path(folder) / "model.tar.gz", model)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Bot:
    """A running bot process."""

    def __init__(self, url: str, log: Path, client: httpx.Client) -> None:
        self.url = url
        self.log = log
        self.client = client

    def post(self, body: Any, path: str = "") -> httpx.Response:
        return self.client.post(f"{self.url}{path}", json=body)

    def logged(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def running(model: Path, log: Path) -> Iterator[Bot]:
    """`rasa run` on loopback with the real credentials and endpoints."""
    port = free_port()
    command = [BOT_PYTHON, "-m", "rasa", "run", "-i", "127.0.0.1", "-p", port, "-m", model]
    command += ["--credentials", "bot/credentials.yml", "--endpoints", "bot/endpoints.yml"]
    with log.open("wb") as output, httpx.Client(timeout=60, trust_env=False) as client:
        process = subprocess.Popen(
            [str(part) for part in command], cwd=REPO, env=ENVIRONMENT, stdout=output, stderr=subprocess.STDOUT
        )
        bot = Bot(f"http://127.0.0.1:{port}/webhooks/turn/", log, client)
        try:
            _wait(process, bot)
            yield bot
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait(process: subprocess.Popen[bytes], bot: Bot) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, bot.logged()[-3000:]
        try:
            if bot.client.get(bot.url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"the bot did not start: {bot.logged()[-3000:]}")
