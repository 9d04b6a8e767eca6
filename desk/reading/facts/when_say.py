"""Reading a time back in the customer's words with the date it was taken for: 昨天(6月10日)下午, 6月7日(上周六).

The order is the customer's (3-dialogue.md 3.2 F1: only what was said, traceable); the date is what they can correct.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from desk.clock import local
from desk.reading.facts.when import simplify
from desk.reading.facts.when_join import Expression, expressions
from desk.reading.facts.when_lex import Said
from desk.reading.schemas import When

_DAY_WORDS = {-3: "大前天", -2: "前天", -1: "昨天", 0: "今天", 1: "明天", 2: "后天", 3: "大后天"}
_BRACKETS = str.maketrans("（）", "()")
_LONG_PARTS = {"早": "上午", "晨": "早上", "朝": "上午", "晚": "晚上", "夜": "夜里"}


def say_date(day: date, today: date) -> str:
    """6月10日, with the year when it is not this one."""
    year = "" if day.year == today.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def _say_days(first: date, after: date, today: date) -> str:
    last = after - timedelta(days=1)
    if first.day == 1 and after.day == 1 and (first.month, after.year - first.year) == (after.month, 1):
        return f"{first.year}年"
    if first.day == 1 and after.day == 1 and (last.year, last.month) == (first.year, first.month):
        return f"{first.month}月" if first.year == today.year else f"{first.year}年{first.month}月"
    if first.day == 1 and after.day == 1:
        return f"{_year_month(first, today)}到{_year_month(last, first)}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{say_date(first, today)}到{last.day}日"
    return f"{say_date(first, today)}到{say_date(last, first)}"


def _year_month(day: date, today: date) -> str:
    return f"{day.month}月" if day.year == today.year else f"{day.year}年{day.month}月"


def _rest(said: Said, text: str, start: datetime) -> str:
    """The words after the date (下午三点多), a one-letter part written out, a bare 3点 told apart from three at night."""
    rest = text[said.head_end :].lstrip(" 的,吧呀啊。").replace(" ", "")
    if said.part in _LONG_PARTS and rest.startswith(said.part):
        return _LONG_PARTS[said.part] + rest[1:]
    if said.hour is not None and said.part is None and start.hour == said.hour + 12:
        return ("下午" if start.hour < 18 else "晚上") + rest
    return rest


def _one_day(found: Expression, text: str, start: datetime, today: date) -> str:
    said, day = found.said, _named_day(found.said, start)
    if said.first >= 4:
        said.head_end = 0
        return _day_word(day, today) + _rest(said, text, start)
    words = text[: said.head_end].strip()
    rest = _rest(said, text, start)
    if said.day_shift is not None:
        return _day_word(day, today) + rest
    if said.weekday is not None and said.day is None:
        return f"{say_date(day, today)}({words}){rest}"
    if said.day is not None and said.day_to is None:
        return say_date(day, today) + rest
    return f"{words}({say_date(day, today)}){rest}"


def _day_word(day: date, today: date) -> str:
    shift = (day - today).days
    if shift == 0:
        return "今天"
    word = _DAY_WORDS.get(shift)
    return f"{word}({say_date(day, today)})" if word else say_date(day, today)


def _named_day(said: Said, start: datetime) -> date:
    """今晚1点 runs into the next day, yet it is read back as tonight."""
    runs_over = said.part in ("晚", "晚上", "夜里", "半夜", "深夜", "夜") and start.hour < 6
    return start.date() - timedelta(days=1) if runs_over else start.date()


def _is_day(found: Expression, when: When, start: datetime, end: datetime) -> bool:
    if when.precision in ("minute", "hour", "part_of_day", "day"):
        return True
    return found.said.level >= 4 and not found.to_now and end - start <= timedelta(days=1)


def describe(when: When, now: datetime) -> str:
    """The time in the customer's words with its date, in Simplified. Vague times and habits are returned as they are."""
    plain = simplify(when.text).translate(_BRACKETS)
    today = local(now).date()
    read = expressions(plain)
    if when.start_at is None or when.end_at is None or not read:
        return plain
    found = read[0]
    start, end = local(when.start_at), local(when.end_at)
    if found.said.named == "just_now" or (found.said.ago and found.said.level == 5):
        return plain
    if _is_day(found, when, start, end):
        return _one_day(found, plain, start, today)
    if found.to_now or found.said.window:
        return f"{plain}({_say_start(found, start.date(), today)}至今)"
    after = end.date() if (end.hour, end.minute) == (0, 0) else end.date() + timedelta(days=1)
    said = _say_days(start.date(), after, today)
    told = found.until is None and found.said.year is not None and found.said.year_zone is None
    return plain if said in plain or (told and str(start.year) in plain) else f"{plain}({said})"


def _say_start(found: Expression, first: date, today: date) -> str:
    said = found.said
    if said.month is not None or said.month_shift is not None:
        return say_date(first, today) if said.day is not None else _year_month(first, today)
    if said.year is not None or said.year_shift is not None:
        return f"{first.year}年"
    return say_date(first, today)
