from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.clock import SHANGHAI, local
from desk.policy.hours import ServiceHours, say_time
from desk.policy.schemas import policy
from desk.tickets.deadlines import deadlines, decision_due


def at(*parts):
    return datetime(*parts, tzinfo=SHANGHAI)


def dates(received, now=None):
    return deadlines(policy(), received, priority="P2", complexity="simple", now=now or received)


def test_the_decision_is_due_at_the_end_of_the_fifteenth_day_after_receipt():
    assert decision_due(at(2025, 6, 11, 11, 20), 15) == at(2025, 6, 26, 23, 59, 59)


def test_holidays_do_not_move_the_decision():
    assert decision_due(at(2025, 9, 25, 9), 15) == at(2025, 10, 10, 23, 59, 59)


@pytest.mark.parametrize(
    ("received", "told"),
    [
        (at(2025, 6, 11, 11, 20), at(2025, 6, 12, 11, 20)),
        # Saturday night: 24 hours end on Sunday 22:40; the last staffed moment before is 18:30.
        (at(2025, 6, 14, 22, 40), at(2025, 6, 15, 18, 30)),
        (at(2025, 6, 11, 8, 0), at(2025, 6, 11, 18, 30)),
    ],
)
def test_the_first_answer_is_told_as_the_last_staffed_moment_within_24_hours(received, told):
    assert dates(received).answer_due == told


def test_where_nobody_is_there_within_24_hours_the_duty_rota_answers():
    received = at(2025, 10, 2, 10)
    assert dates(received).answer_by_duty
    assert dates(received).answer_due == received + timedelta(hours=24)


@given(st.integers(0, 347 * 24 * 60))
def test_promised_times_are_always_honest(minutes):
    received = at(2025, 1, 1) + timedelta(minutes=minutes)
    told = dates(received)
    assert received < told.answer_due <= received + timedelta(hours=24)
    assert told.answer_by_duty or ServiceHours(policy()).staffed(told.answer_due - timedelta(seconds=1))
    assert local(told.decision_due).date() == local(received).date() + timedelta(days=15)
    assert told.next_update_at <= told.decision_due


def test_times_are_told_with_weekday_and_date():
    now = at(2025, 6, 11, 10)
    assert say_time(at(2025, 6, 12, 11, 20), now) == "明天(6月12日周四)11:20"
    assert say_time(at(2025, 6, 16, 12, 30), now) == "6月16日(周一)12:30"
