"""The scripts of the dialogue tests: the written conversations, and variants of them composed at test time.

A conversation is a YAML file in the folder of what people do in it. Its `variants` are other tellings: other words, another
order, other people, often another language. A telling leaves blanks: `{branch}` is filled with facts drawn for this very
variant, `<a|b>` with one of the wordings. Everything comes from the seed and the variant's name, so a failing variant can be
played again; another seed (SANBIAN_DIALOGUE_SEED) or more rounds (SANBIAN_DIALOGUE_ROUNDS) give other facts.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from opencc import OpenCC

HERE = Path(__file__).parent
SEED = int(os.environ.get("SANBIAN_DIALOGUE_SEED", "20250611"))
ROUNDS = int(os.environ.get("SANBIAN_DIALOGUE_ROUNDS", "1"))
WEDNESDAY = "2025-06-11T10:00:00+08:00"
NOWS = (
    WEDNESDAY,
    "2025-06-17T14:20:00+08:00",
    "2025-06-19T16:05:00+08:00",
    "2025-06-27T11:40:00+08:00",
    "2025-07-08T11:15:00+08:00",
)
DECISION_DAYS = 15
OURS = ("tells", "about")
"""What a script notes beside a turn for the checks; the replay does not know it."""

BRANCHES = (
    *("城南支行", "城北支行", "东门支行", "高新支行", "河西支行", "人民路支行", "火车站支行", "大学城分理处"),
    *("柳湖支行", "解放路支行"),
)
"""Those of the lookup table, and two that only their ending shows to be branches."""
SURNAMES = "王李张刘陈赵周吴徐孙马朱胡林郭"
PARTS = ("上午", "下午", "中午")
CLOCKS = (
    ("早上8点左右", "08:00"),
    ("早上8点半", "08:30"),
    ("上午九点多", "09:00"),
    ("上午10点", "10:00"),
    ("上午11点20", "11:20"),
    ("中午12点半", "12:30"),
    ("下午两点左右", "14:00"),
    ("下午3点15", "15:15"),
)
WEEKDAYS = "一二三四五六日"
FULL_WIDTH = str.maketrans("，！？；：", ",!?;:")


@dataclass(frozen=True)
class Script:
    """One conversation to be played: the replay's case, and what the checks know about it."""

    id: str
    base: str
    folder: str
    about: str
    case: dict[str, Any]
    expects: dict[str, Any]
    tells: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Turn, counted from 1 → the facts that the customer settles there: tells, skips or refuses."""

    @property
    def now(self) -> datetime:
        """When it begins."""
        return datetime.fromisoformat(self.case["context"]["now"])


@lru_cache
def sources() -> tuple[tuple[str, dict[str, Any]], ...]:
    """Folder and content of every conversation, in the order of their ids."""
    files = sorted(HERE.glob("*/*.yml"), key=lambda file: file.stem)
    return tuple((file.parent.name, yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files)


@lru_cache
def scripts() -> tuple[Script, ...]:
    """Every conversation as it is written, each followed by its variants."""
    return tuple(
        script for folder, source in sources() for script in (written(folder, source), *variants(folder, source))
    )


def written(folder: str, source: Mapping[str, Any]) -> Script:
    """The conversation as it stands in its file."""
    context = {"now": WEDNESDAY, **source.get("context", {})}
    return _script(source["id"], folder, source, source["about"], context, source["turns"], source["expects"])


def variants(folder: str, source: Mapping[str, Any]) -> Iterator[Script]:
    """Its other tellings, `D02-v1` and so on; more rounds tell them again with other facts."""
    tellings = source.get("variants", [])
    for n in range(len(tellings) * ROUNDS):
        name = f"{source['id']}-v{n + 1}"
        yield compose(name, folder, source, tellings[n % len(tellings)], random.Random(f"{SEED}:{name}"))


def compose(
    name: str, folder: str, source: Mapping[str, Any], telling: Mapping[str, Any], rng: random.Random
) -> Script:
    """One telling with its blanks filled."""
    context = {"now": _now(source, telling, rng), **source.get("context", {}), **telling.get("context", {})}
    for key in ("ticket", "survey"):
        if key in telling:
            context = deepcopy(context)
            context["given"][f"{key}s"][0].update(telling[key])
    now = datetime.fromisoformat(context["now"])
    facts, lang = draw(rng, now), telling.get("lang", source.get("lang", "zh-Hans"))
    half = rng.random() < 0.4
    turns = [_spoken(turn, facts, rng, lang, half) for turn in telling["turns"]]
    expects = {**source["expects"], **_filled(telling.get("expects", {}), facts, rng)}
    if expects.get("decision") and "decision" not in telling.get("expects", {}):
        expects["decision"] = (now.date() + timedelta(days=DECISION_DAYS)).isoformat()
    about = f"{source['about']} Variant: {telling['about']}."
    return _script(name, folder, {**source, "lang": lang}, about, _filled(context, facts, rng), turns, expects)


def _script(
    name: str,
    folder: str,
    source: Mapping[str, Any],
    about: str,
    context: dict[str, Any],
    turns: list[Any],
    expects: dict[str, Any],
) -> Script:
    tells = {n: tuple(turn["tells"]) for n, turn in enumerate(turns, 1) if isinstance(turn, dict) and "tells" in turn}
    played = [
        {key: value for key, value in turn.items() if key not in OURS} if isinstance(turn, dict) else turn
        for turn in turns
    ]
    case = {"id": name, "lang": source.get("lang", "zh-Hans"), "context": context, "turns": played}
    kept = {key: value for key, value in expects.items() if value is not None}
    return Script(name, source["id"], folder, about, case, kept, tells)


def _now(source: Mapping[str, Any], telling: Mapping[str, Any], rng: random.Random) -> str:
    # A conversation with a past happens on its own day.
    return WEDNESDAY if "given" in source.get("context", {}) else rng.choice(NOWS)


def _spoken(turn: Any, facts: Mapping[str, str], rng: random.Random, lang: str, half: bool) -> Any:
    if isinstance(turn, str):
        return _words(turn, facts, rng, lang, half)
    if turn.get("as") == "agent":
        return _filled(turn, facts, rng)
    return {
        key: _words(value, facts, rng, lang, half) if key in ("text", "say") else value for key, value in turn.items()
    }


def _words(text: str, facts: Mapping[str, str], rng: random.Random, lang: str, half: bool) -> str:
    # The telling itself is written in its script; only the facts put into it are not.
    converter = {"zh-Hant-TW": "s2tw", "zh-Hant-HK": "s2hk"}.get(lang)
    if converter:
        facts = {key: _opencc(converter).convert(value) for key, value in facts.items()}
    said = _fill(text, facts, rng)
    return said.translate(FULL_WIDTH) if half else said


@lru_cache
def _opencc(name: str) -> OpenCC:
    return OpenCC(name)


def _fill(text: str, facts: Mapping[str, str], rng: random.Random) -> str:
    chosen = re.sub(r"<([^<>]*\|[^<>]*)>", lambda match: rng.choice(match[1].split("|")), text)
    return re.sub(r"\{(\w+)\}", lambda match: facts[match[1]], chosen)


def _filled(value: Any, facts: Mapping[str, str], rng: random.Random) -> Any:
    """`value` with every blank in every string of it filled; a blank that is all there is becomes a number if it is one."""
    if isinstance(value, dict):
        return {key: _filled(inner, facts, rng) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, facts, rng) for inner in value]
    if not isinstance(value, str):
        return value
    filled = _fill(value, facts, rng)
    return int(filled) if re.fullmatch(r"\{\w+_value\}", value) else filled


def draw(rng: random.Random, now: datetime) -> dict[str, str]:
    """The facts of one telling: who, when, where and how much."""
    facts = {
        "branch": rng.choice(BRANCHES),
        "surname": rng.choice(SURNAMES),
        "badge": f"{rng.randrange(1000, 9999)}",
        "window": f"{rng.randrange(1, 9)}",
        "years": rng.choice(["一", "两", "三", "五", "3"]),
    }
    for name, value, words in (
        ("fee", rng.randrange(6, 96) * 10, _small),
        ("cash", rng.randrange(1, 10) * 100, _small),
        ("sum", rng.randrange(2, 10) * 1000, _thousands),
        ("big", rng.randrange(1, 9) * 10000, _ten_thousands),
    ):
        said = words(value, rng)
        facts |= {name: said, f"{name}_value": str(value), f"{name}_any": f"{value}|{re.escape(said)}"}
    return facts | _days(rng, now)


def _small(value: int, rng: random.Random) -> str:
    return rng.choice([f"{value}块", f"{value}元", f"{value}", f"{value}块钱"])


def _thousands(value: int, rng: random.Random) -> str:
    digit = "零一两三四五六七八九"[value // 1000]
    return rng.choice([f"{value}元", f"{value}", f"{digit}千", f"{digit}千块", f"{value // 1000}k"])


def _ten_thousands(value: int, rng: random.Random) -> str:
    digit = "零一两三四五六七八九"[value // 10000]
    return rng.choice([f"{value // 10000}万", f"{digit}万", f"{value}元", f"{value // 10000}w"])


def _days(rng: random.Random, now: datetime) -> dict[str, str]:
    today = now.date()
    monday = today - timedelta(days=today.weekday())
    some = today - timedelta(days=rng.randrange(3, 9))
    weekday = rng.randrange(0, 5)
    last_week = monday + timedelta(days=weekday - 7)
    day, words = rng.choice(
        [
            (today - timedelta(days=1), "昨天"),
            (today - timedelta(days=2), "前天"),
            (last_week, f"上周{WEEKDAYS[weekday]}"),
            (some, f"{some.month}月{some.day}号"),
            (some, f"{some.month}月{some.day}日"),
        ]
    )
    # "Today at nine" must be over; at night there is no such hour, and nobody needs one.
    clock, clock_time = rng.choice([pair for pair in CLOCKS if pair[1] < f"{now:%H:%M}"] or CLOCKS)
    thursday = monday - timedelta(days=4)
    last_month = (today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    return {
        "day": words,
        "part": rng.choice(PARTS),
        "clock": clock,
        "clock_time": clock_time,
        "last_month": last_month,
        **{
            f"{name}{suffix}": value
            for name, moment in (
                ("today", today),
                ("yesterday", today - timedelta(days=1)),
                ("before_yesterday", today - timedelta(days=2)),
                ("last_thursday", thursday),
            )
            for suffix, value in (("", moment.isoformat()), ("_said", say(moment)))
        },
        "day_date": day.isoformat(),
        "day_said": say(day),
        # For what is said on another day than the first message: a date means the same on every day.
        "fixed_day": f"{some.month}月{some.day}号",
        "fixed_day_date": some.isoformat(),
        "fixed_day_said": say(some),
    }


def say(day: date) -> str:
    """A date as customers are told it."""
    return f"{day.month}月{day.day}日"
