"""Each indicator on samples small enough to count by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from desk.clock import SHANGHAI
from desk.indicators.measures import INDICATORS, backlog
from desk.indicators.policy import indicator_rules
from desk.indicators.sample import Case, Contact, Due, Followed, Sample, Sides, Step

START = datetime(2025, 6, 1, tzinfo=SHANGHAI)
END = datetime(2025, 7, 1, tzinfo=SHANGHAI)
CITY, HQ = (
    Sides(branch="城南支行", tier="GENERAL", month="2025-06"),
    Sides(branch="城北支行", tier="HQ_KEY", month="2025-06"),
)
CASE = Case(
    number="TS1",
    sides=CITY,
    received_at=START,
    registered_at=START + timedelta(minutes=6),
    decided_at=START + timedelta(days=10),
    closed_at=START + timedelta(days=12),
    state="closed",
    counted=True,
    owned=True,
    answered_in_time=True,
    days_to_decision=10.0,
    late=False,
    chases=0,
    seconded=False,
    rechecked=True,
    fed_back=True,
    noticed=True,
    judged=True,
    excluded_handler=False,
    follow_up=Followed(True, True, True, "solved", 5, 4, 1.25, False, None),
)
UNHAPPY = replace(
    CASE,
    number="TS2",
    sides=HQ,
    chases=3,
    late=True,
    days_to_decision=20.0,
    answered_in_time=False,
    seconded=True,
    rechecked=False,
    follow_up=Followed(True, True, False, "no", 2, 3, 0.5, True, False),
)
ASKED = Contact(
    id="c1",
    customer="a",
    sides=CITY,
    ended_at=START,
    enquiry=True,
    elderly=False,
    with_person=False,
    complained=False,
    has_case=False,
    topic="inquire_fee",
    first_replies_s=(1.0, 2.0),
    bot_messages=4,
)
SAMPLE = Sample(
    START,
    END,
    contacts=(ASKED, replace(ASKED, id="c2", customer="b", with_person=True)),
    customers=2,
    registered=(CASE, UNHAPPY),
    decided=(CASE, UNHAPPY),
    closed=(CASE, UNHAPPY),
)


def value(key: str, sample: Sample = SAMPLE) -> float | None:
    return INDICATORS[key](sample).value


def test_every_indicator_has_a_title_and_none_is_left_over() -> None:
    assert set(INDICATORS) == set(indicator_rules().indicators)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("complaint_rate", 100_000),
        ("dissatisfaction_rate", 50_000),
        ("dissatisfied_of_answered", 0.5),
        ("first_reply_p50", 1.0),
        ("answered_within_24h", 0.5),
        ("minutes_to_registration_p50", 6.0),
        ("days_to_decision_p90", 20.0),
        ("decided_within_15", 0.5),
        ("decided_late", 0.5),
        ("chase_rate", 1.5),
        ("chased_cases", 0.5),
        ("second_complaints", 0.5),
        ("rechecked", 0.5),
        ("fed_back", 1.0),
        ("satisfied", 0.5),
        ("satisfaction_mean", 3.5),
        ("index_mean", 0.875),
        ("index_at_least_1", 0.5),
        ("response_rate", 1.0),
        ("recovered", 0.0),
        ("containment", 0.5),
        ("lint_bot", 0.0),
    ],
)
def test_by_hand(key: str, expected: float) -> None:
    assert value(key) == pytest.approx(expected)


@pytest.mark.parametrize("key", sorted(INDICATORS))
def test_nothing_to_count_is_no_figure(key: str) -> None:
    measure = INDICATORS[key](Sample(START, END))
    assert (measure.value, measure.interval) == (None, None)


def test_the_complaint_that_nobody_registered_counts_as_omitted() -> None:
    heard = replace(SAMPLE, registered=(CASE,), contacts=(replace(ASKED, complained=True), ASKED))
    assert INDICATORS["omission_rate"](heard).numerator == 1
    assert value("unrecorded_complaints", heard) == 0.5


def test_a_draft_that_nobody_judged_counts_as_omitted() -> None:
    draft = replace(CASE, state="draft", closed_at=None, judged=False)
    assert INDICATORS["omission_rate"](replace(SAMPLE, registered=(), drafts=(draft,))).numerator == 1


def test_withdrawn_ones_are_not_counted_as_complaints() -> None:
    gone = replace(SAMPLE, registered=(CASE, replace(UNHAPPY, counted=False)))
    assert INDICATORS["complaint_rate"](gone).numerator == 1


def test_giving_up_waiting_is_no_short_wait() -> None:
    waits = replace(ASKED, human_waits_s=(("P1", 10.0), ("P1", None), ("P0", 30.0)))
    sample = replace(SAMPLE, contacts=(waits,))
    assert value("human_reply_p50", sample) == 10.0
    assert value("human_reply_p95", sample) is None
    assert value("human_reply_urgent_p95", sample) == 30.0


def test_coming_back_with_the_same_question_within_a_week() -> None:
    again = replace(ASKED, id="c3", ended_at=START + timedelta(days=3))
    later = replace(ASKED, id="c4", ended_at=START + timedelta(days=20))
    sample = replace(SAMPLE, contacts=(ASKED, again, later))
    assert value("recontact", sample) == pytest.approx(1 / 3)
    assert value("containment", sample) == pytest.approx(2 / 3)


def test_the_three_changes() -> None:
    step = Step("change_person", CITY, True, True, True, True, None, False)
    refused = replace(step, accepted=False, executed=False, succeeded=None)
    missed = replace(step, executed=False, succeeded=None, missed_by="no_show")
    sample = replace(
        SAMPLE, steps=(step, refused, missed, replace(step, kind="change_time", offered_after_refusal=True))
    )
    assert value("change_person_offer", sample) == 1.5
    assert value("change_person_accept", sample) == pytest.approx(2 / 3)
    assert value("change_person_execute", sample) == 0.5
    assert value("change_person_success", sample) == 1.0
    assert value("change_person_no_show", sample) == 0.5
    assert value("offered_after_refusal", sample) == 0.25


def test_promises() -> None:
    sample = replace(SAMPLE, promises=(Due(CITY, True), Due(CITY, True), Due(HQ, False)))
    assert value("promises_kept", sample) == pytest.approx(2 / 3)
    assert value("promises_kept", sample.where(lambda sides: sides.tier == "GENERAL")) == 1.0


def test_a_part_counts_its_own_customers() -> None:
    part = SAMPLE.where(lambda sides: sides.branch == "城南支行")
    assert len(part.registered) == 1
    assert SAMPLE.values("branch") == ["城北支行", "城南支行"]
    assert part.customers == 2


def test_backlog_by_age() -> None:
    young = replace(CASE, closed_at=None, received_at=END - timedelta(hours=5))
    old = replace(CASE, closed_at=None, received_at=END - timedelta(days=45), owned=False)
    found = backlog(replace(SAMPLE, open=(young, old)))
    assert (found["0–1天"], found["30天以上"], found["无人负责"]) == (1, 1, 1)
