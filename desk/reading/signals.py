"""What else a message signals: threats, implicated staff, a second complaint, an audience, a complaint at all (3.5)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, cast

from desk.reading.lexicon import load, union
from desk.reading.schemas import Threat

_NEAR = 24
"""How far misconduct may stand from the person it is about, in characters."""


class Signals(NamedTuple):
    """The answers for one message."""

    threat: Threat | None
    staff_implicated: bool
    second_complaint: bool
    public_place: bool
    group_size: int | None
    complaint: bool


class _Lists(NamedTuple):
    threats: tuple[tuple[Threat, re.Pattern[str]], ...]
    staff: re.Pattern[str]
    misconduct: re.Pattern[str]
    second: re.Pattern[str]
    public: re.Pattern[str]
    group: re.Pattern[str]
    complaint: re.Pattern[str]
    no_complaint: re.Pattern[str]


@lru_cache
def _lists() -> _Lists:
    source = load("lexicon", "signals")
    return _Lists(
        threats=tuple((cast(Threat, name), union(patterns)) for name, patterns in source["threat"].items()),
        staff=union([source["staff"]]),
        misconduct=union([source["misconduct"]]),
        second=union(source["second"]),
        public=union([source["public"]]),
        group=union([source["group"]]),
        complaint=union(source["complaint"]),
        no_complaint=union([source["no_complaint"]]),
    )


def read_signals(normalised: str, mood: int) -> Signals:
    """All signals of a normalised message; `mood` is its level, because minding is half of a complaint."""
    lists = _lists()
    implicated = _implicated(normalised, lists)
    said = bool(lists.complaint.search(normalised)) and not lists.no_complaint.search(normalised)
    return Signals(
        threat=next((name for name, pattern in lists.threats if pattern.search(normalised)), None),
        staff_implicated=implicated,
        second_complaint=bool(lists.second.search(normalised)),
        public_place=bool(lists.public.search(normalised)),
        group_size=_group(normalised, lists),
        complaint=said or (mood >= 2 and implicated) or mood >= 3,
    )


def _implicated(text: str, lists: _Lists) -> bool:
    for person in lists.staff.finditer(text):
        around = text[max(0, person.start() - _NEAR) : person.end() + _NEAR]
        if lists.misconduct.search(around):
            return True
    return False


def _group(text: str, lists: _Lists) -> int | None:
    match = lists.group.search(text)
    if match is None:
        return None
    said = next((part for part in match.groups() if part), "")
    if said.isdigit():
        return int(said)
    if "百" in said:
        return 100
    digits = {c: n for n, c in enumerate("一二三四五六七八九", 1)}
    if "十" not in said:
        return 20 if said == "几十" else None
    tens, _, ones = said.partition("十")
    return digits.get(tens, 2 if tens == "几" else 1) * 10 + digits.get(ones[:1], 0)
