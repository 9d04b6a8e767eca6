"""From what was said to moments on the calendar of Asia/Shanghai.

Intervals are half-open: `end` is the first moment after. Complaints look back: a bare 周五 or 21号 is the most recent one.
Appointments look forward: the next one. Weeks begin on Monday.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from desk.clock import SHANGHAI
from desk.reading.facts.lookups import table
from desk.reading.facts.when_lex import Said
from desk.reading.schemas import Precision

_T = table("time")
_DAY = timedelta(days=1)
_FIRST_YEAR, _LAST_YEAR = 1950, 2100
_LAST_CALL_HOUR = 20
"""The latest hour to which a bare hour of an appointment is moved: 8点 said at 10:00 is 20:00, 9点 is tomorrow."""


class Interval(NamedTuple):
    """A resolved time; both ends None when vague or a habit."""

    start: datetime | None
    end: datetime | None
    precision: Precision


class _Days(NamedTuple):
    first: date
    after: date
    precision: Precision


class Frame(NamedTuple):
    """The moment it is said at (Asia/Shanghai) and the direction in which an unfinished date is completed."""

    now: datetime
    forward: bool = False

    @property
    def today(self) -> date:
        return self.now.date()


def _month_first(year: int, month: int) -> date:
    """The first of a month; months outside 1–12 run into the years around."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def _shifted_month(day: date, months: int) -> date:
    first = _month_first(day.year, day.month + months)
    return first.replace(day=min(day.day, monthrange(first.year, first.month)[1]))


def _one_day(day: date) -> _Days:
    return _Days(day, day + _DAY, "day")


def _months(first: date, count: int, precision: Precision) -> _Days:
    return _Days(first, _month_first(first.year, first.month + count), precision)


def _year_said(said: Said, frame: Frame) -> int | None:
    if said.year is not None:
        return said.year
    return None if said.year_shift is None else frame.today.year + said.year_shift


def _festival_day(name: str, year: int) -> date | None:
    entry = _T["festivals"][name]
    raw = entry.get("date") or entry["years"].get(year)
    return None if raw is None else date(year, int(str(raw)[:2]), int(str(raw)[3:]))


def _festival(said: Said, frame: Frame) -> _Days | None:
    name, year = said.festival or "", _year_said(said, frame)
    length = _DAY if said.one_day else timedelta(days=_T["festivals"][name]["days"])
    offset = timedelta(days=said.festival_offset)
    years = [year] if year is not None else [frame.today.year + d for d in ((0, 1) if frame.forward else (0, -1))]
    for candidate in years:
        first = _festival_day(name, candidate)
        if first is None:
            continue
        first += offset
        fits = first + length > frame.today if frame.forward else first <= frame.today
        if fits or year is not None:
            return _Days(first, first + length, "day" if length == _DAY else "range")
    return None


def _week(said: Said, frame: Frame) -> _Days:
    monday = frame.today - timedelta(days=frame.today.weekday()) + timedelta(weeks=said.week_shift or 0)
    if said.weekend:
        saturday = monday + 5 * _DAY
        if said.week_shift is None and not frame.forward and saturday > frame.today:
            saturday -= 7 * _DAY
        return _Days(saturday, saturday + 2 * _DAY, "range")
    if said.weekday is None:
        return _Days(monday, monday + 7 * _DAY, "week")
    day = monday + said.weekday * _DAY
    if said.week_shift is None and not frame.forward and day > frame.today:
        day -= 7 * _DAY
    if said.week_shift is None and frame.forward and day < frame.today:
        day += 7 * _DAY
    return _one_day(day)


def _bare_day(day: int, frame: Frame) -> date | None:
    """The most recent (or next) month that has this day, today included."""
    for step in range(4):
        first = _month_first(frame.today.year, frame.today.month + (step if frame.forward else -step))
        if day > monthrange(first.year, first.month)[1]:
            continue
        found = first.replace(day=day)
        if (found >= frame.today) if frame.forward else (found <= frame.today):
            return found
    return None


def _year_for(month: int, day: int, frame: Frame) -> int:
    """The year of a month or date told without one. `day` 0: the whole month."""
    year = frame.today.year
    if frame.forward:
        last = (month, day) if day else (month, 31)
        return year + 1 if last < (frame.today.month, frame.today.day) else year
    return year - 1 if (month, day or 1) > (frame.today.month, frame.today.day) else year


def _month_said(said: Said, frame: Frame, day: int) -> date | None:
    year = _year_said(said, frame)
    if said.month_shift is not None:
        return _month_first(frame.today.year, frame.today.month + said.month_shift)
    if said.month is not None:
        return _month_first(_year_for(said.month, day, frame) if year is None else year, said.month)
    return None


