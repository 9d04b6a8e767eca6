"""The atoms of Chinese time expressions: 上周三, 5月, 21号, 下午, 三点多. They are joined in `when_join.py`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from desk.reading.facts.lookups import table
from desk.reading.facts.numerals import parse_number, small_number
from desk.reading.facts.when_words import FIRST_LETTERS, PATTERNS

_T = table("time")
Level = Literal[0, 1, 2, 3, 4, 5]
"""0 stands alone; 1 year, 2 month, 3 day, 4 part of the day, 5 clock: a later atom only joins a coarser one."""


@dataclass(slots=True)
class Said:
    """What one expression says, before it is resolved against a clock. None means: not said."""

    start: int
    end: int
    level: int = 0
    first: int = 0
    """The level of the first atom, so that an atom that could begin a new expression is not joined backwards."""
    named: Literal["vague", "habit", "just_now", "now"] | None = None
    year: int | None = None
    year_shift: int | None = None
    year_zone: str | None = None
    month: int | None = None
    month_to: int | None = None
    month_shift: int | None = None
    month_zone: str | None = None
    day: int | None = None
    day_to: int | None = None
    day_shift: int | None = None
    weekday: int | None = None
    week_shift: int | None = None
    weekend: bool = False
    festival: str | None = None
    festival_offset: int = 0
    one_day: bool = False
    """五一那天: the day itself, not the holiday."""
    ago: tuple[str, float] | None = None
    """Unit and how many; negative counts forward."""
    window: bool = False
    """With `ago`: all of the time since then (近三个月)."""
    lasting: bool = False
    """With `window`: told by its length alone (三个月了), a time only where the words around say so."""
    part: str | None = None
    hour: int | None = None
    minute: int | None = None
    literal: bool = False
    """Written as on a clock of 24 hours: 03:20, or a time after a full date."""
    weak: bool = False
    """A bare 三点 that may as well be three items."""
    head_end: int = 0
    """Where the words that name the date end; the rest names the time of day."""


_ATOMS = "|".join(f"(?P<{n}>{p.replace('(?P<', f'(?P<{n}_')})" for n, p in PATTERNS.items())
_MASTER = re.compile(f"(?=[{FIRST_LETTERS}])(?:{_ATOMS})")
_FIELDS = {n: tuple(re.findall(r"\(\?P<(\w+)>", p)) for n, p in PATTERNS.items()}
_FURTHEST = 1000
"""How many units back or forward are still meant as a time."""
_WEEKDAYS = {**{c: i for i, c in enumerate("一二三四五六日")}, "天": 6, **{str(i): i - 1 for i in range(1, 7)}}

Fields = dict[str, str | None]


def _zone(raw: str | None) -> str | None:
    zone = (raw or "").removeprefix("的")
    return zone if len(zone) > 1 else (f"年{zone}" if zone else None)


def _chinese_year(raw: str) -> int:
    found = parse_number(raw)
    return int(found.value) if found else -1


def _date(said: Said, f: Fields) -> bool:
    said.year, said.month = int(f["y"] or 0) or None if "y" in f else None, int(f["m"] or 0)
    said.level = said.first = 2
    if f.get("d"):
        said.day, said.level, said.first = int(f["d"] or 0), 3, 3
    return True


def _quantity(f: Fields) -> float:
    raw = (f["n"] or "").rstrip("多来")
    if raw == "半":
        return 0.5
    found = parse_number(raw)
    return (found.value if found else 1) + (0.5 if f.get("half") or f.get("half2") else 0)


def _unit(raw: str | None) -> str:
    unit = (raw or "").removeprefix("个")
    return {"钟头": "小时", "分": "分钟", "礼拜": "周", "星期": "周", "日": "天"}.get(unit, unit)


def _ago(said: Said, f: Fields) -> bool:
    unit = _unit(f.get("u") or "天")
    said.ago, said.level = (unit, _quantity(f)), 5 if unit in ("分钟", "刻钟", "小时") else 3
    return abs(said.ago[1]) <= _FURTHEST


def _window(said: Said, f: Fields) -> bool:
    said.window = True
    return _ago(said, f)


def _since(said: Said, f: Fields) -> bool:
    said.lasting = True
    return _window(said, f)


def _after(said: Said, f: Fields) -> bool:
    if not _ago(said, f) or said.ago is None:
        return False
    said.ago = (said.ago[0], -said.ago[1])
    return True


def _habit(said: Said, f: Fields) -> bool:
    said.named = "habit"
    return True


def _vague(said: Said, f: Fields) -> bool:
    said.named = "vague"
    return True


def _just_now(said: Said, f: Fields) -> bool:
    said.named = "just_now"
    return True


def _festival(said: Said, f: Fields) -> bool:
    said.level, said.first = 3, 2
    if f["nth"]:
        said.festival, said.festival_offset = "大年初一", "一二三四五六七".index(f["nth"])
        return True
    said.one_day = bool(re.search("(?:当天|那天)$", f["f"] or ""))
    bare = re.sub("(?:当天|那天|假期|期间|长假|前后)$", "", f["f"] or "")
    names = _T["festivals"]
    said.festival = next((n for n in (f["f"], bare, bare.removesuffix("节")) if n in names), None)
    return said.festival is not None


def _year(said: Said, f: Fields) -> bool:
    raw = f.get("y") or f.get("y2") or ""
    said.year, said.year_zone, said.level = _chinese_year(raw), _zone(f.get("z")), 1
    said.first = 1
    return said.year_zone is None or said.year_zone in _T["year_zones"]


def _roc_year(said: Said, f: Fields) -> bool:
    return _year(said, f) and _shift_year(said, 1911)


def _short_year(said: Said, f: Fields) -> bool:
    return _year(said, f) and _shift_year(said, 2000)


def _shift_year(said: Said, by: int) -> bool:
    said.year = (said.year or 0) + by
    return True


def _rel_year(said: Said, f: Fields) -> bool:
    said.year_shift, said.year_zone, said.level, said.first = _T["relative_years"][f["r"]], _zone(f["z"]), 1, 1
    return True


def _year_zone(said: Said, f: Fields) -> bool:
    said.year_zone, said.level, said.first = f["z"], 1, 1
    return True


def _rel_month(said: Said, f: Fields) -> bool:
    word = f["r"] or ""
    said.month_shift = word.count("下") - word.count("上")
    said.month_zone, said.level, said.first = (f["z"] or "").removeprefix("的") or None, 2, 2
    return True


def _month(said: Said, f: Fields) -> bool:
    said.month = 1 if f["m"] == "元" else small_number(f["m"] or "")
    if f["to"]:
        said.month_to = small_number(re.sub("[月份到至~-]", "", f["to"]))
    said.month_zone, said.level, said.first = f["z"], 2, 2
    return 1 <= said.month <= 12 and (said.month_to is None or 1 <= said.month_to <= 12)


def _month_zone(said: Said, f: Fields) -> bool:
    said.month_zone, said.level, said.first = (f["z"] or "")[1:], 2, 2
    return True


def _rel_day(said: Said, f: Fields) -> bool:
    said.level, said.first = 3, 3
    if f["r"]:
        said.day_shift = _T["relative_days"][f["r"]]
    else:
        said.day_shift, said.part, said.level = _T["short_days"][f["s"]], f["p"], 4
        said.head_end = said.start + len(f["s"] or "")
    return True


def _week(said: Said, f: Fields) -> bool:
    day = f["w"] or f["w2"]
    if f["s"]:
        said.week_shift = f["s"].count("下") - f["s"].count("上")
    said.weekend = day == "末"
    said.weekday = _WEEKDAYS.get(day or "")
    said.level = said.first = 3
    return True


def _day(said: Said, f: Fields) -> bool:
    said.day = small_number(f["d"] or "")
    if f["to"]:
        said.day_to = small_number(re.sub("[号日到至~-]", "", f["to"]))
    said.level = said.first = 3
    return 1 <= said.day <= 31 and (said.day_to is None or said.day <= said.day_to <= 31)


def _hhmm(said: Said, f: Fields) -> bool:
    said.hour, said.minute, said.level, said.first = int(f["h"] or 0), int(f["min"] or 0), 5, 5
    said.literal = len(f["h"] or "") == 2
    return said.hour < 24 or said.minute == 0


def _clock(said: Said, f: Fields) -> bool:
    said.hour, said.level, said.first = small_number(f["h"] or ""), 5, 5
    if f["half"]:
        said.minute = 30
    elif f["quarter"]:
        said.minute = 15 if f["quarter"][0] == "一" else 45
    elif f["min"]:
        said.minute = small_number(f["min"])
    said.weak = not (f["zhong"] or f["about"] or said.minute is not None or said.hour > 12)
    return 0 <= said.hour <= 24 and (said.minute is None or 0 <= said.minute < 60)


def _part(said: Said, f: Fields) -> bool:
    said.part, said.level, said.first = f["p"] or f["p2"], 4, 4
    return True


_READERS: dict[str, Callable[[Said, Fields], bool]] = {
    "stamp": _date, "compact": _date, "stamp_month": _date, "dotted": _date, "ago": _ago, "days_ago": _ago, "vague": _vague,
    "beside": _vague, "bare_year": _year,
    "window": _window, "since": _since, "after": _after, "habit": _habit, "just_now": _just_now, "festival": _festival,
    "year": _year, "roc_year": _roc_year, "rel_year": _rel_year, "short_year": _short_year, "year_zone": _year_zone,
    "rel_month": _rel_month, "month": _month, "month_zone": _month_zone, "rel_day": _rel_day, "week": _week,
    "day": _day, "hhmm": _hhmm, "clock": _clock, "part": _part,
}  # fmt: skip


def atoms(text: str) -> Iterator[Said]:
    """The time words of `text` from left to right, not yet joined."""
    for m in _MASTER.finditer(text):
        name = m.lastgroup or ""
        said = Said(m.start(), m.end(), head_end=m.end())
        if _READERS[name](said, {f: m[f"{name}_{f}"] for f in _FIELDS[name]}):
            yield said
