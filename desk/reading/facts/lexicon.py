"""All looked-up words of a message in one pass: spaCy's PhraseMatcher over single characters.

Characters rather than words are the tokens: segmentation errors cannot hide a word, and offsets stay those of the message.
Where a short word may sit astride two others (其中|信用卡 is not 中信), rjieba's boundaries are asked.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import rjieba
import spacy
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from desk.reading.facts.lookups import table

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Hit:
    """A looked-up word. `label` is its table, `key` what it stands for there."""

    label: str
    key: str
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start


def _branches() -> Iterator[tuple[str, str, str]]:
    for branch in table("branches")["branches"]:
        for word in (branch["name"], *branch["aliases"]):
            yield "branch", branch["name"], word


def _channels() -> Iterator[tuple[str, str, str]]:
    for name, channel in table("channels")["channels"].items():
        for word in channel["words"]:
            yield "channel", name, word
    for word in table("channels")["not_channels"]:
        yield "block:channel", "", word
    for word in table("channels")["places"]:
        yield "place", word, word


def _people() -> Iterator[tuple[str, str, str]]:
    for kind, titles in table("staff")["titles"].items():
        for word in titles:
            yield "title", kind, word
    for key in ("not_titles", "not_nicknames"):
        for word in table("staff")[key]:
            yield "block:title", "", word


def _products() -> Iterator[tuple[str, str, str]]:
    for name, terms in table("products")["products"].items():
        for word in terms:
            yield "product", name, word


def _institutions() -> Iterator[tuple[str, str, str]]:
    for name, others in table("institutions")["banks"].items():
        for word in (name, *others):
            yield "institution", name, word
    for kind in ("other_banks", "insurers", "lenders", "payment", "platforms"):
        for word in table("institutions")[kind]:
            yield "institution", str(word), str(word)


def _entries() -> Iterator[tuple[str, str, str]]:
    """(label, key, word) of every table."""
    for source in (_branches, _channels, _people, _products, _institutions):
        yield from source()


class Lexicon:
    """The matcher, built once. Safe to share: spaCy's vocabulary is only touched under the lock."""

    def __init__(self) -> None:
        self._nlp = spacy.blank("zh")
        self._matcher = PhraseMatcher(self._nlp.vocab, attr="LOWER")
        self._lock = threading.Lock()
        self._meaning: dict[int, tuple[str, str]] = {}
        grouped: dict[tuple[str, str], list[str]] = {}
        for label, key, word in _entries():
            grouped.setdefault((label, key), []).append(word)
        for (label, key), terms in grouped.items():
            name = f"{label}|{key}"
            self._matcher.add(name, [self._doc(w) for w in sorted(set(terms))])
            self._meaning[self._nlp.vocab.strings[name]] = (label, key)

    def _doc(self, text: str) -> Doc:
        """One token a character: token numbers are the offsets of the message."""
        return Doc(self._nlp.vocab, words=list(text), spaces=[False] * len(text))

    def find(self, text: str) -> list[Hit]:
        """Every looked-up word of `text`, the longest of each label only, from left to right."""
        safe = encodable(text)
        with self._lock:
            doc = self._doc(safe)
            found = [(*self._meaning[match], start, end) for match, start, end in self._matcher(doc)]
        hits = [Hit(*f) for f in found if _whole_latin(safe, f[2], f[3])]
        return _longest(hits)


def _whole_latin(text: str, start: int, end: int) -> bool:
    """APP is not found in HAPPY."""
    first, last = text[start], text[end - 1]
    before, after = text[start - 1 : start], text[end : end + 1]
    if first.isascii() and first.isalpha() and before.isascii() and before.isalpha():
        return False
    return not (last.isascii() and last.isalpha() and after.isascii() and after.isalpha())


def _longest(hits: Iterable[Hit]) -> list[Hit]:
    """Drop words that lie in or across a longer one of their label; a blocking word only removes others."""
    kept: list[Hit] = []
    occupied: dict[str, set[int]] = {}
    for hit in sorted(hits, key=lambda h: (-len(h), h.start)):
        here = occupied.setdefault(hit.label.removeprefix("block:"), set())
        if hit.start in here or hit.end - 1 in here:
            continue
        here.update(range(hit.start, hit.end))
        if not hit.label.startswith("block:"):
            kept.append(hit)
    return sorted(kept, key=lambda h: (h.start, h.label))


def encodable(text: str) -> str:
    """`text` without lone surrogates, which neither spaCy nor rjieba can take; same length."""
    return _SURROGATE.sub("\ufffd", text)


_building = threading.Lock()


@lru_cache(maxsize=1)
def _build() -> Lexicon:
    return Lexicon()


def lexicon() -> Lexicon:
    """The one lexicon of the process, built on first use."""
    with _building:
        return _build()


def boundaries(text: str) -> frozenset[int]:
    """Positions at which rjieba begins or ends a word."""
    edges = {0, len(text)}
    for _, start, end in rjieba.tokenize(encodable(text)):
        edges.update((start, end))
    return frozenset(edges)