def _day(said: Said, frame: Frame) -> _Days | None:
    number = said.day or 1
    month = _month_said(said, frame, number)
    if month is None:
        first = _bare_day(number, frame)
    elif number <= monthrange(month.year, month.month)[1]:
        first = month.replace(day=number)
    else:
        return None
    if first is None or said.day_to is None:
        return _one_day(first) if first else None
    if said.day_to > monthrange(first.year, first.month)[1]:
        return None
    return _Days(first, first.replace(day=said.day_to) + _DAY, "range")


def _zone_of(month: date, zone: str) -> _Days:
    first, last = _T["month_zones"][zone]
    last = min(last, monthrange(month.year, month.month)[1])
    return _Days(month.replace(day=first), month.replace(day=last) + _DAY, "range")


def _month(said: Said, frame: Frame) -> _Days:
    month = _month_said(said, frame, 0)
    if month is None:
        here = _zone_of(frame.today.replace(day=1), said.month_zone or "初")
        if frame.forward:
            return here if here.after > frame.today else _zone_of(here.after.replace(day=1), said.month_zone or "初")
        if here.first <= frame.today:
            return here
        return _zone_of(_month_first(frame.today.year, frame.today.month - 1), said.month_zone or "初")
    if said.month_to is not None:
        return _months(month, (said.month_to - month.month) % 12 + 1, "range")
    return _zone_of(month, said.month_zone) if said.month_zone else _months(month, 1, "month")


def _year(said: Said, frame: Frame) -> _Days:
    year = _year_said(said, frame)
    if said.year_zone is None:
        return _Days(date(year or frame.today.year, 1, 1), date((year or frame.today.year) + 1, 1, 1), "year")
    first, last = _T["year_zones"][said.year_zone]
    if year is None:
        year = frame.today.year
        if frame.forward and _month_first(year, last + 1) <= frame.today:
            year += 1
        if not frame.forward and _month_first(year, first) > frame.today:
            year -= 1
    return _months(_month_first(year, first), last - first + 1, "range")


def _relative_day(said: Said, frame: Frame) -> _Days:
    return _one_day(frame.today + (said.day_shift or 0) * _DAY)


def _days(said: Said, frame: Frame) -> _Days | None:
    """The day or days that are named; today when only a time of day is said."""
    readers: tuple[tuple[tuple[object, ...], Callable[[Said, Frame], _Days | None]], ...] = (
        ((said.festival,), _festival),
        ((said.day,), _day),
        ((said.day_shift,), _relative_day),
        ((said.weekend or None, said.weekday, said.week_shift), _week),
        ((said.month, said.month_shift, said.month_zone), _month),
        ((said.year, said.year_shift, said.year_zone), _year),
    )
    for fields, reader in readers:
        if any(f is not None for f in fields):
            return reader(said, frame)
    return _one_day(frame.today)


def _hour24(said: Said, frame: Frame) -> int:
    """The hour counted from midnight of the named day; 25 is one o'clock in the night after it (今晚1点)."""
    hour = said.hour or 0
    if said.part:
        if hour > 12:
            return hour
        low, high = _T["parts_of_day"][said.part]
        candidates = [hour, hour + 12, hour + 24] + ([0] if hour == 12 else [])
        return min(candidates, key=lambda h: max(low - h, h - high + 0.5, 0))
    afternoon = _T["afternoon_hours_future" if frame.forward else "afternoon_hours_past"]
    return hour + 12 if hour in afternoon and not said.literal else hour


def _at(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time(), SHANGHAI) + timedelta(minutes=minutes)


def _time_of_day(said: Said, day: date, frame: Frame) -> Interval:
    if said.hour is None:
        low, high = _T["parts_of_day"][said.part]
        return Interval(_at(day, low * 60), _at(day, high * 60), "part_of_day")
    start = _at(day, _hour24(said, frame) * 60 + (said.minute or 0))
    if said.minute is None:
        return Interval(start, start + timedelta(hours=1), "hour")
    return Interval(start, start + timedelta(minutes=1), "minute")


def _undated(said: Said) -> bool:
    return said.first >= 4


def _moved(found: Interval, said: Said, frame: Frame) -> Interval:
    """A time without a date that lies on the wrong side of now is that of the day (or week) next to it."""
    if found.start is None or found.end is None:
        return found
    late = found.end <= frame.now if frame.forward else found.start > frame.now
    bare_week = said.weekday is not None and said.week_shift is None and said.day is None
    if not late or not (_undated(said) or bare_week):
        return found
    if frame.forward and _undated(said) and not said.part and not said.literal:
        evening = found.start + timedelta(hours=12)
        if evening > frame.now and evening.hour <= _LAST_CALL_HOUR and evening.date() == frame.today:
            return Interval(evening, found.end + timedelta(hours=12), found.precision)
    step = (7 if bare_week else 1) * (_DAY if frame.forward else -_DAY)
    return Interval(found.start + step, found.end + step, found.precision)


