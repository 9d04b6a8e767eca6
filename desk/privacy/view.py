"""The message as the detectors of secrets see it: same length, Simplified, half width, lower case."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from desk.reading.lexicon import load, macros_of, union, words
from desk.reading.normalise import normalise

_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_CHINESE_DIGITS = str.maketrans("零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "001234567891123456789")
_WORTH = re.compile(r"\d|@|密码|口令|暗码|pass|pwd|pin")
_KINDS = "card|id|phone|otp|password|cvv|expiry|account|email"


class Claim(NamedTuple):
    """A secret: where it stands, what it is, what to write instead, and its bare value."""

    start: int
    end: int
    kind: str
    token: str
    value: str


@lru_cache
def macros() -> dict[str, str]:
    """The word lists of `data/lexicon/secrets.yml` as patterns."""
    return {name: "|".join(map(_word, part.split("|"))) for name, part in macros_of(load("lexicon", "secrets")).items()}


def _word(word: str) -> str:
    """A Latin word counts only whole: pin is not in shopping."""
    plain = re.escape(word)
    return rf"{plain}(?<![a-z0-9]{plain})(?![a-z])" if word.isascii() else plain


@lru_cache
def _words_of(name: str) -> tuple[str, ...]:
    return tuple(macros_of(load("lexicon", "secrets"))[name].split("|"))


@lru_cache
def word_list(name: str) -> re.Pattern[str]:
    """Finds any word of a top-level list of `data/lexicon/secrets.yml`."""
    return union(map(re.escape, words(load("lexicon", "secrets")[name])))


@lru_cache
def _public_numbers() -> re.Pattern[str]:
    return union(load("lexicon", "secrets")["public_numbers"])


def public_number(digits: str) -> bool:
    """Whether everybody may know it: hotlines of banks, carriers and the police."""
    return bool(_public_numbers().fullmatch(digits))


@lru_cache
def units() -> str:
    """Characters that make the number before them a sum, a date or a count."""
    return str(load("lexicon", "secrets")["units"])


@lru_cache
def _harmless() -> re.Pattern[str]:
    """Typed tokens, ticket numbers, dates, times and sums.

    The first character stands outside the branches: that lets `re` skip what cannot begin any of them, which makes
    the search five times faster on Chinese text. The look-behinds then see it as their last character.
    """
    branches = (
        rf"(?<=\[)(?:{_KINDS})(?::[^\]\s]{{1,80}})?\]",
        r"(?<=[tzjbh])(?<![a-z].)(?:(?<=t)s|(?<=z)x|(?<=j)y|(?<=b)y|(?<=h)c)\d{8}-?\d{4}(?!\d)",
        r"(?<!\d\d)(?:(?<=1)9|(?<=2)0)\d\d ?[-/.年] ?\d{1,2} ?[-/.月] ?\d{1,2}(?!\d)",
        r"(?<=\d)(?<!\d\d)\d?:\d{2}(?::\d{2})?(?!\d)",
        r"(?<=\d)(?<![\d.]\d)\d{0,2}(?:,\d{3})+(?:\.\d{1,2})?(?![\d,])",
        r"(?<=\d)(?<![\d.]\d)\d{0,9}\.\d{1,2}(?![\d.])",
        rf"(?<=\d)(?<![\d.]\d)(?<!\d[ -]\d)\d{{0,9}} ?(?=[{units()}])",
        r"(?<=[¥$]) ?\d{1,10}(?![\d*])",
    )
    return re.compile(rf"[\d¥$\[tzjbh](?:{'|'.join(branches)})")


class View:
    """A message, what in it is harmless, and what has been claimed as secret so far."""

    def __init__(self, text: str) -> None:
        self.plain = normalise(text).translate(_LOWER)
        self.spoken = self.plain.translate(_CHINESE_DIGITS)
        self.worth_reading = bool(_WORTH.search(self.spoken))
        self.claims: list[Claim] = []
        self._taken = bytearray(len(text))
        if self.worth_reading:
            for match in _harmless().finditer(self.plain):
                self._taken[match.start() : match.end()] = b"\x01" * len(match.group())

    @property
    def forms(self) -> tuple[str, ...]:
        """The text as written and, where they differ, with Chinese digits read as digits (一三八 = 138)."""
        return (self.plain,) if self.plain == self.spoken else (self.plain, self.spoken)

    def forms_about(self, name: str) -> tuple[str, ...]:
        """`forms` when any word of the list occurs, else nothing to look at."""
        return self.forms if self.mentions(name) else ()

    def mentions(self, name: str) -> bool:
        """Whether any word of the list occurs at all: cheaper than the expressions that it saves."""
        return any(word in self.plain for word in _words_of(name))

    def free(self, start: int, end: int) -> bool:
        """Whether nothing in the span is harmless or claimed already."""
        return not any(self._taken[start:end])

    def take(self, claim: Claim) -> None:
        """Accept a claim unless it overlaps an earlier one."""
        if claim.end > claim.start and self.free(claim.start, claim.end):
            self._taken[claim.start : claim.end] = b"\x01" * (claim.end - claim.start)
            self.claims.append(claim)

    def before(self, start: int, size: int = 16) -> str:
        """The few characters in front of a span."""
        return self.plain[max(0, start - size) : start]

    def counts_something(self, end: int) -> bool:
        """Whether a unit follows: 5000块, 2025年, 3次."""
        rest = self.plain[end : end + 2].lstrip()
        return bool(rest) and rest[0] in units()
