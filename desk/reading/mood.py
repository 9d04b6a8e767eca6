"""How upset a customer is, 0–4, beside the intent and outside the model (3-dialogue.md 3.4).

Words give the level, marks and repetition raise it, courtesy lowers it, praise beside an unsolved fact is sarcasm. A
question mark alone is not anger, and neither is a story full of facts.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from desk.reading.lexicon import blank, load, union
from desk.reading.schemas import Mood, MoodHistory

KEPT, CARRIED = 0.6, 0.4
"""score = 0.6·level + 0.4·score before (3-dialogue.md 3.4)."""

_SHOUTING = re.compile(r"[!！]{2,}|[!！][^!！]{0,40}[!！]|[?？]{3,}|[!！][?？]|[?？][!！]")
_STRESSED = re.compile(r"([一-龥])\1{2,}(?<!哈哈哈)(?<!嘿嘿嘿)(?<!谢谢谢)")


class _Lists(NamedTuple):
    idioms: re.Pattern[str]
    levels: tuple[tuple[int, re.Pattern[str]], ...]
    sarcasm: re.Pattern[str]
    distress: re.Pattern[str]
    calming: re.Pattern[str]


@lru_cache
def _lists() -> _Lists:
    source = load("lexicon", "mood")
    return _Lists(
        idioms=union(source["idioms"]),
        levels=tuple((level, union(source[f"level_{level}"])) for level in (4, 3, 2, 1)),
        sarcasm=union(source["sarcasm"]),
        distress=union(source["distress"]),
        calming=union(source["calming"]),
    )


def level_of(normalised: str) -> int:
    """The level of one message by itself."""
    lists = _lists()
    text = blank(normalised.lower(), lists.idioms)
    worded = next((level for level, pattern in lists.levels if pattern.search(text)), 0)
    if worded < 2 and lists.sarcasm.search(text):
        worded = 2
    loud = bool(_SHOUTING.search(text) or _STRESSED.search(text))
    if loud:
        # Shouting alone is annoyance; shouting strong words is one step more, but never abuse by itself.
        worded = max(2, min(worded + 1, 3) if worded < 4 else 4)
    elif worded in (1, 2) and lists.calming.search(text):
        worded -= 1
    return worded


def read_mood(normalised: str, history: MoodHistory) -> Mood:
    """Level, score and trend of a message, given the turns before."""
    level = level_of(normalised)
    before = history.levels[-2] if len(history.levels) >= 2 else 0
    return Mood(
        level=level,
        score=round(KEPT * level + CARRIED * history.score, 3),
        trend=level - before,
        distress=bool(_lists().distress.search(normalised)),
    )
