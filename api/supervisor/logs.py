"""A log file that cannot fill the disk."""

from __future__ import annotations

import time
from pathlib import Path
from typing import BinaryIO


class RotatingLog:
    """Appends to `path`; beyond `limit` bytes it is moved to `path.1` and so on, `kept` old ones at most."""

    def __init__(self, path: Path, *, limit: int = 5_000_000, kept: int = 3) -> None:
        self.path = path
        self._limit = limit
        self._kept = kept
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO = path.open("ab", buffering=0)

    def write(self, chunk: bytes) -> None:
        """Append, after moving a full file out of the way."""
        if self._file.tell() >= self._limit:
            self._rotate()
        self._file.write(chunk)

    def note(self, text: str) -> None:
        """Append a line of the supervisor's own."""
        self.write(f"--- {time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n".encode())

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _rotate(self) -> None:
        self._file.close()
        for number in range(self._kept - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        self.path.replace(self._numbered(1))
        self._file = self.path.open("ab", buffering=0)

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")
