"""The report: every indicator with its numbers, interval and what they allow to be said, split as asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.errors import Invalid
from desk.indicators.gather import read_period, sample_of
from desk.indicators.intervals import Interval, verdict
from desk.indicators.measures import INDICATORS, backlog
from desk.indicators.policy import IndicatorRules, indicator_rules
from desk.indicators.sample import DIMENSIONS, Sample, Sides

SAID = {"met": "达标", "missed": "未达标", "cannot_be_judged": "不能判断"}


@dataclass(frozen=True)
class Line:
    """One indicator of one part of the sample."""

    key: str
    title: str
    numerator: float
    denominator: float
    value: float | None
    interval: Interval | None
    unit: str
    target: float | None
    verdict: str | None


@dataclass(frozen=True)
class Report:
    """All lines, of the whole and of each part."""

    whole: list[Line]
    parts: dict[str, list[Line]]
    backlog: dict[str, int]


def lines_of(sample: Sample, rules: IndicatorRules) -> list[Line]:
    """Every indicator of a sample."""
    found = []
    for key, formula in INDICATORS.items():
        measure, rule = formula(sample), rules.indicators[key]
        said = None
        if rule.target is not None:
            said = verdict(measure.interval, rule.target, at_least=rule.at_least)
        found.append(
            Line(
                key=key,
                title=rule.title,
                numerator=measure.numerator,
                denominator=measure.denominator,
                value=measure.value,
                interval=measure.interval,
                unit=measure.unit,
                target=rule.target,
                verdict=said,
            )
        )
    return found


async def report(
    session: AsyncSession, start: datetime, end: datetime, *, by: str | None = None, branch: str | None = None
) -> Report:
    """The indicators of [start, end), whole and split `by` a dimension; `branch` narrows it to one.

    Raises Invalid for an empty period or an unknown dimension.
    """
    if start >= end:
        raise Invalid("开始时间要早于结束时间。")
    if by is not None and by not in DIMENSIONS:
        raise Invalid(f"不能按{by}分组。", allowed=list(DIMENSIONS))
    rules = indicator_rules()
    sample = sample_of(await read_period(session, start, end), rules)
    if branch is not None:
        sample = sample.where(lambda sides: sides.branch == branch)
    parts = {}
    for value in sample.values(by) if by else ():

        def here(sides: Sides, value: str = value) -> bool:
            return str(getattr(sides, by or "")) == value

        parts[value] = lines_of(sample.where(here), rules)
    return Report(lines_of(sample, rules), parts, backlog(sample))
