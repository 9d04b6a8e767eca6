"""Never ask twice: every real complaint is played, and questions about what it already says are counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from api.replay.service import play
from scripts.quality.cases import SAID_AT, Case
from scripts.quality.metrics import Measured, Metric, measure, share

AFTERWARDS = ("就这些", "不清楚")
"""What the customer goes on with: nothing new, so that every question is about the first message."""


def asked_again(*keys: str, target: float) -> Metric:
    """The share of complaints in which one of these facts is asked for although it was told."""
    return Metric(
        f"asked again: {', '.join(keys)}",
        share(lambda case: bool(case.got["again"] & set(keys))),
        lambda case: bool(case.got["again"] & set(keys)),
        target,
        at_most=True,
    )


METRICS = [asked_again("amount", "when", target=0.0), asked_again("who", "where", "remedy", target=0.03)]


def measured(cases: Iterable[Case]) -> list[Measured]:
    """The figures; nothing when there are no complaints with facts."""
    complaints = [case for case in cases if "facts" in case.gold]
    scripts = [{"id": case.id, "context": {"now": SAID_AT}, "turns": [case.text, *AFTERWARDS]} for case in complaints]
    played = [
        replace(case, got={"again": _told(case) & {key for turn in result["turns"] for key in turn["asked"]}})
        for case, result in zip(complaints, play(scripts) if scripts else [], strict=True)
    ]
    return [found for metric in METRICS if (found := measure(metric, "real", played))]


def _told(case: Case) -> set[str]:
    told = {key for key in ("amount", "when", "who", "where") if case.gold["facts"].get(key)}
    return told | ({"remedy"} if case.gold.get("remedy") else set())
