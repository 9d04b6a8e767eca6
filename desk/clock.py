"""The one clock. Everything that asks for the time asks it here, so that 24 hours can pass in a test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""Dates that customers and the law speak of are days in this zone (令2020/3 art. 43)."""


class Clock(Protocol):
    """Tells the present moment, always aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """A clock that moves only when told: for replays and tests."""

    def __init__(self, start: datetime) -> None:
        self._now = require_aware(start).astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, step: timedelta) -> None:
        """Move forward by `step`; a clock never goes back."""
        if step < timedelta(0):
            raise ValueError("a clock never goes back")
        self._now += step

    def advance_to(self, moment: datetime) -> None:
        """Move forward to `moment`, or stay when it is already past."""
        self._now = max(self._now, require_aware(moment).astimezone(UTC))


def require_aware(moment: datetime) -> datetime:
    """Return `moment`, or raise ValueError when it has no time zone: a naive time is a bug that surfaces months later."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


def local(moment: datetime) -> datetime:
    """The same moment as customers see it."""
    return require_aware(moment).astimezone(SHANGHAI)


def stamp(moment: datetime) -> str:
    """A moment as part of a key: the same for the same moment, in whatever zone it happens to be held."""
    return f"{require_aware(moment).astimezone(UTC):%Y%m%d%H%M%S}"


def from_epoch(seconds: int) -> datetime:
    """The moment that many seconds after 1970 began."""
    return datetime.fromtimestamp(seconds, UTC)
