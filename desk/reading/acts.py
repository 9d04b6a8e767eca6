"""Dialogue acts and short answers, told by code: digits and yes/no mean what was asked, not what a model guesses.

The words are data (`data/lexicon/acts.yml`, `answers.yml`); all functions take text from `desk.reading.normalise`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Literal, NamedTuple, cast

from desk.reading.answers import Score, contradicts_itself, read_choice, read_score
from desk.reading.lexicon import clauses, expand, load, macros_of, union
from desk.reading.schemas import Act

__all__ = ["Score", "Solved", "read_acts", "read_choice", "read_score", "read_solved", "read_yes_no"]

Solved = Literal["solved", "partly", "no"]

SHORT = 24
"""Characters. In a longer message a yes or no counts only at either end."""


class _ActRule(NamedTuple):
    act: Act
    exact: re.Pattern[str]
    found: re.Pattern[str]
    unless: re.Pattern[str]
    unless_text: re.Pattern[str]
    ends: bool
    longest: int
    across: bool


@lru_cache
def _rules() -> tuple[_ActRule, ...]:
    source = load("lexicon", "acts")
    macros = macros_of(source)
    before = "|".join(sorted(source["fillers"], key=len, reverse=True))
    after = "|".join(sorted(source["particles"], key=len, reverse=True))

    def rule(act: str, entry: dict[str, Any]) -> _ActRule:
        exact = "|".join(expand(part, macros) for part in entry.get("exact", ())) or "(?!)"
        return _ActRule(
            act=cast(Act, act),
            exact=re.compile(rf"(?:{before}){{0,3}}(?:{exact})(?:{after}){{0,4}}"),
            found=union(entry.get("found", ()), macros),
            unless=re.compile(expand(entry.get("unless", "(?!)"), macros)),
            unless_text=re.compile(expand(entry.get("unless_text", "(?!)"), macros)),
            ends=entry.get("ends", False),
            longest=entry.get("longest", 10_000),
            across=entry.get("across", False),
        )

    return tuple(rule(act, entry) for act, entry in source["acts"].items())


_LONGEST_EXACT = 30


def _holds(rule: _ActRule, clause: str, *, told_shortly: bool) -> bool:
    if rule.unless.search(clause):
        return False
    if len(clause) <= _LONGEST_EXACT and rule.exact.fullmatch(clause):
        return True
    return told_shortly and bool(rule.found.search(clause))


def _said(rule: _ActRule, text: str, parts: list[str]) -> bool:
    if rule.unless_text.search(text):
        return False
    told_shortly = len(text) <= rule.longest
    if rule.ends and len(text) > SHORT:
        parts = [*parts[:1], *parts[-2:]]
    if any(_holds(rule, part, told_shortly=told_shortly) for part in parts):
        return True
    return rule.across and told_shortly and bool(rule.found.search(text))


def read_acts(normalised: str) -> frozenset[Act]:
    """Every act the message carries; empty for most stories and questions."""
    text = normalised.lower().strip()
    parts = [part for _, part in clauses(text)]
    return frozenset(rule.act for rule in _rules() if _said(rule, text, parts))


@lru_cache
def _solved_words(name: str) -> re.Pattern[str]:
    return union(load("lexicon", "answers")["solved"][name])


def read_yes_no(text: str) -> bool | None:
    """Yes, no, or neither. When a message says both, the last word counts: 好,还是不用了."""
    acts = read_acts(text)
    yes, no = "affirm" in acts, bool(acts & {"deny", "cancel"})
    if yes and no:
        for _, clause in reversed(list(clauses(text.lower()))):
            said = read_acts(clause)
            if said & {"affirm", "deny", "cancel"}:
                return "affirm" in said
    if yes or no:
        return yes
    return None


def read_solved(text: str) -> Solved | None:
    """Whether the customer says that it was put right. Sarcasm counts as no; a question is no answer."""
    plain = text.strip().lower()
    if re.search(r"(?:了|好)(?:吗|没|么|没有)[?]?$", plain):
        return None
    if _solved_words("partly").search(plain):
        return "partly"
    if _solved_words("no").search(plain) or read_yes_no(plain) is False:
        return "no"
    if _solved_words("solved").search(plain):
        return "no" if contradicts_itself(plain) else "solved"
    return "solved" if read_yes_no(plain) else None
