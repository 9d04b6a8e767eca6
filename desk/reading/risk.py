"""Danger to life, people or money, told by words alone and before any model (3-dialogue.md 3.4, 3.5 rows 1-4, 3.9).

The rules are data (`data/lexicon/risk.yml`). Idioms are covered first; each rule then needs one of its patterns, all of
its companions near it, and none of its guards in the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, Literal, NamedTuple, cast

from desk.reading.lexicon import STOPS, blank, expand, load, macros_of, union
from desk.reading.schemas import Risk

Stage = Literal["ongoing", "past", "unclear"]

_NEAR = 90
"""How far from a pattern its companions may stand, in characters: two or three clauses."""

_FAR = 160
"""How far a guard looks, in characters, inside the sentence."""

_MOST_MATCHES = 40
"""Matches looked at for each rule; more of the same is a flood, and keeps the time linear in the length."""

_STOP = re.compile(rf"[{STOPS}]")


class RiskFinding(NamedTuple):
    """A risk, how far it has gone, and the words that told of it (a span of the normalised text)."""

    risk: Risk
    stage: Stage
    start: int
    end: int


class _Rule(NamedTuple):
    risk: Risk
    found: re.Pattern[str]
    needs: tuple[re.Pattern[str], ...]
    unless: re.Pattern[str]
    stage: str


@lru_cache
def _source() -> tuple[dict[str, str], re.Pattern[str], tuple[_Rule, ...], dict[str, re.Pattern[str]]]:
    source = load("lexicon", "risk")
    macros = macros_of(source)
    guards: dict[str, str] = source["guards"]

    def rule(risk: str, entry: dict[str, Any]) -> _Rule:
        return _Rule(
            risk=cast(Risk, risk),
            found=union(entry["any"], macros),
            needs=tuple(re.compile(expand(part, macros)) for part in entry.get("with", ())),
            unless=union([guards.get(part, part) for part in entry.get("unless", ())], macros),
            stage=entry["stage"],
        )

    rules = tuple(rule(risk, entry) for risk, entries in source["risks"].items() for entry in entries)
    times = {name: re.compile(pattern) for name, pattern in source["times"].items()}
    return macros, union(source["idioms"]), rules, times


def _sentence(text: str, start: int, end: int) -> str:
    """The sentence around a match, as far as `_FAR` reaches: a message without stops must not be one sentence."""
    before, after = text[max(0, start - _FAR) : start], text[end : end + _FAR]
    first = max(before.rfind(stop) for stop in STOPS) + 1
    last = _STOP.search(after)
    return before[first:] + text[start:end] + (after[: last.end()] if last else after)


def _stage(rule: _Rule, sentence: str) -> Stage:
    _, _, _, times = _source()
    past, now = bool(times["past"].search(sentence)), bool(times["now"].search(sentence))
    if rule.stage == "by_time":
        return "past" if past and not now else "ongoing" if now else "unclear"
    if rule.stage == "life":
        return "past" if past else "ongoing"
    if rule.stage == "attack":
        return "ongoing" if re.search(r"现在|已经在|正在|门口|马上到|这就", sentence) else "unclear"
    return cast(Stage, rule.stage)


def idioms() -> re.Pattern[str]:
    """Words of danger that mean none (急死, 累死), on lower-case text."""
    _, found, _, _ = _source()
    return found


def is_idiom(normalised: str) -> bool:
    """Whether a word of danger stands here that means none."""
    return idioms().search(normalised.lower()) is not None


def find_risk(normalised: str) -> RiskFinding | None:
    """The gravest risk in the message, or None. `normalised` comes from `desk.reading.normalise`."""
    return next((finding for finding, guarded in _findings(normalised) if not guarded), None)


def is_guarded(normalised: str) -> bool:
    """Whether words of danger stand here and other words take them back: 如果卡丢了, 没被骗, 新闻里有人跳楼."""
    return any(guarded for _, guarded in _findings(normalised))


def _findings(normalised: str) -> Iterator[tuple[RiskFinding, bool]]:
    """Every risk whose words are there, the gravest first, and whether a guard takes it back."""
    _, _, rules, _ = _source()
    text = blank(normalised.lower(), idioms())
    for rule in rules:
        for match in islice(rule.found.finditer(text), _MOST_MATCHES):
            around = text[max(0, match.start() - _NEAR) : match.end() + _NEAR]
            if match.group() and all(part.search(around) for part in rule.needs):
                sentence = _sentence(text, match.start(), match.end())
                finding = RiskFinding(rule.risk, _stage(rule, sentence), match.start(), match.end())
                yield finding, rule.unless.search(sentence) is not None
