"""Slowing down the hasty. In memory: a limit that forgets at restart harms nobody."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import datetime, timedelta

from desk.errors import TooMany


class RateLimit:
    """At most `most` events a minute for a key."""

    def __init__(self, most: int, detail: str) -> None:
        self._most, self._detail = most, detail
        self._seen: dict[str, deque[datetime]] = defaultdict(deque)

    def check(self, key: str, now: datetime) -> None:
        """Count one; raises TooMany with the seconds to wait."""
        seen, start = self._seen[key], now - timedelta(minutes=1)
        while seen and seen[0] <= start:
            seen.popleft()
        if len(seen) >= self._most:
            raise TooMany(self._detail, retry_after=max(1, int((seen[0] - start).total_seconds()) + 1))
        seen.append(now)
        if len(self._seen) > 10_000:
            self._forget(start)

    def _forget(self, start: datetime) -> None:
        for key in [key for key, seen in self._seen.items() if not seen or seen[-1] <= start]:
            del self._seen[key]
