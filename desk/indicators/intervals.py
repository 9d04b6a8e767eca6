"""95 % intervals, and what they allow to be said about a target."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Literal

Interval = tuple[float, float]
Verdict = Literal["met", "missed", "cannot_be_judged"]

Z = 1.959964
RULE_OF_THREE = 3.0
"""With nothing in n, the 95 % upper bound is about 3/n: below one in 100,000 takes 300,000 without any (5-indicators.md)."""


def share(k: float, n: float) -> Interval | None:
    """Wilson's interval of k in n; None without any n."""
    if n <= 0:
        return None
    if k == 0:
        return 0.0, min(1.0, RULE_OF_THREE / n)
    if k == n:
        return max(0.0, 1 - RULE_OF_THREE / n), 1.0
    p, z2 = k / n, Z * Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def rate(k: float, n: float) -> Interval | None:
    """Byar's interval of k events over n, where one thing may have several events (chases of a ticket)."""
    if n <= 0:
        return None
    if k == 0:
        return 0.0, RULE_OF_THREE / n
    low = k * (1 - 1 / (9 * k) - Z / (3 * math.sqrt(k))) ** 3
    up = k + 1
    high = up * (1 - 1 / (9 * up) + Z / (3 * math.sqrt(up))) ** 3
    return max(0.0, low) / n, high / n


def mean(values: Sequence[float]) -> Interval | None:
    """The interval of a mean; None for fewer than two values."""
    if len(values) < 2:
        return None
    half = Z * statistics.stdev(values) / math.sqrt(len(values))
    middle = statistics.fmean(values)
    return middle - half, middle + half


def quantile(values: Sequence[float], q: float) -> float:
    """The value below which a share q lies, by the nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)]


def quantile_interval(values: Sequence[float], q: float) -> Interval | None:
    """Between which of the ordered values the quantile lies; None when there are too few to say."""
    ordered, n = sorted(values), len(values)
    half = Z * math.sqrt(n * q * (1 - q))
    low, high = math.floor(n * q - half) - 1, math.ceil(n * q + half)
    if low < 0 or high >= n:
        return None
    return ordered[low], ordered[high]


def verdict(interval: Interval | None, target: float, *, at_least: bool) -> Verdict:
    """Met or missed only when the whole interval says so; small numbers prove nothing."""
    if interval is None:
        return "cannot_be_judged"
    low, high = interval
    if at_least:
        return "met" if low >= target else "missed" if high < target else "cannot_be_judged"
    return "met" if high <= target else "missed" if low > target else "cannot_be_judged"
