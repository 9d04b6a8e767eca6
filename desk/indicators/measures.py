"""The indicators of 5-indicators.md, each a function of a sample."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from desk.indicators import intervals
from desk.indicators.intervals import Interval
from desk.indicators.sample import Case, Contact, Sample

HUNDRED_THOUSAND = 100_000


@dataclass(frozen=True)
class Measure:
    """What came out. `value` is None when there was nothing to count."""

    numerator: float
    denominator: float
    value: float | None
    interval: Interval | None
    unit: str = "share"


def share(k: int, n: int, per: int = 1) -> Measure:
    """k of n, or per 100,000."""
    found = intervals.share(k, n)
    scaled = None if found is None else (found[0] * per, found[1] * per)
    return Measure(k, n, k / n * per if n else None, scaled, "share" if per == 1 else "per_100k")


def of(rows: Sequence[object], hits: Iterable[bool]) -> Measure:
    """The share of rows that hit."""
    return share(sum(hits), len(rows))


def events(k: int, n: int) -> Measure:
    """Events per thing."""
    return Measure(k, n, k / n if n else None, intervals.rate(k, n), "per_case")


def per_thousand(k: int, n: int) -> Measure:
    """Events per thousand messages."""
    found = intervals.rate(k, n)
    scaled = None if found is None else (found[0] * 1000, found[1] * 1000)
    return Measure(k, n, k / n * 1000 if n else None, scaled, "per_1000")


def quantile(values: Sequence[float], q: float, unit: str) -> Measure:
    """A quantile of durations."""
    if not values:
        return Measure(0, 0, None, None, unit)
    return Measure(
        len(values), len(values), intervals.quantile(values, q), intervals.quantile_interval(values, q), unit
    )


def average(values: Sequence[float], unit: str) -> Measure:
    """A mean."""
    value = statistics.fmean(values) if values else None
    return Measure(sum(values), len(values), value, intervals.mean(values), unit)


def _counted(sample: Sample) -> list[Case]:
    return [case for case in sample.registered if case.counted]


def omitted(case: Case) -> bool:
    """Whether a case broke a rule of the four no-misses (SD074–SD077)."""
    unjudged = case.state == "draft" and not case.judged
    unclosed = case.closed_at is not None and case.counted and not (case.rechecked and case.fed_back and case.noticed)
    return unjudged or (case.state != "draft" and not case.owned) or unclosed


def _omission(sample: Sample) -> Measure:
    problems = [*sample.registered, *sample.drafts]
    unrecorded = sum(contact.complained and not contact.has_case for contact in sample.contacts)
    broken = sum(omitted(case) for case in problems) + unrecorded
    return share(broken, len(problems) + unrecorded + sample.ideas, HUNDRED_THOUSAND)


def _unhappy(cases: Iterable[Case]) -> int:
    return sum(case.follow_up is not None and case.follow_up.dissatisfied for case in cases)


def _replies(sample: Sample) -> list[float]:
    return [seconds for contact in sample.contacts for seconds in contact.first_replies_s]


def _waits(sample: Sample, urgent: bool) -> list[float]:
    # Somebody who gave up waited longer than anybody who was served; infinity keeps the quantile honest.
    return [
        float("inf") if seconds is None else seconds
        for contact in sample.contacts
        for priority, seconds in contact.human_waits_s
        if (priority == "P0") == urgent
    ]


def _wait(sample: Sample, q: float, *, urgent: bool) -> Measure:
    found = quantile(_waits(sample, urgent), q, "seconds")
    if found.value == float("inf"):
        return Measure(found.numerator, found.denominator, None, None, "seconds")
    return found


def _minutes_to_registration(sample: Sample) -> list[float]:
    return [
        (case.registered_at - case.received_at).total_seconds() / 60
        for case in _counted(sample)
        if case.registered_at is not None
    ]


def _days(sample: Sample) -> list[float]:
    return [case.days_to_decision for case in sample.decided if case.days_to_decision is not None]


def _within(sample: Sample, days: int) -> Measure:
    found = _days(sample)
    return of(found, (value <= days for value in found))


def _answered(sample: Sample) -> list[Case]:
    return [case for case in sample.closed if case.follow_up is not None and case.follow_up.answered]


def _asked(sample: Sample) -> list[Case]:
    return [case for case in sample.closed if case.follow_up is not None and case.follow_up.asked]


def _scores(sample: Sample, name: str) -> list[int]:
    found = [getattr(case.follow_up, name) for case in _answered(sample)]
    return [score for score in found if score is not None]


def _index(sample: Sample) -> list[float]:
    return [case.follow_up.index for case in _answered(sample) if case.follow_up and case.follow_up.index is not None]


def _recovery(sample: Sample) -> Measure:
    tried = [case.follow_up.recovered for case in _answered(sample) if case.follow_up and case.follow_up.dissatisfied]
    return of(tried, (bool(one) for one in tried))


def _again(contact: Contact, others: Iterable[Contact]) -> bool:
    for other in others:
        gap = other.ended_at - contact.ended_at
        same = other.id != contact.id and other.customer == contact.customer and other.topic == contact.topic
        if same and contact.topic is not None and 0 <= gap.total_seconds() <= 7 * 86_400:
            return True
    return False


def _by_customer(sample: Sample) -> dict[str, list[Contact]]:
    found: dict[str, list[Contact]] = {}
    for contact in sample.contacts:
        found.setdefault(contact.customer, []).append(contact)
    return found


def _recontact(sample: Sample) -> Measure:
    groups = _by_customer(sample)
    return of(sample.contacts, (_again(contact, groups[contact.customer]) for contact in sample.contacts))


def _containment(sample: Sample) -> Measure:
    groups = _by_customer(sample)
    rows = [contact for contact in sample.contacts if contact.enquiry and not contact.elderly]
    good = (
        not contact.with_person and not contact.low_score and not _again(contact, groups[contact.customer])
        for contact in rows
    )
    return of(rows, good)


def _change(kind: str, what: str) -> Callable[[Sample], Measure]:
    def measure(sample: Sample) -> Measure:
        steps = [step for step in sample.steps if step.kind == kind]
        offered = [step for step in steps if step.offered]
        accepted = [step for step in steps if step.accepted]
        executed = [step for step in steps if step.executed]
        if what == "offer":
            cases = len(sample.registered)
            return events(len(offered), cases)
        if what == "accept":
            return of(offered, (step.accepted for step in offered))
        if what == "execute":
            return of(accepted, (step.executed for step in accepted))
        if what == "no_show":
            return of(accepted, (step.missed_by is not None for step in accepted))
        judged = [step.succeeded for step in executed if step.succeeded is not None]
        return of(judged, (bool(one) for one in judged))

    return measure


Formula = Callable[[Sample], Measure]
INDICATORS: dict[str, Formula] = {
    "complaint_rate": lambda s: share(len(_counted(s)), len(s.contacts), HUNDRED_THOUSAND),
    "complaint_rate_per_customer": lambda s: share(
        min(len(_counted(s)), s.customers) if s.customers else 0, s.customers, HUNDRED_THOUSAND
    ),
    "omission_rate": _omission,
    "unrecorded_complaints": lambda s: of(s.contacts, (c.complained and not c.has_case for c in s.contacts)),
    "dissatisfaction_rate": lambda s: share(_unhappy(s.closed), len(s.closed), HUNDRED_THOUSAND),
    "dissatisfied_of_answered": lambda s: share(_unhappy(_answered(s)), len(_answered(s))),
    "first_reply_p50": lambda s: quantile(_replies(s), 0.5, "seconds"),
    "first_reply_p95": lambda s: quantile(_replies(s), 0.95, "seconds"),
    "human_reply_p50": lambda s: _wait(s, 0.5, urgent=False),
    "human_reply_p95": lambda s: _wait(s, 0.95, urgent=False),
    "human_reply_urgent_p95": lambda s: _wait(s, 0.95, urgent=True),
    "answered_within_24h": lambda s: of(
        [c for c in _counted(s) if c.answered_in_time is not None],
        (bool(c.answered_in_time) for c in _counted(s) if c.answered_in_time is not None),
    ),
    "minutes_to_registration_p50": lambda s: quantile(_minutes_to_registration(s), 0.5, "minutes"),
    "days_to_decision_p50": lambda s: quantile(_days(s), 0.5, "days"),
    "days_to_decision_p90": lambda s: quantile(_days(s), 0.9, "days"),
    "decided_within_15": lambda s: _within(s, 15),
    "decided_within_30": lambda s: _within(s, 30),
    "decided_within_60": lambda s: _within(s, 60),
    "decided_late": lambda s: of(s.decided, (c.late for c in s.decided)),
    "extensions_in_order": lambda s: of(s.extensions, (e.in_order for e in s.extensions)),
    "chase_rate": lambda s: events(sum(c.chases for c in _counted(s)), len(_counted(s))),
    "chased_cases": lambda s: of(_counted(s), (c.chases > 0 for c in _counted(s))),
    "promises_kept": lambda s: of(s.promises, (p.kept for p in s.promises)),
    "second_complaints": lambda s: of(s.decided, (c.seconded for c in s.decided)),
    "rechecked": lambda s: of(s.closed, (c.rechecked for c in s.closed)),
    "fed_back": lambda s: of(s.closed, (c.fed_back for c in s.closed)),
    "notices_complete": lambda s: of(s.decided, (c.noticed for c in s.decided)),
    "recusal_violations": lambda s: of(_counted(s), (c.excluded_handler for c in _counted(s))),
    "satisfied": lambda s: of(_scores(s, "perception"), (score >= 4 for score in _scores(s, "perception"))),
    "satisfaction_mean": lambda s: average(_scores(s, "perception"), "score"),
    "manner_satisfied": lambda s: of(_scores(s, "manner"), (score >= 4 for score in _scores(s, "manner"))),
    "index_mean": lambda s: average(_index(s), "index"),
    "index_at_least_1": lambda s: of(_index(s), (value >= 1 for value in _index(s))),
    "response_rate": lambda s: share(len(_answered(s)), len(_asked(s))),
    "recovered": _recovery,
    "containment": _containment,
    "recontact": _recontact,
    **{
        f"{kind}_{what}": _change(kind, what)
        for kind in ("change_person", "change_place", "change_time")
        for what in ("offer", "accept", "execute", "success", "no_show")
    },
    "offered_after_refusal": lambda s: of(s.steps, (step.offered_after_refusal for step in s.steps)),
    "lint_bot": lambda s: per_thousand(sum(c.bot_lint for c in s.contacts), sum(c.bot_messages for c in s.contacts)),
    "lint_agent": lambda s: per_thousand(
        sum(c.agent_lint for c in s.contacts), sum(c.agent_messages for c in s.contacts)
    ),
}
"""By key; titles and targets are data (`data/policy/indicators.yml`)."""

AGES = ((1, "0–1天"), (3, "1–3天"), (7, "3–7天"), (15, "7–15天"), (30, "15–30天"))


def backlog(sample: Sample) -> dict[str, int]:
    """Open cases by age at the end of the period; nobody may be without an owner."""
    found = {name: 0 for _, name in AGES} | {"30天以上": 0, "无人负责": 0}
    for case in sample.open:
        days = (sample.end - case.received_at).total_seconds() / 86_400
        found[next((name for most, name in AGES if days <= most), "30天以上")] += 1
        found["无人负责"] += not case.owned
    return found
