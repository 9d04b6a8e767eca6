"""Locks between processes: a file held with flock, freed by the kernel when its holder ends, however it ends."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from api.setup.errors import SetupError


class Taken(SetupError):
    """Another process holds the lock; `note` is what it wrote about itself."""

    def __init__(self, note: str) -> None:
        super().__init__(f"another process holds the lock ({note or 'no note'})")
        self.note = note


def _try(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def held(path: Path, note: str = "") -> Iterator[None]:
    """Hold `path` for the length of the block, with `note` written into it; raise Taken at once when somebody else does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as handle:
        if not _try(handle):
            handle.seek(0)
            raise Taken(handle.read().strip())
        handle.truncate(0)
        handle.write(note)
        handle.flush()
        yield


@contextmanager
def waited_for(path: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold `path` for the length of the block; when somebody else does, say so and wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as handle:
        if not _try(handle):
            say(f"waiting for another process that is at this step ({path})")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
