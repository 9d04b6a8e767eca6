"""How long to wait before a process that ended is started again."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Backoff:
    """Doubles the wait with every end, up to a limit; forgets them once a process was well for a while. Seconds."""

    first_s: float = 0.5
    longest_s: float = 30.0
    healthy_s: float = 60.0
    _next_s: float = field(init=False)

    def __post_init__(self) -> None:
        self._next_s = self.first_s

    def after(self, healthy_for_s: float) -> float:
        """The wait after a process ended that had been well for so long (0 when it never was)."""
        if healthy_for_s >= self.healthy_s:
            self._next_s = self.first_s
        wait = self._next_s
        self._next_s = min(wait * 2, self.longest_s)
        return wait
