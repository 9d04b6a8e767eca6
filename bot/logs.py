"""Keeps what customers write out of the logs of the bot process.

Rasa logs texts, entities and slots on debug and in some warnings, and puts the answers of actions into the messages of
exceptions. So its loggers are silent once the server is up, and a traceback is logged as places without messages.
"""

from __future__ import annotations

import logging
import traceback
import warnings

SILENT = logging.CRITICAL + 1


def origin(error: BaseException) -> str:
    """Types and places of an exception and its causes, never its message."""
    parts = []
    current: BaseException | None = error
    while current is not None:
        frames = traceback.extract_tb(current.__traceback__)
        place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        status = getattr(current, "status", None)
        parts.append(f"{type(current).__name__}{f' {status}' if status else ''}{place}")
        current = current.__cause__ or current.__context__
    return " <- ".join(parts)


class WithoutMessages(logging.Filter):
    """Turns the traceback of a record into places only."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record passes, without what an exception said."""
        if record.exc_info and record.exc_info[1] is not None:
            record.msg, record.args = f"{type(record.exc_info[1]).__name__} ({record.name})", None
            record.exc_text = origin(record.exc_info[1])
        return True


def silence() -> None:
    """Call when the server is up: the notices of starting are wanted, what follows is not."""
    for name in ("rasa", "jieba", "aiohttp"):
        logging.getLogger(name).setLevel(SILENT)
    warnings.filterwarnings("ignore")
    names = (None, "sanic.root", "sanic.error", "asyncio")
    for handler in {handler for name in names for handler in logging.getLogger(name).handlers}:
        handler.addFilter(WithoutMessages())
