"""Steps shown to the person at the terminal, and long programs run with a line that counts seconds."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from api.setup.errors import SetupError, StepFailed
from api.setup.process import die_with_parent, stop_group

QUIET_EVERY_S = 20.0
"""How often a line is written when the output is a file and cannot be overwritten."""
POLL_S = 0.1


def say(line: str) -> None:
    """Print one line at once, also into a pipe."""
    print(line, flush=True)


class Ticker:
    """A line `label … 12 s`, rewritten in place on a terminal and repeated now and then elsewhere."""

    def __init__(self, label: str) -> None:
        self.label = label
        self._start = time.monotonic()
        self._shown = -1
        self._tty = sys.stdout.isatty()
        if not self._tty:
            say(f"{label} …")

    @property
    def seconds(self) -> float:
        """Time since the start, in seconds."""
        return time.monotonic() - self._start

    def tick(self) -> None:
        """Show the present time when it is worth a new line."""
        step = int(self.seconds // (1.0 if self._tty else QUIET_EVERY_S))
        if step <= self._shown:
            return
        self._shown = step
        if self._tty:
            print(f"\r{self.label} … {self.seconds:.0f} s ", end="", flush=True)
        elif step:
            say(f"{self.label} … {self.seconds:.0f} s")

    def done(self, word: str = "done") -> None:
        """Close the line."""
        say(f"{chr(13) if self._tty else ''}{self.label}: {word} in {self.seconds:.1f} s")


def run_logged(
    label: str,
    command: Sequence[str],
    *,
    log: Path,
    failure: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run a program with its output in `log` (appended) and a counting line at the terminal.

    Raises StepFailed with the sentence `failure` when it ends with an error. The program is ended with us, also when we
    are killed.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    ticker = Ticker(label)
    with log.open("ab") as output:
        output.write(f"$ {' '.join(command)}\n".encode())
        output.flush()
        try:
            process = subprocess.Popen(  # noqa: S603
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        except OSError as error:
            raise SetupError(f"{failure} ({command[0]}: {error.strerror})") from error
        try:
            while process.poll() is None:
                ticker.tick()
                time.sleep(POLL_S)
        finally:
            stop_group(process)
    if process.returncode != 0:
        ticker.done("failed")
        raise StepFailed(failure, log)
    ticker.done()
