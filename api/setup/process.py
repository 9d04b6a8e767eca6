"""Child processes that cannot outlive us: own process group each, ended in order or with their parent."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress

_PR_SET_PDEATHSIG = 1


def _load_prctl() -> Callable[..., int] | None:
    if not sys.platform.startswith("linux"):
        return None
    prctl: Callable[..., int] = ctypes.CDLL(None, use_errno=True).prctl
    return prctl


_prctl = _load_prctl()  # before any fork: loading a library after it may hang on a lock held by another thread


def die_with_parent() -> None:
    """Ask the kernel, in a child between fork and exec, for SIGKILL when the thread that started it ends.

    Even `kill -9` of the parent then leaves no orphan. SIGKILL and not SIGTERM because a frozen child would ignore the
    latter; both processes of Sanbian lose nothing by it. Linux only; elsewhere children are ended by an orderly stop alone.
    The *thread* counts: start children from one that lives as long as they should.
    """
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal a child and everything it started (its process group). Nothing happens when they are gone."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def stop_group(process: subprocess.Popen[bytes], grace_s: float = 8.0) -> None:
    """End a child that leads its own group: SIGTERM, then SIGKILL to the whole group after `grace_s` seconds."""
    if process.poll() is None:
        signal_group(process.pid, signal.SIGTERM)
        # A stopped process handles no signal until it is continued.
        signal_group(process.pid, signal.SIGCONT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(grace_s)
    signal_group(process.pid, signal.SIGKILL)
    process.wait()
