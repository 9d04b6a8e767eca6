from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.clock import SHANGHAI
from desk.clocks.answering import service_dates
from desk.policy.hours import ServiceHours, say_time
from desk.policy.schemas import policy

HOURS = ServiceHours(policy(), policy().calendar)


def at(*parts):
    return datetime(*parts, tzinfo=SHANGHAI)


def dates(received, now=None, hours=HOURS):
    return service_dates(hours, received, priority="P2", now=now or received)


@pytest.mark.parametrize(
    ("received", "told"),
    [
        (at(2025, 6, 11, 11, 20), at(2025, 6, 12, 11, 20)),
        # Saturday night: 24 hours end on Sunday 22:40; the last staffed moment before is 18:30.
        (at(2025, 6, 14, 22, 40), at(2025, 6, 15, 18, 30)),
        (at(2025, 6, 11, 8, 0), at(2025, 6, 11, 18, 30)),
        (at(2025, 6, 11, 23, 59, 59), at(2025, 6, 12, 18, 30)),
        (at(2025, 6, 12), at(2025, 6, 12, 18, 30)),
        # 29 February: a Thursday of a year that has one.
        (at(2024, 2, 28, 15), at(2024, 2, 29, 15)),
        # The last day of the New Year's holiday of 2026, a Saturday; the Sunday after it is a 调休 working day.
        (at(2026, 1, 3, 10), at(2026, 1, 4, 10)),
    ],
)
def test_the_first_answer_is_told_as_the_last_staffed_moment_within_24_hours(received, told):
    assert dates(received).answer_due == told
    assert not dates(received).answer_by_duty


def test_where_nobody_is_there_within_24_hours_the_duty_rota_answers():
    received = at(2025, 10, 2, 10)
    assert dates(received).answer_by_duty
    assert dates(received).answer_due == received + timedelta(hours=24)


def test_registered_when_the_24_hours_are_over_what_can_still_be_kept_is_promised():
    told = dates(at(2025, 6, 9, 10), now=at(2025, 6, 11, 10))
    assert told.answer_due == at(2025, 6, 11, 12)


@pytest.mark.parametrize("weekend_service", [True, False])
def test_a_working_saturday_is_staffed_though_the_desk_rests_on_weekends(weekend_service):
    hours = ServiceHours(policy(), policy().calendar.model_copy(update={"weekend_service": weekend_service}))
    assert dates(at(2025, 10, 10, 15), hours=hours).answer_due == at(2025, 10, 11, 15)
    plain_saturday = dates(at(2025, 6, 13, 15), hours=hours).answer_due
    assert plain_saturday == (at(2025, 6, 14, 15) if weekend_service else at(2025, 6, 13, 18, 30))


@given(st.integers(0, 2 * 365 * 24 * 60))
def test_promised_times_are_always_honest(minutes):
    received = at(2025, 1, 1) + timedelta(minutes=minutes)
    told = dates(received)
    assert received < told.answer_due <= received + timedelta(hours=24)
    assert told.answer_by_duty or HOURS.staffed(told.answer_due - timedelta(seconds=1))
    assert received < told.next_update_at <= received + timedelta(hours=72)


def test_times_are_told_with_weekday_and_date():
    now = at(2025, 6, 11, 10)
    assert say_time(at(2025, 6, 12, 11, 20), now) == "明天(6月12日周四)11:20"
    assert say_time(at(2025, 6, 16, 12, 30), now) == "6月16日(周一)12:30"
