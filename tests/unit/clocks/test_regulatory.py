"""The regulatory clock as arithmetic, against dates worked out by hand."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from desk.clock import SHANGHAI, local
from desk.clocks.regulatory import regulatory_clock, review_until
from desk.policy.schemas import Profile, Profiles, policy

CN = policy().profiles.profiles["cn_2020_3"]


class Step(NamedTuple):
    kind: str
    at: datetime
    grade: str | None = None


def at(*parts):
    return datetime(*parts, tzinfo=SHANGHAI)


def due(received, *steps, profile=CN, **more):
    return regulatory_clock(profile, received, steps, **more).due


def end(*day):
    return at(*day, 23, 59, 59)


@pytest.mark.parametrize(
    ("received", "decided_by"),
    [
        (at(2025, 6, 11, 11, 20), end(2025, 6, 26)),
        # The first and the last second of a day give the same date; a second later gives the next.
        (at(2025, 6, 11), end(2025, 6, 26)),
        (at(2025, 6, 11, 23, 59, 59), end(2025, 6, 26)),
        (at(2025, 6, 12), end(2025, 6, 27)),
        # A moment of the day before in UTC is today in Shanghai.
        (datetime(2025, 6, 11, 16, 0, tzinfo=UTC), end(2025, 6, 27)),
        (datetime(2025, 6, 11, 15, 59, 59, tzinfo=UTC), end(2025, 6, 26)),
        # Ends of months, of a year, and February with and without its 29th.
        (at(2025, 1, 31, 9), end(2025, 2, 15)),
        (at(2025, 12, 31, 9), end(2026, 1, 15)),
        (at(2024, 2, 14, 9), end(2024, 2, 29)),
        (at(2024, 2, 15, 9), end(2024, 3, 1)),
        (at(2025, 2, 14, 9), end(2025, 3, 1)),
        # Holidays do not move it: it ends in the first days of October, and on New Year's Day.
        (at(2025, 9, 18, 9), end(2025, 10, 3)),
        (at(2025, 12, 17, 9), end(2026, 1, 1)),
    ],
)
def test_fifteen_natural_days_the_first_not_counted(received, decided_by):
    assert due(received) == decided_by


def test_each_grade_counts_from_receipt():
    received = at(2025, 6, 11, 11, 20)
    steps = [Step("extended", at(2025, 6, 20), "complex"), Step("extended", at(2025, 7, 10), "special")]
    assert due(received, steps[0]) == end(2025, 7, 11)
    assert due(received, *steps) == end(2025, 8, 10)


@pytest.mark.parametrize(
    ("paused", "resumed", "days"),
    [
        (at(2025, 6, 15, 9), at(2025, 6, 18, 9), 3),
        (at(2025, 6, 15, 9), at(2025, 6, 15, 18), 0),
        # One second over midnight is a natural day; a whole day but one second is none.
        (at(2025, 6, 15, 23, 59, 59), at(2025, 6, 16), 1),
        (at(2025, 6, 15), at(2025, 6, 15, 23, 59, 59), 0),
        (at(2024, 2, 20, 9), at(2024, 3, 1, 9), 10),
    ],
)
def test_a_pause_adds_its_natural_days(paused, resumed, days):
    received = paused - timedelta(days=4)
    longer = due(received, Step("paused", paused), Step("resumed", resumed)) - due(received)
    assert longer == timedelta(days=days)


def test_while_paused_the_date_is_that_of_going_on_the_same_day():
    clock = regulatory_clock(CN, at(2025, 6, 11, 9), [Step("paused", at(2025, 6, 15, 9))])
    assert (clock.due, clock.paused_since) == (end(2025, 6, 26), at(2025, 6, 15, 9))


def test_new_facts_count_anew_from_their_day():
    assert due(at(2025, 6, 11, 9), Step("restarted", at(2025, 6, 20, 8))) == end(2025, 7, 5)


def test_new_facts_never_bring_an_earlier_date_than_was_told():
    extended = Step("extended", at(2025, 6, 12), "complex")
    assert due(at(2025, 6, 11, 9), extended, Step("restarted", at(2025, 6, 13))) == end(2025, 7, 11)


def test_after_new_facts_the_pauses_before_them_are_gone():
    steps = [Step("paused", at(2025, 6, 12)), Step("resumed", at(2025, 6, 17)), Step("restarted", at(2025, 6, 25))]
    assert due(at(2025, 6, 11, 9), *steps) == end(2025, 7, 10)


def test_a_review_has_thirty_days_and_is_asked_for_within_thirty():
    assert due(at(2025, 6, 11, 9), review=True) == end(2025, 7, 11)
    assert review_until(CN, at(2025, 6, 10, 16)) == end(2025, 7, 10)


class TestOtherRegimes:
    """Two samples show that another regime is data, not code."""

    def test_hong_kong(self):
        hk = policy().profiles.profiles["hk_ic4"]
        received = at(2025, 6, 11, 9)
        assert due(received, profile=hk) == end(2025, 7, 11)
        assert due(received, Step("extended", received, "complex"), profile=hk) == end(2025, 8, 10)
        assert due(received, profile=hk, review=True) == end(2025, 7, 11)
        assert review_until(hk, received) is None

    def test_london_ends_its_days_at_midnight_through_the_change_of_summer_time(self):
        uk = policy().profiles.profiles["uk_disp"]
        for received, ends in (
            (datetime(2025, 3, 1, 12, tzinfo=UTC), datetime(2025, 4, 26, 22, 59, 59, tzinfo=UTC)),
            (datetime(2025, 9, 1, 22, 59, tzinfo=UTC), datetime(2025, 10, 27, 23, 59, 59, tzinfo=UTC)),
            (datetime(2025, 9, 1, 23, 0, tzinfo=UTC), datetime(2025, 10, 28, 23, 59, 59, tzinfo=UTC)),
        ):
            assert due(received, profile=uk) == ends

    def test_the_first_day_may_count(self):
        first = CN.model_copy(update={"first_day_counts": True})
        assert due(at(2025, 6, 11, 9), profile=first) == end(2025, 6, 25)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"grades": {"simple": {"days": 30}, "complex": {"days": 15}}},
            {"grades": {"simple": {"days": 0}}},
            {"grades": {}},
            {"zone": "Asia/Atlantis"},
            {"deadline": 15},
        ],
    )
    def test_a_profile_that_makes_no_sense_is_refused_at_start(self, wrong):
        with pytest.raises((ValidationError, KeyError)):
            Profile.model_validate({**CN.model_dump(mode="json"), **wrong})

    def test_a_default_that_is_not_there_is_refused_at_start(self):
        with pytest.raises(ValidationError, match="us_cfpb"):
            Profiles.model_validate({**policy().profiles.model_dump(mode="json"), "default": "us_cfpb"})


MOMENTS = st.integers(0, 6 * 366 * 86400).map(lambda seconds: at(2023, 1, 1) + timedelta(seconds=seconds))


@given(MOMENTS)
def test_shanghai_has_no_summer_time_so_every_limit_is_so_many_whole_days(received):
    clock = regulatory_clock(CN, received, [])
    midnight = local(received).replace(hour=0, minute=0, second=0, microsecond=0)
    assert clock.due - midnight == timedelta(days=16, seconds=-1)


@given(MOMENTS, st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=6))
def test_pauses_add_up_whatever_their_number(received, gaps):
    steps, days, moment = [], 0, received
    for before, length in gaps:
        start = moment + timedelta(seconds=before)
        moment = start + timedelta(seconds=length)
        steps += [Step("paused", start), Step("resumed", moment)]
        days += (moment.date() - start.date()).days
    assert due(received, *steps) - due(received) == timedelta(days=days)


@given(MOMENTS, st.sampled_from(["assigned", "reopened", "merged", "booked", "told", "transferred", "chased"]))
def test_nothing_else_moves_it(received, kind):
    assert due(received, Step(kind, received + timedelta(days=3))) == due(received)
