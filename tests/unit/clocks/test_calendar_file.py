"""The calendar as data: a day is one thing, and a year that nobody has entered is known to be missing."""

from datetime import date, datetime

import pytest
from pydantic import ValidationError

from desk.clock import SHANGHAI
from desk.clocks.calendar import in_force
from desk.clocks.models import CalendarDay
from desk.policy.hours import ServiceHours
from desk.policy.schemas import Calendar, policy

SHIPPED = policy().calendar


def row(day, kind):
    return CalendarDay(day=day, kind=kind, source="x", as_of=day, by="0213")


@pytest.mark.parametrize(("year", "known"), [(2025, True), (2026, True), (2024, False), (2027, False)])
def test_the_years_that_are_entered(year, known):
    assert SHIPPED.knows(year) is known


def test_a_year_with_a_few_days_only_is_not_entered_yet():
    half = SHIPPED.model_copy(update={"holidays": frozenset(date(2027, 1, n) for n in (1, 2, 3))})
    assert not half.knows(2027)


def test_no_day_is_both():
    with pytest.raises(ValidationError, match="2025-10-01"):
        Calendar.model_validate({**SHIPPED.model_dump(), "workdays": [date(2025, 10, 1)]})


@pytest.mark.parametrize(("kind", "staffed"), [("holiday", False), ("workday", True), ("ordinary", True)])
def test_what_the_desk_has_entered_goes_before_what_was_shipped(kind, staffed):
    # 1 October 2025 is a Wednesday and shipped as a holiday.
    calendar = in_force(SHIPPED, [row(date(2025, 10, 1), kind)])
    assert ServiceHours(policy(), calendar).staffed_day(date(2025, 10, 1)) is staffed
    assert not ServiceHours(policy(), calendar).staffed_day(date(2025, 10, 2))


def test_without_a_calendar_weekdays_are_all_we_know():
    empty = Calendar(
        as_of=date(2025, 1, 1),
        source="x",
        holidays=frozenset(),
        workdays=frozenset(),
        weekend_service=False,
        least_holidays=13,
        look_ahead_days=45,
    )
    hours = ServiceHours(policy(), empty)
    friday, monday = datetime(2031, 10, 3, 19, tzinfo=SHANGHAI), datetime(2031, 10, 6, 9, tzinfo=SHANGHAI)
    assert hours.next_opening(friday) == monday
