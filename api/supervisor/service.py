"""`sanbian run`: bot and api side by side until told to stop, and what the person at the terminal is told meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from api.setup.errors import SetupError
from api.setup.locks import Taken, held
from api.setup.training import bot_environment
from api.supervisor.bot import RUNNING, bot_command
from api.supervisor.child import Child, Spec
from api.supervisor.ports import LOOPBACK, own_port, require_port
from api.supervisor.probe import bot_answers, fetch_json
from desk.settings import Settings

GIVE_UP_AFTER = 4
"""Starts of an api that was never ready once. Later ends are restarted for ever, for it did work here."""
SLOW_S = 60.0
POLL_S = 0.5


@dataclass(frozen=True)
class Addresses:
    """Where everything listens in this run."""

    host: str
    port: int
    public: str
    bot: str
    bot_port: int | None
    """None when somebody else runs the bot."""
    actions_port: int

    @property
    def api(self) -> str:
        """The api as reached from this machine."""
        host = {"0.0.0.0": LOOPBACK, "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{host}:{self.port}"


def choose_addresses(settings: Settings) -> Addresses:
    """Take the public port as set, and free ones in place of inner ports that are taken.

    Raises SetupError when the public port cannot be had.
    """
    require_port(settings.host, settings.port)
    actions_port = own_port(settings.actions_port, avoid=(settings.port,))
    public = (settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/")
    if settings.bot_url:
        return Addresses(settings.host, settings.port, public, settings.bot_address, None, actions_port)
    bot_port = own_port(settings.bot_port, avoid=(settings.port, actions_port))
    bot = f"http://{LOOPBACK}:{bot_port}"
    return Addresses(settings.host, settings.port, public, bot, bot_port, actions_port)


def bot_spec(root: Path, settings: Settings, addresses: Addresses, model: Path) -> Spec:
    """The Rasa server with `model`, probed on its turn channel."""
    return Spec(
        name="bot",
        command=bot_command(root, model, addresses.bot_port or settings.bot_port),
        cwd=root,
        env=bot_environment(root),
        log=settings.var_dir / "log" / "bot.log",
        probe=partial(bot_answers, addresses.bot),
    )


def api_spec(root: Path, settings: Settings, addresses: Addresses) -> Spec:
    """The web process. It is told the ports really chosen by the variables that also set them."""
    chosen = {
        "SANBIAN_ACTIONS_PORT": str(addresses.actions_port),
        "SANBIAN_VAR_DIR": str(settings.var_dir),
        "PYTHONUNBUFFERED": "1",
    }
    if addresses.bot_port is not None:
        chosen["SANBIAN_BOT_PORT"] = str(addresses.bot_port)
    return Spec(
        name="api",
        command=[sys.executable, "-m", "api.serve"],
        cwd=root,
        env={**os.environ, **chosen},
        log=settings.var_dir / "log" / "api.log",
    )


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Hold the lock of this `var_dir` for the length of the block; raise SetupError when another run holds it."""
    note = f"process {os.getpid()}, port {settings.port}"
    try:
        with held(settings.var_dir / "run.lock", note):
            yield
    except Taken as error:
        raise SetupError(f"Sanbian already runs from {settings.var_dir} ({error.note}); end it first") from error


@contextmanager
def recorded(settings: Settings, addresses: Addresses) -> Iterator[None]:
    """Leave the addresses in use where `find_running_bot` looks, for the length of the block."""
    file = settings.var_dir / RUNNING
    record = {
        "pid": os.getpid(),
        "url": addresses.api,
        "bot": addresses.bot,
        "actions": f"http://{LOOPBACK}:{addresses.actions_port}/actions",
    }
    file.write_text(json.dumps(record), encoding="utf-8")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


@dataclass
class Service:
    """The supervised processes and the wait until they are of use."""

    specs: Sequence[Spec]
    readyz: str
    say: Callable[[str], None]
    on_ready: Callable[[float], None]
    """Called once, with the seconds since the start, when database and bot are fine."""

    def run(self) -> None:
        """Run until SIGINT, SIGTERM or SIGHUP. Raises SetupError when the api cannot be started at all."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, stop.set)
        children = [Child(spec, self._say_unless(stop)) for spec in self.specs]
        running = [asyncio.create_task(child.run(stop)) for child in children]
        waiting = asyncio.create_task(self._until_ready(children))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({waiting, stopping, *running}, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                waiting.result()
                await asyncio.wait({stopping, *running}, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                self.say("stopping …")
        finally:
            stop.set()
            waiting.cancel()
            stopping.cancel()
            await asyncio.gather(*running)

    def _say_unless(self, stop: asyncio.Event) -> Callable[[str], None]:
        return lambda line: None if stop.is_set() else self.say(line)

    async def _until_ready(self, children: Sequence[Child]) -> None:
        start = time.monotonic()
        told_of: set[str] = set()
        while True:
            state = await fetch_json(self.readyz, timeout_s=2.0)
            if state.get("database") == "ok" and state.get("bot") == "ok":
                self.on_ready(time.monotonic() - start)
                return
            self._refuse_hopeless(children, state)
            for line in self._news(state, time.monotonic() - start):
                if line not in told_of:
                    told_of.add(line)
                    self.say(line)
            await asyncio.sleep(POLL_S)

    def _refuse_hopeless(self, children: Sequence[Child], state: Mapping[str, object]) -> None:
        for child in children:
            if child.spec.name == "api" and not state and child.starts > GIVE_UP_AFTER:
                raise SetupError(f"The api does not start; the reason is at the end of {child.spec.log}")

    def _news(self, state: Mapping[str, object], seconds: float) -> Iterator[str]:
        if state.get("database") == "ok":
            yield "the api answers; waiting for the bot"
        elif state:
            yield "the api answers, but not the database"
        if seconds > SLOW_S:
            logs = ", ".join(str(spec.log) for spec in self.specs)
            yield f"not everything is ready after {SLOW_S:.0f} s; still trying (see {logs})"


def tell(
    addresses: Addresses, settings: Settings, sign_ins: Sequence[Mapping[str, str]], say: Callable[[str], None]
) -> None:
    """Print where to go and how to sign in."""
    say(f"  customers  {addresses.public}/")
    say(f"  desk       {addresses.public}/desk")
    for one in sign_ins:
        say(f"             {one['user']:<11} {one['password']}  ({one['role']})")
    if sign_ins:
        say(f"  The sign-ins are also in {settings.var_dir / 'demo.json'}.")
    say(f"  Logs are in {settings.var_dir / 'log'}. Ctrl-C stops everything.")
