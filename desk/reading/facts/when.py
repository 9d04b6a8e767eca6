"""Times as customers tell them: 昨天下午三点多, 上个月帐单, 每月21号, 从去年到现在 (4-intents.md 4.2, `time`)."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from desk.clock import local
from desk.reading.facts.lookups import either, table
from desk.reading.facts.when_join import Expression, expressions
from desk.reading.facts.when_lex import Said
from desk.reading.facts.when_resolve import Frame, Interval, resolve
from desk.reading.schemas import When

_T = table("time")
_SIMPLIFY = str.maketrans(_T["traditional"])
_DEADLINE = re.compile(r"(?:日|号)?(?:之|以)?前(?!后|台|夫|妻|任)|到期(?!了|的(?:[,。!?; ]|$))|截止")
_NOT_TOLD = re.compile(r"(?:的|我|都|已经?|跟你们?|和你们?)*(?:话|那个?|那句|说|讲|打错|发错|写错|输错|提到|告诉你)")
_REFUSED = re.compile(r"(?:都|也)?(?:不行|不可以|没空|没时间|不方便|不在|有事|要上班|不得闲|冇空|没有空)")
_TODAY_BEFORE, _TODAY_AFTER = (re.compile(_T["not_today"][k]) for k in ("before", "after"))
_SINCE_BEFORE, _SINCE_AFTER, _NOT_SINCE = (re.compile(_T["since"][k]) for k in ("before", "after", "not_before"))
_LENGTH_BEFORE = re.compile(_T["length_before"])
_CHANGED = re.compile(r"(?:改到|改成|改为|换到|换成|挪到|推到|延到|改在|改)[ ]?$")
_DATED_HABIT = re.compile(r"\d|[二三四五六七八九十]|一(?!个?[月年周天日晚季])|[初底末]|周[日天末]")
_SHORT = 40
_NOW = re.compile(r"现在|马上|立刻|立即|而家|这会儿|即刻")
_VAGUE_FUTURE = re.compile(either(*_T["vague_future"]))
_OPEN_END = re.compile(r"(?:以后|之后|过后|后)(?!天)")
_OPEN_START = re.compile(r"(?:以前|之前|前)(?!天|台)")


def simplify(text: str) -> str:
    """The time words of `text` in Simplified, same length."""
    return text.translate(_SIMPLIFY)


def _single(said: Said, frame: Frame, following: str) -> Interval | None:
    if said.first in (2, 3) and said.year is None and not frame.forward and _DEADLINE.match(following):
        return resolve(said, Frame(frame.now, forward=True))
    return resolve(said, frame)


def _second(until: Said, start: Interval, frame: Frame) -> Interval | None:
    """The later end of a range; a mere hour is of the day on which the range begins."""
    if until.first < 4 or start.start is None:
        return resolve(until, frame)
    day = start.start.date()
    dated = Said(until.start, until.end, level=until.level, first=3, year=day.year, month=day.month, day=day.day)
    dated.part, dated.hour, dated.minute, dated.literal = until.part, until.hour, until.minute, until.literal
    return resolve(dated, frame)


def _range(found: Expression, frame: Frame) -> Interval | None:
    first = resolve(found.said, frame)
    if first is None or first.start is None:
        return None
    if found.until is None:
        return Interval(first.start, frame.now, "range") if first.start < frame.now else None
    last = _second(found.until, first, frame)
    if last is None or last.end is None:
        return None
    last = _last_moment(found.until, last)
    if last.end is not None and last.end <= first.start:
        first = _before(found.said, first, frame)
    if first.start is None or last.end is None or last.end <= first.start:
        return None
    return Interval(first.start, last.end, "range")


def _before(said: Said, first: Interval, frame: Frame) -> Interval:
    """周一到周五 said on a Wednesday and 11月到3月 in June: the range begins a week or a year earlier."""
    if said.weekday is not None and said.week_shift is None and first.start is not None:
        return first._replace(start=first.start - timedelta(weeks=1))
    if said.month is None or said.year is not None:
        return first
    return resolve(said, Frame(frame.now - timedelta(days=366), frame.forward)) or first


def _last_moment(until: Said, last: Interval) -> Interval:
    """从9点到11点 ends at eleven, 从周一到周五 at the end of Friday."""
    return last if until.hour is None or last.start is None else Interval(last.start, last.start, last.precision)


def _interval(found: Expression, text: str, frame: Frame) -> Interval | None:
    try:
        if found.until is not None or found.to_now:
            return _range(found, frame)
        return _single(found.said, frame, text[found.end : found.end + 4])
    except (OverflowError, ValueError):
        return None  # a date that no calendar has; the words stay in the message


def _as_when(found: Expression, text: str, interval: Interval) -> When:
    return When(
        text=text[found.start : found.end],
        start=found.start,
        end=found.end,
        precision=interval.precision,
        start_at=interval.start,
        end_at=interval.end,
    )


def _is_speech(found: Expression, text: str) -> bool:
    """Words about the telling, the deadline or the length rather than the event: 刚才说的, 到今天, 三天后, 一上午."""
    said = found.said
    if said.first == 4 and said.hour is None and _LENGTH_BEFORE.search(text, max(0, found.start - 4), found.start):
        return True
    if said.named == "just_now":
        return bool(_NOT_TOLD.match(text, found.end))
    if said.lasting:
        near = max(0, found.start - 8)
        if _NOT_SINCE.search(text, near, found.start):
            return True
        return not (_SINCE_BEFORE.search(text, near, found.start) or _SINCE_AFTER.match(text, found.end))
    if said.day_shift == 0 and said.level == 3 and not found.to_now and found.until is None:
        near = max(0, found.start - 6)
        return bool(_TODAY_BEFORE.search(text, near, found.start) or _TODAY_AFTER.match(text, found.end))
    return said.ago is not None and said.ago[1] < 0


def _is_background(found: Expression, text: str) -> bool:
    """A bare frequency, part of the day or vague word, told beside a real time, is not when it happened."""
    if found.said.named == "habit":
        return not _DATED_HABIT.search(text, found.start, found.end)
    bare_part = found.said.first == 4 and found.said.hour is None and found.until is None
    return found.said.named == "vague" or bare_part


def read_when(text: str, now: datetime) -> list[When]:
    """The times in `text` (Simplified), looking back from `now` (aware). Unknown dates (2月30日) are left out.

    Vague words, bare frequencies and parts of the day (最近, 每天, 晚上) are kept only where nothing more exact is told, the
    latter two only in a short message: in a long story they are colour.
    """
    frame = Frame(local(now))
    exact: list[When] = []
    loose: list[When] = []
    for found in expressions(text):
        if _is_speech(found, text):
            continue
        interval = _interval(found, text, frame)
        if interval is None or (found.said.year is not None and found.said.year > frame.now.year + 1):
            continue
        (loose if _is_background(found, text) else exact).append(_as_when(found, text, interval))
    if exact:
        return _most_exact(exact)
    return loose if len(text) <= _SHORT else [w for w in loose if w.precision == "vague"]


def _most_exact(told: list[When]) -> list[When]:
    """A day told again, or again with its hour, is one time."""
    with_hour = {w.start_at.date() for w in told if w.start_at and w.precision in ("minute", "hour", "part_of_day")}
    days: set[date] = set()
    kept = []
    for when in told:
        if when.precision == "day" and when.start_at is not None:
            day = when.start_at.date()
            if day in with_hour or day in days:
                continue
            days.add(day)
        kept.append(when)
    return kept


def _bounded(found: Expression, text: str, interval: Interval, frame: Frame) -> tuple[Expression, Interval]:
    """五点以后: from then to the end of the day; 五点前: until then."""
    if interval.start is None or interval.end is None or found.said.level < 4:
        return found, interval
    midnight = interval.start.replace(hour=0, minute=0)
    after = _OPEN_END.match(text, found.end)
    if after:
        longer = Expression(found.start, after.end(), found.said)
        return longer, Interval(interval.start, midnight + timedelta(days=1), "range")
    before = _OPEN_START.match(text, found.end)
    if before:
        longer = Expression(found.start, before.end(), found.said)
        return longer, Interval(max(frame.now, midnight), interval.start, "range")
    return found, interval


def _candidates(text: str, frame: Frame) -> list[tuple[int, When]]:
    """Times in the future with how much they say; those refused (周一不行) left out."""
    result = []
    for found in expressions(text):
        if found.said.named is not None or _REFUSED.match(text, found.end):
            continue
        interval = _interval(found, text, frame)
        if interval is None or interval.start is None or interval.end is None or interval.end <= frame.now:
            continue
        found, interval = _bounded(found, text, interval, frame)
        rank = 2 if _CHANGED.search(text[max(0, found.start - 4) : found.start]) else 0
        result.append((rank + (1 if found.said.level >= 3 else 0), _as_when(found, text, interval)))
    return result


def _together(text: str, frame: Frame) -> When | None:
    """周一吧,下午三点: a day first and a time of day after it are one appointment."""
    parts = [e for e in expressions(text) if e.said.named is None and e.until is None and not e.to_now]
    if len(parts) != 2 or parts[0].said.level != 3 or parts[1].said.first < 4:
        return None
    if _REFUSED.match(text, parts[0].end) or parts[0].said.ago is not None:
        return None
    day, hour = parts[0].said, parts[1].said
    joined = Expression(parts[0].start, parts[1].end, day)
    day.part, day.hour, day.minute, day.literal, day.level = hour.part, hour.hour, hour.minute, hour.literal, hour.level
    interval = _interval(joined, text, frame)
    return _as_when(joined, text, interval) if interval is not None else None


def _loose(text: str, frame: Frame) -> When | None:
    m = _NOW.search(text)
    if m and not _REFUSED.match(text, m.end()):
        start = frame.now.replace(second=0, microsecond=0)
        interval = Interval(start, start + timedelta(minutes=1), "minute")
        return _as_when(Expression(m.start(), m.end(), Said(0, 0)), text, interval)
    m = _VAGUE_FUTURE.search(text)
    if m:
        return _as_when(Expression(m.start(), m.end(), Said(0, 0)), text, Interval(None, None, "vague"))
    return None


def parse_appointment(text: str, now: datetime) -> When | None:
    """The future time that a customer proposes (下周二下午三点, 半小时后), or None. Vague ones (晚点) have no start."""
    frame = Frame(local(now), forward=True)
    plain = simplify(text)
    found = _together(plain, frame)
    if found is None:
        candidates = _candidates(plain, frame)
        found = max(candidates, key=lambda c: c[0])[1] if candidates else _loose(plain, frame)
    if found is None:
        return None
    return found.model_copy(update={"text": text[found.start : found.end]})
