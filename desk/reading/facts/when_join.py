"""Atoms become expressions: 昨天 + 下午 + 三点多 is one time, 3月 + 到 + 5月 is one range."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from desk.reading.facts.lookups import either, table
from desk.reading.facts.when_lex import Said, atoms
from desk.reading.facts.when_words import NOT_CLOCK

_NOW = either(*table("time")["now_words"])
_GLUE = re.compile(r"[ ]{0,3}(?:的|那天|当天|,)?[ ]{0,3}(?:就是|就|是)?(?:大概|大约|差不多|约|快)?(?:在|是)?[ ]{0,3}")
_AFTER = re.compile(r"左右|前后(?!矛盾|不一)|那天|当天|期间|当日|许(?!多)|的时候|那会儿?")
_BETWEEN = re.compile(r"[ ]*(?:一直)?(?:到了?|至|直到|[-~—–]{1,2})[ ]*")
_TO_NOW = re.compile(rf"(?:开始|起)?,?(?:一直)?(?:到了?|至|直到)(?:{_NOW}|今天?(?!年|早|晚|日|天))|以来|至今")
_ONWARDS = re.compile(r"(?:开始|起)(?!诉|来|码|初|的)")
_FROM = re.compile(r"(?:自从|从|自|由|打)[ ]?$")
_NOT_CLOCK = re.compile(NOT_CLOCK)
_CLOCK_FOLLOWS = re.compile(r"[以之]?[前后]|[去来到打取转办存被在就才给我开关下上出进回吧的了扣发接,。!?;、 ~-]|$")
_COUNTED = re.compile(r"(?:有|这|那|以下|如下|几|提|说|讲|补充|差|早|快|晚|慢|多|少|高|低|好|大|一|是|利率)$")


@dataclass(slots=True)
class Expression:
    """One time of the text, maybe a range; `to_now` when it lasts until the present."""

    start: int
    end: int
    said: Said
    until: Said | None = None
    to_now: bool = False


def _is_hour(atom: Said, before: Said | None, text: str) -> bool:
    """Whether a bare 三点 is an hour rather than three items."""
    if not atom.weak:
        return True
    one = text[atom.start] == "一"
    follows_items = bool(_NOT_CLOCK.match(text, atom.end))
    if before is not None and (before.part or before.level == 4):
        return not (one and follows_items)
    if before is not None and before.level == 3:
        return not one and not follows_items
    if one or follows_items or _COUNTED.search(text, max(0, atom.start - 3), atom.start):
        return False
    return bool(_CLOCK_FOLLOWS.match(text, atom.end))


def _glued(text: str, left: Said, right: Said) -> bool:
    if right.start == left.end:
        return True
    if text[left.end : right.start] == "(" and text[right.end : right.end + 1] == ")":
        return True
    m = _GLUE.fullmatch(text, left.end, right.start)
    return m is not None and ("," not in m[0] or (left.level == 3 and right.first >= 4))


def _completes(left: Said, right: Said, text: str) -> bool:
    """上周 + 的周三, 上个月 + 月底, 6月7日 + (上周六)."""
    if left.week_shift is not None and left.weekday is None and not left.weekend:
        return right.week_shift is None and right.weekday is not None
    if right.weekday is not None and left.day is not None and left.weekday is None:
        return text[left.end : right.start] == "("
    if left.day_shift is not None and left.level == 3 and right.month is not None:
        return True  # 今天5月17日
    if right.month_zone and right.month is None and right.month_shift is None:
        return (left.month is not None or left.month_shift is not None) and not left.month_zone and left.level == 2
    return False


def _joins(left: Said, right: Said, text: str) -> bool:
    if left.named or right.named or left.window or right.first == 0 or left.level == 0:
        return False
    if not _glued(text, left, right):
        return False
    return right.first > left.level or _completes(left, right, text)


_FIELDS = (
    "year", "year_shift", "year_zone", "month", "month_to", "month_shift", "month_zone", "day", "day_to",
    "day_shift", "weekday", "week_shift", "weekend", "festival", "festival_offset", "part", "hour", "minute",
)  # fmt: skip


def _merge(left: Said, right: Said) -> Said:
    joined = replace(left, end=right.end, level=max(left.level, right.level))
    for name in _FIELDS:
        value = getattr(right, name)
        if value is not None and value is not False and (value or name != "festival_offset"):
            setattr(joined, name, value)
    if right.month is not None and left.day_shift is not None:
        joined.day_shift, joined.level = None, right.level
    joined.literal = right.literal or (right.hour is not None and left.year is not None and left.day is not None)
    if right.first <= 3:
        joined.head_end = right.end
    return joined


def _bracketed(left: Said, right: Said) -> Said:
    """6月7日(上周六): the weekday only repeats the date, which wins."""
    return replace(left, end=right.end + 1, head_end=right.end + 1)


def _orphan(atom: Said, current: Said | None, text: str) -> bool:
    """The 5日 of 13月5日."""
    if atom.day is None or atom.first != 3 or text[atom.start - 1 : atom.start] != "月":
        return False
    return current is None or current.end != atom.start


def _joined(text: str) -> Iterator[Said]:
    current: Said | None = None
    for atom in atoms(text):
        if _orphan(atom, current, text):
            continue
        near = current if current is not None and _glued(text, current, atom) else None
        if not _is_hour(atom, near, text):
            continue
        if current is not None and _joins(current, atom, text):
            bracketed = text[current.end : atom.start] == "("
            current = _bracketed(current, atom) if bracketed else _merge(current, atom)
            continue
        if current is not None:
            yield current
        current = atom
    if current is not None:
        yield current


def _dated(text: str) -> Iterator[Said]:
    """上周三(6月4日)上午十点: the date in brackets says which Wednesday, and the hour belongs to it."""
    current: Said | None = None
    for said in _joined(text):
        if current is not None and current.weekday is not None and current.level == 3 and said.day is not None:
            enclosed = text[current.end : said.start] == "(" and text[said.end : said.end + 1] == ")"
            if enclosed and said.level == 3:
                current = replace(said, start=current.start, end=said.end + 1, head_end=said.end + 1)
                continue
        if current is not None and _joins(current, said, text):
            current = _merge(current, said)
            continue
        if current is not None:
            yield current
        current = said
    if current is not None:
        yield current


def _inherit(first: Said, second: Said) -> Said:
    """The later end of a range says only what changes: 2024年3月到5月, 下午三点到五点."""
    result = replace(second)
    if second.level >= 4 and second.first >= 4:
        if second.part is None and first.part and second.hour is not None and first.hour is not None:
            result.part = first.part if second.hour <= 12 else None
        return result
    if second.year is None and second.year_shift is None and second.first >= 2 and second.day_shift is None:
        result.year, result.year_shift = first.year, first.year_shift
    if second.month is None and second.month_shift is None and second.first == 3 and second.day is not None:
        result.month, result.month_shift = first.month, first.month_shift
    return result


def _with_tail(text: str, said: Said) -> int:
    m = _AFTER.match(text, said.end)
    return m.end() if m and said.named is None else said.end


def _bridged(text: str, first: Said, second: Said) -> bool:
    resolvable = all(s.named is None and s.ago is None for s in (first, second))
    return resolvable and _BETWEEN.fullmatch(text, first.end, second.start) is not None


def _range(text: str, first: Said, second: Said | None) -> Expression | None:
    """A range that begins with `first`, or None."""
    opening = _FROM.search(text, max(0, first.start - 3), first.start)
    start = opening.start() if opening else first.start
    if second is not None and _bridged(text, first, second):
        if second.day_shift == 0 and second.level == 3:
            return Expression(start, second.end, first, to_now=True)
        return Expression(start, second.end, first, until=_inherit(first, second))
    if first.named is not None:
        return None
    if opening and (first.month_to or first.day_to):
        return Expression(start, first.end, first)
    end = _with_tail(text, first)
    to_now = _TO_NOW.match(text, end)
    if to_now is None and (opening or first.level <= 3):
        to_now = _ONWARDS.match(text, end)
    if to_now is None:
        return None
    return Expression(start, to_now.end(), first, to_now=True)


def expressions(text: str) -> list[Expression]:
    """The time expressions of `text`, from left to right, without overlap."""
    found: list[Expression] = []
    said = list(_dated(text))
    i = 0
    while i < len(said):
        following = said[i + 1] if i + 1 < len(said) else None
        ranged = _range(text, said[i], following)
        if ranged is not None:
            found.append(ranged)
            i += 2 if ranged.until is not None else 1
            continue
        found.append(Expression(said[i].start, _with_tail(text, said[i]), said[i]))
        i += 1
    return found
