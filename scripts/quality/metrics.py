"""Figures over read cases, and how sure they are."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from scripts.quality.cases import Case

Figure = Callable[[Sequence[Case]], float]
RESAMPLES = 400
FEW = 30
"""Below this many cases a figure is reported, not judged."""
LEAST_OF_INTENT = 5


@dataclass(frozen=True)
class Metric:
    """A figure with its target; `wrong` tells the cases that spoil it, `cases` which it is measured on."""

    name: str
    figure: Figure
    wrong: Callable[[Case], bool]
    target: float | None = None
    at_most: bool = False
    counts: Callable[[Case], bool] = lambda _case: True


@dataclass(frozen=True)
class Measured:
    """A figure on one set, with the middle 95 % of what resampling the cases gives."""

    metric: Metric
    on: str
    cases: int
    value: float
    low: float
    high: float
    mistakes: list[Case]

    @property
    def verdict(self) -> str:
        """`holds`, `short` when the interval excludes the target, `open` between, `few` below 30 cases."""
        target = self.metric.target
        if target is None:
            return ""
        if self.value <= target if self.metric.at_most else self.value >= target:
            return "holds"
        if self.cases < FEW:
            return "few"
        return "short" if (self.low > target if self.metric.at_most else self.high < target) else "open"


def measure(metric: Metric, on: str, cases: Iterable[Case]) -> Measured | None:
    """The figure on these cases; None when there are none it speaks of."""
    mine = [case for case in cases if metric.counts(case)]
    if not mine:
        return None
    rng = random.Random(7)
    again = sorted(metric.figure(rng.choices(mine, k=len(mine))) for _ in range(RESAMPLES))
    return Measured(
        metric,
        on,
        len(mine),
        metric.figure(mine),
        again[int(0.025 * RESAMPLES)],
        again[int(0.975 * RESAMPLES) - 1],
        [case for case in mine if metric.wrong(case)],
    )


def share(right: Callable[[Case], bool]) -> Figure:
    """The part of the cases for which it is so."""
    return lambda cases: sum(map(right, cases)) / len(cases)


def f1(said: Callable[[Case], bool], true: Callable[[Case], bool]) -> Figure:
    """Harmonic mean of precision and recall; 1 when there is nothing to find and nothing was found."""

    def figure(cases: Sequence[Case]) -> float:
        both = sum(said(case) and true(case) for case in cases)
        return _f1(both, sum(map(said, cases)) - both, sum(map(true, cases)) - both)

    return figure


def _f1(hit: int, false: int, missed: int) -> float:
    return 2 * hit / (2 * hit + false + missed) if hit + false + missed else 1.0


def right_intent(case: Case) -> bool:
    """Whether the intent is one that a careful reader would take."""
    return case.got.get("intent") in case.gold["accept"]


def macro_f1(cases: Sequence[Case]) -> float:
    """Mean F1 of the intents with at least five cases; an accepted alternative counts for the labelled intent."""
    hit: Counter[str] = Counter()
    false: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for case in cases:
        if right_intent(case):
            hit[case.gold["intent"]] += 1
        else:
            missed[case.gold["intent"]] += 1
            false[str(case.got.get("intent"))] += 1
    common = [name for name in {*hit, *missed} if hit[name] + missed[name] >= LEAST_OF_INTENT]
    return sum(_f1(hit[name], false[name], missed[name]) for name in common) / max(1, len(common))


def complains(kind: object) -> bool:
    """Danger to money or life is told as a complaint, too."""
    return kind in ("complaint", "urgent")


def spans_of(value: Any) -> list[str]:
    """The verbatim pieces of a fact, in whatever form."""
    entries = value if isinstance(value, list) else [value] if value else []
    return [entry["text"] if isinstance(entry, dict) else entry for entry in entries]


def overlap(text: str, one: str, other: str) -> bool:
    """Whether two pieces of a text share a character."""
    a, b = text.find(one), text.find(other)
    return a >= 0 and b >= 0 and a < b + len(other) and b < a + len(one)


def _span_counts(case: Case, key: str) -> tuple[int, int, int]:
    gold, got = case.gold["facts"].get(key, []), spans_of(case.got["facts"].get(key))
    found = [any(overlap(case.text, span, other) for other in got) for span in gold]
    wrong = sum(not any(overlap(case.text, other, span) for other in gold) for span in got)
    return sum(found), wrong, len(found) - sum(found)


def _remedy_counts(case: Case) -> tuple[int, int, int]:
    gold, got = set(case.gold["remedy"]) - {"other"}, set(case.got["facts"]["remedy"]) - {"other"}
    return len(gold & got), len(got - gold), len(gold - got)


def pooled(counts: Callable[[Case], tuple[int, int, int]]) -> Figure:
    """F1 over (found, wrong, missed), summed over the cases."""
    return lambda cases: _f1(*(sum(column) for column in zip(*map(counts, cases), strict=True)))


def fact(key: str, target: float) -> Metric:
    """Overlap F1 of the spans of one fact."""
    return Metric(
        f"fact: {key}",
        pooled(lambda case: _span_counts(case, key)),
        lambda case: any(_span_counts(case, key)[1:]),
        target,
        counts=lambda case: "facts" in case.gold,
    )


def flag(key: str) -> Metric:
    """F1 of a yes-or-no reading of complaints."""
    return Metric(
        key,
        f1(lambda case: bool(case.got.get(key)), lambda case: bool(case.gold[key])),
        lambda case: bool(case.got.get(key)) != bool(case.gold[key]),
        counts=lambda case: key in case.gold,
    )


def labelled(*keys: str) -> Callable[[Case], bool]:
    """Cases that carry these labels."""
    return lambda case: all(key in case.gold for key in keys)


def sure_risk(case: Case) -> bool:
    """Cases about whose urgency the readers agree."""
    return "urgent" in case.gold and case.gold["urgent"] != "maybe"


def urgent(case: Case) -> bool:
    """Whether it truly is danger under way or done."""
    return sure_risk(case) and bool(case.gold["urgent"])


METRICS = [
    Metric(
        "intent: accepted", share(right_intent), lambda case: not right_intent(case), 0.85, counts=labelled("accept")
    ),
    Metric("intent: macro F1 (≥ 5 cases)", macro_f1, lambda _case: False, 0.80, counts=labelled("accept")),
    Metric(
        "intent: out of scope F1",
        f1(
            lambda case: (
                case.got.get("intent") == "out_of_scope"
                and not (right_intent(case) and case.gold["intent"] != "out_of_scope")
            ),
            lambda case: case.gold["intent"] == "out_of_scope",
        ),
        lambda case: (
            (case.got.get("intent") == "out_of_scope") != (case.gold["intent"] == "out_of_scope")
            and not right_intent(case)
        ),
        0.75,
        counts=labelled("accept"),
    ),
    Metric(
        "complaint or not F1",
        f1(lambda case: complains(case.got.get("kind")), lambda case: complains(case.gold["kind"])),
        lambda case: complains(case.got.get("kind")) != complains(case.gold["kind"]),
        0.95,
        counts=labelled("kind"),
    ),
    Metric(
        "mood: mean absolute error",
        lambda cases: sum(abs(case.gold["mood"] - case.got.get("mood", 0)) for case in cases) / len(cases),
        lambda case: abs(case.gold["mood"] - case.got.get("mood", 0)) > 1,
        0.5,
        at_most=True,
        counts=labelled("mood"),
    ),
    Metric(
        "mood: upset F1",
        f1(lambda case: case.got.get("mood", 0) >= 2, lambda case: case.gold["mood"] >= 2),
        lambda case: (case.got.get("mood", 0) >= 2) != (case.gold["mood"] >= 2),
        0.85,
        counts=labelled("mood"),
    ),
    Metric(
        "risk: recall",
        share(lambda case: bool(case.got.get("risk"))),
        lambda case: not case.got.get("risk"),
        0.98,
        counts=urgent,
    ),
    Metric(
        "risk: precision",
        share(urgent),
        lambda case: not urgent(case),
        0.95,
        counts=lambda case: sure_risk(case) and bool(case.got.get("risk")),
    ),
    fact("amount", 0.92),
    fact("when", 0.82),
    fact("institution", 0.88),
    fact("who", 0.72),
    fact("where", 0.72),
    Metric(
        "cause: JR/T 0169 accepted",
        share(lambda case: case.got["cause"]["jrt"] in case.gold["jrt_accept"]),
        lambda case: case.got["cause"]["jrt"] not in case.gold["jrt_accept"],
        0.75,
        counts=labelled("jrt_accept"),
    ),
    Metric(
        "remedy F1", pooled(_remedy_counts), lambda case: any(_remedy_counts(case)[1:]), 0.75, counts=labelled("remedy")
    ),
    flag("staff_implicated"),
    flag("second_complaint"),
]