def _ago_minutes(unit: str, count: float, frame: Frame) -> Interval:
    minutes = count * {"分钟": 1, "刻钟": 15, "小时": 60}[unit]
    moment = frame.now - timedelta(minutes=minutes)
    if minutes >= 60:
        start = moment.replace(minute=0, second=0, microsecond=0)
        return Interval(start, start + timedelta(hours=1), "hour")
    start = moment.replace(second=0, microsecond=0)
    return Interval(start, start + timedelta(minutes=1), "minute")


def _ago_days(unit: str, count: float, frame: Frame) -> _Days | None:
    today = frame.today
    if unit == "季度":
        unit, count = "月", count * 3
    if unit == "年" and count % 1:
        unit, count = "月", count * 12
    if unit == "天":
        return _one_day(today - timedelta(days=int(count)))
    if unit == "周" or count == 0.5:
        day = today - timedelta(days=round(count * 7) if unit == "周" else 15)
        monday = day - timedelta(days=day.weekday())
        return _Days(monday, monday + 7 * _DAY, "week")
    if unit == "月":
        day = _shifted_month(today, -int(count)) - timedelta(days=15 if count % 1 else 0)
        return _months(day.replace(day=1), 1, "month")
    year = today.year - int(count)
    return _Days(date(year, 1, 1), date(year + 1, 1, 1), "year") if year >= _FIRST_YEAR else None


def _back(day: date, unit: str, count: float) -> date:
    """The day that many units before `day`; negative counts forward."""
    if unit in ("天", "周"):
        return day - timedelta(days=round(count * (7 if unit == "周" else 1)))
    months = {"月": 1, "季度": 3, "年": 12}[unit] * count
    whole = int(months)
    return _shifted_month(day, -whole) - timedelta(days=round((months - whole) * 30))


def _later(unit: str, count: float, frame: Frame) -> Interval:
    if unit in ("分钟", "刻钟", "小时"):
        step = timedelta(minutes=count * {"分钟": 1, "刻钟": 15, "小时": 60}[unit])
        start = (frame.now + step).replace(second=0, microsecond=0)
        return Interval(start, start + timedelta(minutes=1), "minute")
    return _whole(_one_day(_back(frame.today, unit, -count)))


def _whole(days: _Days) -> Interval:
    return Interval(_at(days.first, 0), _at(days.after, 0), days.precision)


def _from_ago(said: Said, frame: Frame) -> Interval | None:
    unit, count = said.ago or ("天", 0)
    if count < 0:
        return _later(unit, -count, frame)
    if said.window:
        if unit in ("分钟", "刻钟", "小时"):
            start = _ago_minutes(unit, count, frame).start
        else:
            start = _at(_back(frame.today, unit, count), 0)
        return Interval(start, frame.now, "range")
    if unit in ("分钟", "刻钟", "小时"):
        return _ago_minutes(unit, count, frame)
    days = _ago_days(unit, count, frame)
    if days is None:
        return None
    if days.precision == "day" and (said.part or said.hour is not None):
        return _time_of_day(said, days.first, frame)
    return _whole(days)


def resolve(said: Said, frame: Frame) -> Interval | None:
    """The moments meant by one expression; None when there is no such day (2月30日)."""
    if said.named is not None:
        return _named(said, frame)
    if said.ago is not None:
        return _from_ago(said, frame)
    days = None if said.year and not _FIRST_YEAR <= said.year <= _LAST_YEAR else _days(said, frame)
    return None if days is None else _within(days, said, frame)


def _named(said: Said, frame: Frame) -> Interval:
    if said.named == "just_now":
        return Interval(frame.now - timedelta(hours=1), frame.now, "hour")
    return Interval(None, None, "habit" if said.named == "habit" else "vague")


def _within(days: _Days, said: Said, frame: Frame) -> Interval:
    """The time of day on these days, or the days themselves."""
    if (said.part or said.hour is not None) and days.after - days.first == _DAY:
        return _moved(_time_of_day(said, days.first, frame), said, frame)
    found = _whole(days)
    if frame.forward and said.weekday is not None and said.week_shift is None and days.first == frame.today:
        return Interval(found.start and found.start + 7 * _DAY, found.end and found.end + 7 * _DAY, "day")
    return found
