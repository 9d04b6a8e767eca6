"""One tokeniser for what is stored and what is asked: both sides break into the same pieces or never meet.

Chinese becomes single characters and pairs, Latin and digits become words. A word of the synonym table also leaves the
names of its groups, so that 汇款 and 转账 meet. Nothing needs training, hence a new entry is found at once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import Field

from desk.policy.schemas import Rule
from desk.reading.normalise import normalise
from desk.settings import settings

CHARACTER = 0.3
PAIR = 1.0
WORD = 1.0
DIGITS = 0.5
INSIDE_SYNONYM = 0.25
"""The letters of a synonym count little: its group has spoken already."""
FAINT = 0.2
"""Everyday words are rare in the table, and mean nothing there."""

_PIECES = re.compile(r"[㐀-鿿]+|[a-z]+|[0-9]+")


class Group(Rule):
    """Words with one meaning. A `foreign` group is not our business unless an entry speaks of it, or of `unless`."""

    words: list[str]
    weight: float = Field(default=1.0, gt=0)
    product: bool = False
    foreign: bool = False
    unless: str | None = None


class SynonymTable(Rule):
    """The shape of `data/lookup/synonyms.yml`."""

    as_of: date
    stop_characters: str
    stop_words: list[str]
    faint_words: list[str]
    groups: dict[str, Group]


def _plain_form(text: str) -> str:
    return normalise(text).lower()


def group_token(group: str) -> str:
    """The token that stands for a group; letters only, so that every database's parser leaves it whole."""
    return "x" + re.sub(r"[^a-z0-9]", "", group)


class Tokeniser:
    """Breaks text into weighted tokens; `weight` is how much meaning a kind of token carries, before its rarity."""

    def __init__(self, table: SynonymTable) -> None:
        self._stop_characters = frozenset(table.stop_characters)
        self._groups: dict[str, list[tuple[str, float]]] = {}
        for name, group in table.groups.items():
            for word in group.words:
                self._groups.setdefault(_plain_form(word), []).append((group_token(name), group.weight))
        self._products = {group_token(name): name for name, group in table.groups.items() if group.product}
        self._foreign = {
            group_token(name): {group_token(name), group_token(group.unless or name)}
            for name, group in table.groups.items()
            if group.foreign
        }
        self._faint = {_plain_form(word) for word in table.faint_words}
        stops = {_plain_form(word) for word in table.stop_words}
        # The longest word wins, so 信用卡 is not read as 卡, nor 怎么办理 as 怎么办.
        known = sorted({*self._groups, *stops, *self._faint}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known)))
        # Bounded, and only ever asked for the table's own sentences: what customers write is not kept here.
        self.weigh_stored = lru_cache(maxsize=4096)(self.weigh)

    def weigh(self, text: str) -> Mapping[str, float]:
        """Every token of `text` with its weight; a token found twice keeps the greater one."""
        found: dict[str, float] = {}
        for token, weight in self._tokens(_plain_form(text)):
            found[token] = max(weight, found.get(token, 0.0))
        return found

    def sequence(self, text: str) -> list[str]:
        """The tokens in order and with repeats, as the search index wants them."""
        return [token for token, _ in self._tokens(_plain_form(text))]

    def products(self, tokens: Mapping[str, float]) -> frozenset[str]:
        """Keys of the products among `tokens`."""
        return frozenset(self._products[token] for token in tokens if token in self._products)

    def strange(self, asked: Mapping[str, float], known: Collection[str]) -> bool:
        """Whether `asked` names something foreign (another bank) that an entry with the tokens `known` does not cover."""
        return any(self._foreign[token].isdisjoint(known) for token in asked if token in self._foreign)

    def _tokens(self, text: str) -> Iterator[tuple[str, float]]:
        start = 0
        for match in self._known.finditer(text):
            yield from self._plain(text[start : match.start()])
            yield from self._known_word(match.group())
            start = match.end()
        yield from self._plain(text[start:])

    def _known_word(self, word: str) -> Iterator[tuple[str, float]]:
        yield from self._groups.get(word, ())
        share = INSIDE_SYNONYM if word in self._groups else FAINT if word in self._faint else 0.0
        if share:
            yield from ((token, weight * share) for token, weight in self._plain(word))

    def _plain(self, text: str) -> Iterator[tuple[str, float]]:
        for piece in _PIECES.findall(text):
            if not "㐀" <= piece[0] <= "鿿":
                yield piece, DIGITS if piece.isdigit() else WORD
                continue
            kept = [char not in self._stop_characters for char in piece]
            yield from ((char, CHARACTER) for char, keep in zip(piece, kept, strict=True) if keep)
            for first in range(len(piece) - 1):
                if kept[first] and kept[first + 1]:
                    yield piece[first : first + 2], PAIR


def load_tokeniser(file: Path) -> Tokeniser:
    """A tokeniser with the synonyms of `file`; raises pydantic's ValidationError when the table is malformed."""
    return Tokeniser(SynonymTable.model_validate(yaml.safe_load(file.read_text(encoding="utf-8"))))


@lru_cache
def tokeniser() -> Tokeniser:
    """The tokeniser of this installation."""
    return load_tokeniser(settings().data_dir / "lookup" / "synonyms.yml")
