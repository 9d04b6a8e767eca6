"""A bot of one's own, for replays and tests, and finding the one that runs already."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.setup.errors import SetupError, StepFailed
from api.setup.process import die_with_parent, stop_group
from api.setup.training import bot_environment, model_path, rasa
from api.supervisor.ports import LOOPBACK, free_port
from api.supervisor.probe import model_of
from desk.settings import ROOT, Settings

RUNNING = "run.json"
"""In `var_dir` while `sanbian run` runs: `{"pid", "url", "bot", "actions"}`, the addresses really in use."""


def bot_command(root: Path, model: Path, port: int) -> list[str]:
    """Command line of a Rasa server on loopback with our turn channel and nothing else."""
    return rasa(
        root,
        "run",
        "--interface",
        LOOPBACK,
        "--port",
        str(port),
        "--model",
        str(model),
        "--credentials",
        str(root / "bot" / "credentials.yml"),
        "--endpoints",
        str(root / "bot" / "endpoints.yml"),
    )


@dataclass
class OwnBot:
    """A Rasa server started by us. `url` is its base address, `pid` its process and process group."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def wait(self, within_s: float) -> None:
        """Return when it answers. Raises StepFailed when it ends before, or does not within `within_s` seconds."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise StepFailed(f"The bot ended while starting (status {self.process.returncode})", self.log)
            if model_of(self.url):
                return
            time.sleep(0.2)
        raise StepFailed(f"The bot did not answer within {within_s:.0f} s", self.log)

    def stop(self) -> None:
        """End it and everything it started."""
        stop_group(self.process)


def start_bot(model: Path, port: int | None = None, *, root: Path = ROOT) -> OwnBot:
    """Start a Rasa server on `port`, or a free one, without waiting for it. The caller stops it.

    It also ends when the calling *thread* ends, so start it from one that lives long enough.
    """
    number = port or free_port()
    with tempfile.NamedTemporaryFile(prefix="sanbian-bot-", suffix=".log", delete=False) as output:
        process = subprocess.Popen(  # noqa: S603
            bot_command(root, model, number),
            cwd=root,
            env=bot_environment(root),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
    return OwnBot(f"http://{LOOPBACK}:{number}", process, Path(output.name))


@contextmanager
def running_bot(model: Path, port: int | None = None, *, root: Path = ROOT, within_s: float = 180.0) -> Iterator[str]:
    """The base address of an own bot that is ready, for the length of the block.

    Raises StepFailed, which names the log that is then kept, when the bot does not get ready.
    """
    bot = start_bot(model, port, root=root)
    try:
        bot.wait(within_s)
        yield bot.url
    finally:
        bot.stop()
    bot.log.unlink(missing_ok=True)


def find_running_bot(settings: Settings, *, root: Path = ROOT) -> str | None:
    """The base address of a running bot with the model of the present sources; None when there is none."""
    try:
        wanted = model_path(root, settings.models_dir).name
    except SetupError:
        return None
    addresses = dict.fromkeys(filter(None, (_recorded(settings), settings.bot_address)))
    return next((address for address in addresses if model_of(address) == wanted), None)


def _recorded(settings: Settings) -> str | None:
    try:
        record = json.loads((settings.var_dir / RUNNING).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    address = record.get("bot")
    return address if isinstance(address, str) else None
