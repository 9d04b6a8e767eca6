"""Logs: structured, and without a word of what customers say. Only ids and what happened."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_logging() -> None:
    """JSON lines on stderr; libraries from warnings up, because some log request bodies below that."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    for noisy in ("rasa_sdk", "httpx", "socketio", "engineio", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # rasa_sdk puts whole action calls, texts included, into its debug and error lines.
    logging.getLogger("rasa_sdk").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            drop_locals,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def drop_locals(_logger: object, _name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Turn an exception into its type and place: its message may quote what a customer wrote."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        frames = []
        trace = error.__traceback__
        while trace is not None:
            frames.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
            trace = trace.tb_next
        event["error"] = type(error).__name__
        event["where"] = frames[-6:]
    return event
