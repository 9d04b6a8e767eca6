"""What both processes write into their logs while a case is played."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from api.log import configure_logging


class LogTap(io.StringIO):
    """Everything the api would have written into its log."""

    def take(self) -> list[str]:
        """The lines since the last call."""
        lines = self.getvalue().splitlines()
        self.seek(0)
        self.truncate()
        return [line for line in lines if line]


@contextmanager
def tapped_log() -> Iterator[LogTap]:
    """The api's logging as it is in its own process, into a tap instead of stderr; put back afterwards."""
    tap, before, root = LogTap(), structlog.get_config(), logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logging()
    handler = logging.StreamHandler(tap)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    root.handlers = [handler]
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=tap), cache_logger_on_first_use=False)
    try:
        yield tap
    finally:
        root.handlers = handlers
        root.setLevel(level)
        structlog.configure(**before)


class FileTap:
    """A log file that another process writes."""

    def __init__(self, path: Path | None) -> None:
        self._path, self._seen = path, 0
        self.take()

    def take(self) -> list[str]:
        """The lines since the last call; none when there is no such file."""
        if self._path is None or not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._seen)
            new = file.read()
        self._seen += len(new)
        return [line for line in new.decode(errors="replace").splitlines() if line]
