"""How upset a customer is, 0-4, told apart from what is wanted (3-dialogue.md 3.4).

Words in families (`data/lexicon/mood.yml`), exclamation marks, repetition and shouting; idioms and denials are covered
first. Distress is a second line: worry, illness, lost work.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from desk.reading.lexicon import blank, load, macros_of, union
from desk.reading.schemas import Mood, MoodHistory

NEW_SHARE, OLD_SHARE = 0.6, 0.4
"""`score` = 0.6 · level + 0.4 · previous score."""

MILD, ANNOYED, ANGRY, ABUSIVE = 1, 2, 3, 4

_MANY_MILD = 3
_MANY_ANNOYED = 4
_REPEATED = re.compile(r"([\u4e00-\u9fff]{2,4}?)[,!。 ]?\1[,!。 ]?\1")
_LAUGHS = re.compile(r"[哈嘿嘻呵呜嗯好是对行可以谢再见]{2,}")
_SHOUTED = re.compile(r"\b[A-Z]{3,}\b")
_ACRONYMS = frozenset(
    ("ATM", "APP", "ETC", "OTP", "CVV", "VIP", "NFC", "SIM", "PDF", "POS", "LPR", "SWIFT", "IBAN", "HKD", "USD", "CNY")
)
_QUESTIONS = re.compile(r"[?!]{3,}|\?!|!\?")


class _Signs(NamedTuple):
    """Distinct families at each weight; `declared` when the customer says that this is a complaint."""

    mild: int
    annoyed: int
    angry: int
    abusive: int
    declared: bool


class _Family(NamedTuple):
    weight: int
    found: re.Pattern[str]
    declared: bool


class _Lexicon(NamedTuple):
    covered: re.Pattern[str]
    families: tuple[_Family, ...]
    praise: re.Pattern[str]
    unsolved: re.Pattern[str]
    joy: re.Pattern[str]
    distress: re.Pattern[str]


@lru_cache
def _lexicon() -> _Lexicon:
    source = load("lexicon", "mood")
    macros = macros_of(source)
    families = source["families"].values()
    return _Lexicon(
        covered=union(source["covered"]),
        families=tuple(
            _Family(entry["weight"], union(entry["any"], macros), entry.get("declared", False)) for entry in families
        ),
        praise=union([source["sarcasm"]["praise"]]),
        unsolved=union([source["sarcasm"]["unsolved"]]),
        joy=union([source["joy"]]),
        distress=union([source["distress"]]),
    )


def _signs(text: str) -> _Signs:
    counts = [0] * (ABUSIVE + 1)
    declared = False
    for family in _lexicon().families:
        if family.found.search(text):
            declared = declared or family.declared
            counts[family.weight] += not family.declared
    return _Signs(counts[MILD], counts[ANNOYED], counts[ANGRY], counts[ABUSIVE], declared)


def _by_words(signs: _Signs) -> int:
    if signs.abusive:
        return ABUSIVE
    if signs.angry or signs.annoyed >= _MANY_ANNOYED:
        return ANGRY
    if signs.annoyed or signs.mild >= _MANY_MILD:
        return ANNOYED
    return MILD if signs.mild or signs.declared else 0


def _raised(level: int, signs: _Signs, original: str, text: str) -> int:
    """Marks and repetition strengthen what the words say; alone they are haste or joy, and question marks nothing."""
    marks = text.count("!")
    if level == 0:
        return MILD if marks >= 3 and not _lexicon().joy.search(text) else 0
    shouted = sum(word not in _ACRONYMS for word in _SHOUTED.findall(original)) >= 2
    repeated = any(not _LAUGHS.fullmatch(match.group(1)) for match in _REPEATED.finditer(text))
    if level == MILD and (marks >= 2 or repeated or shouted or _QUESTIONS.search(text)):
        return ANNOYED
    if level == ANNOYED and (marks >= 3 or (marks >= 2 and signs.annoyed >= 2) or _insists(text)):
        return ANGRY
    return level


def _insists(text: str) -> bool:
    """Whether a word of annoyance itself is said over and over; 核实 核实 核实 only mocks what was heard."""
    return any(_signs(match.group(1)).annoyed for match in _REPEATED.finditer(text))


def mood_level(normalised: str) -> int:
    """The level of one message as its words tell it, without what came before."""
    lexicon = _lexicon()
    text = blank(normalised.lower(), lexicon.covered)
    signs = _signs(text)
    level = _raised(_by_words(signs), signs, normalised, text)
    if level < ANNOYED and lexicon.praise.search(normalised) and lexicon.unsolved.search(normalised):
        return ANNOYED
    return level


def is_distressed(normalised: str) -> bool:
    """Whether the customer tells of worry, illness, lost work or money that cannot be paid."""
    return bool(_lexicon().distress.search(normalised.lower()))


def read_mood(normalised: str, history: MoodHistory, level: int | None = None) -> Mood:
    """Level, running score and trend. `trend` compares with two turns ago, and is 0 while there was no such turn.

    `level` is what words and trained readers found together; without it the words alone count.
    """
    level = mood_level(normalised) if level is None else level
    return Mood(
        level=level,
        score=round(NEW_SHARE * level + OLD_SHARE * history.score, 4),
        trend=level - history.levels[-2] if len(history.levels) >= 2 else 0,
        distress=is_distressed(normalised),
    )


def two_rises(levels: tuple[int, ...]) -> bool:
    """Whether the last two turns each rose (0→1→2, 1→2→3): a reason to offer another person (3.4)."""
    return len(levels) >= 3 and levels[-3] < levels[-2] < levels[-1]
