"""What a reader looks for beside runs of characters: kinds of words and turns that say the same in whatever words.

A few hundred sentences show each run a handful of times, but each kind of turn (somebody told me to pay, it was not me, goodbye)
often enough to be learnt. The cues are data (`data/lexicon/cues.yml`); they only count, the weights are learnt.
"""

from __future__ import annotations

import re
from functools import lru_cache

from desk.reading.lexicon import load, macros_of, union
from desk.reading.mood import mood_level


@lru_cache
def _same() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), word) for pattern, word in load("lexicon", "cues")["same"])


@lru_cache
def _cues(subject: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in load("lexicon", "cues").get(subject, {}).items())


@lru_cache
def _grounds() -> dict[str, tuple[str, ...]]:
    return {risk: tuple(names) for risk, names in load("lexicon", "cues")["grounds"].items()}


@lru_cache
def _polite() -> re.Pattern[str]:
    return union([load("lexicon", "cues")["polite"]])


@lru_cache
def _families() -> tuple[tuple[str, re.Pattern[str]], ...]:
    source = load("lexicon", "mood")
    macros = macros_of(source)
    return tuple((f"word:{name}", union(entry["any"], macros)) for name, entry in source["families"].items())


def in_one_word(text: str) -> str:
    """`text` with words of one meaning put as one: Cantonese as Mandarin, every relative 家人, every card 卡."""
    for pattern, word in _same():
        text = pattern.sub(word, text)
    return text


def cues_of(subject: str, text: str, plain: str) -> list[str]:
    """The names of what a text shows, for the mood also what the word lists make of it. `plain` is `text` in one word."""
    found = [name for name, pattern in _cues(subject) if pattern.search(plain)]
    if subject == "mood":
        found += [name for name, pattern in _families() if pattern.search(text)]
        found.append(f"level:{mood_level(text)}")
    return found


def has_grounds(risk: str, text: str) -> bool:
    """Whether `text`, as the readers see it, holds a word that this danger to life is told with; money needs none."""
    names, plain = _grounds().get(risk), in_one_word(text)
    return names is None or any(pattern.search(plain) for name, pattern in _cues("risk") if name in names)


def is_polite(text: str) -> bool:
    """Whether somebody asks or thanks here."""
    return _polite().search(text) is not None
