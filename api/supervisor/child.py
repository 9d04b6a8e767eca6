"""One supervised process: started, watched, started again after a growing wait, ended in order."""

from __future__ import annotations

import asyncio
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGTERM

from api.setup.process import die_with_parent, signal_group
from api.supervisor.backoff import Backoff
from api.supervisor.logs import RotatingLog

Probe = Callable[[], Awaitable[bool]]
"""Whether the process answers. Must not take longer than a few seconds and never raises."""


@dataclass(frozen=True)
class Spec:
    """What to run and when it counts as hung. Times in seconds."""

    name: str
    command: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    log: Path
    probe: Probe | None = None
    """Without one the process is never taken for hung."""
    probe_every_s: float = 2.0
    hung_after_s: float = 15.0
    """No answer for so long, after it had answered: hung."""
    starting_s: float = 180.0
    """No answer at all for so long since the start: hung."""
    grace_s: float = 8.0
    """From SIGTERM to SIGKILL."""


@dataclass
class Child:
    """Runs `spec` until told to stop; its end never ends the others."""

    spec: Spec
    say: Callable[[str], None]
    backoff: Backoff = field(default_factory=Backoff)
    starts: int = 0
    pid: int | None = None
    _answered_at: float | None = None
    _healthy_since: float | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the process running until `stop` is set, then end it."""
        log = RotatingLog(self.spec.log)
        try:
            while not stop.is_set():
                how = await self._once(stop, log)
                if not stop.is_set():
                    await self._wait(how, stop, log)
        finally:
            log.close()

    async def _wait(self, how: str, stop: asyncio.Event, log: RotatingLog) -> None:
        healthy = 0.0 if self._healthy_since is None else time.monotonic() - self._healthy_since
        wait = self.backoff.after(healthy)
        line = f"{self.spec.name} {how}; starting it again in {wait:g} s"
        log.note(line)
        self.say(f"{line} (see {self.spec.log})")
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait)

    async def _once(self, stop: asyncio.Event, log: RotatingLog) -> str:
        """One life of the process; tells how it ended."""
        self.starts += 1
        self._answered_at = self._healthy_since = None
        try:
            process = await asyncio.create_subprocess_exec(
                *self.spec.command,
                cwd=self.spec.cwd,
                env=dict(self.spec.env),
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        except OSError as error:
            return f"could not be started ({error.strerror}: {self.spec.command[0]})"
        self.pid = process.pid
        log.note(f"{self.spec.name} started, process {process.pid}")
        if self.spec.probe is None:
            self._healthy_since = time.monotonic()
        try:
            return await self._watch(process, stop, log)
        finally:
            self.pid = None

    async def _watch(self, process: Process, stop: asyncio.Event, log: RotatingLog) -> str:
        copying = asyncio.create_task(_copy(process, log))
        ended = asyncio.create_task(process.wait())
        stopping = asyncio.create_task(stop.wait())
        hung = asyncio.create_task(self._until_hung())
        try:
            await asyncio.wait({ended, stopping, hung}, return_when=asyncio.FIRST_COMPLETED)
            how = "hung" if hung.done() and not ended.done() else "ended"
            if not ended.done():
                await self._end(process, patiently=stopping.done())
        finally:
            for task in (stopping, hung):
                task.cancel()
            # What it had started in its group must not live on without it; also when we are cancelled ourselves.
            signal_group(process.pid, SIGKILL)
            await ended
            with suppress(TimeoutError):
                await asyncio.wait_for(copying, 2.0)
        return how if how == "hung" else f"ended ({_manner(process.returncode)})"

    async def _end(self, process: Process, *, patiently: bool) -> None:
        if patiently:
            signal_group(process.pid, SIGTERM)
            signal_group(process.pid, SIGCONT)  # a frozen process handles no signal
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), self.spec.grace_s)
        if process.returncode is None:
            signal_group(process.pid, SIGKILL)

    async def _until_hung(self) -> None:
        """Return when the process has not answered for too long."""
        if self.spec.probe is None:
            await asyncio.Event().wait()
            return
        started = time.monotonic()
        while True:
            await asyncio.sleep(self.spec.probe_every_s)
            if await self.spec.probe():
                self._answered_at = time.monotonic()
                self._healthy_since = self._healthy_since or self._answered_at
            elif time.monotonic() - (self._answered_at or started) > self._patience_s:
                return

    @property
    def _patience_s(self) -> float:
        return self.spec.starting_s if self._answered_at is None else self.spec.hung_after_s


async def _copy(process: Process, log: RotatingLog) -> None:
    """Everything the process prints, into the log."""
    output = process.stdout
    if output is None:
        return
    while chunk := await output.read(65536):
        log.write(chunk)


def _manner(returncode: int | None) -> str:
    if returncode is not None and returncode < 0:
        return f"signal {-returncode}"
    return f"status {returncode}"
