"""How well an entry answers a question: pure arithmetic, the same on every database.

BM25 and ts_rank put entries in order, but their numbers grow with the length of the question and differ between
databases. So they only choose the candidates; what is compared with the threshold is the share of the question's
evidence (rarity × kind of token) that an entry covers.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from desk.knowledge.policy import KnowledgePolicy
from desk.knowledge.schemas import Entry, Hit
from desk.knowledge.tokens import CHARACTER, Tokeniser

Tokens = Mapping[str, float]

_BREAKS = re.compile(r"[\s,，。.!！?？;；:：~～…]+")


@dataclass(frozen=True)
class Circumstances:
    """What is known besides the words."""

    intent: str | None = None
    topic: str | None = None
    """The topic spoken of last."""
    last: Entry | None = None
    """The entry told last, when known."""


@dataclass(frozen=True)
class Asked:
    """A question, as a whole and in its clauses, with how rare its tokens are in the table."""

    whole: Tokens
    clauses: tuple[Tokens, ...]
    products: frozenset[str] = frozenset()
    frequencies: Mapping[str, int] = field(default_factory=dict)
    entries: int = 0


def read_question(text: str, tokeniser: Tokeniser, policy: KnowledgePolicy) -> Asked:
    """Tokens of `text` and of its clauses; long messages ask in one clause and tell stories in the others."""
    parts = [part for part in _BREAKS.split(text) if len(part) >= policy.similarity.clause_characters]
    whole = tokeniser.weigh(text)
    clauses = tuple(tokeniser.weigh(part) for part in parts) if len(parts) > 1 else ()
    return Asked(whole, clauses, tokeniser.products(whole))


class Ranker:
    """Scores entries against one question."""

    def __init__(
        self, asked: Asked, circumstances: Circumstances, tokeniser: Tokeniser, policy: KnowledgePolicy
    ) -> None:
        self._asked = asked
        self._circumstances = circumstances
        self._tokeniser = tokeniser
        self._policy = policy
        self._is_elliptic = self._evidence(asked.whole) < policy.similarity.least_asked
        understood = gist(circumstances.last, tokeniser, policy) if self._is_elliptic else {}
        self._with_gist = _union([asked.whole, understood])

    def rank(self, entries: Sequence[Entry], limit: int) -> list[Hit]:
        """Hits at or above the threshold, best first; equal scores by key, so that an answer stays the same."""
        hits = [Hit(entry=entry, score=round(self.score(entry), 4)) for entry in entries]
        good = [hit for hit in hits if hit.score >= self._policy.threshold]
        return sorted(good, key=lambda hit: (-hit.score, hit.entry.key))[:limit]

    def score(self, entry: Entry) -> float:
        """Similarity of the words plus what the circumstances add."""
        questions = [self._tokeniser.weigh_stored(question) for question in entry.questions]
        everything = _union([*questions, self._tokeniser.weigh_stored(entry.answer)])
        rule = self._policy.similarity
        # In the topic at hand people leave out what was said: little is then enough.
        least = rule.least_in_topic if entry.topic == self._circumstances.topic else rule.least_asked
        whole = self._with_gist if self._carries(everything) else self._asked.whole
        similarity = self._similarity(whole, questions, everything, least)
        for clause in self._asked.clauses:
            similarity = max(similarity, rule.clause * self._similarity(clause, questions, everything, least))
        if self._tokeniser.strange(self._asked.whole, everything):
            similarity *= rule.strange
        return similarity + self._bonus(entry) * min(1.0, similarity / self._policy.bonus.start)

    def _similarity(self, asked: Tokens, questions: Sequence[Tokens], everything: Tokens, least: float) -> float:
        rule = self._policy.similarity
        evidence = max(self._evidence(asked), least)
        best = max(
            (self._covered(asked, known) / evidence + _told(asked, known, rule.least_known)) / 2 for known in questions
        )
        anywhere = self._covered(asked, everything) / evidence
        return rule.one_question * best + (1 - rule.one_question) * anywhere

    def _carries(self, everything: Tokens) -> bool:
        """Whether the entry holds half of what was really said; else 好的 would fetch the last answer again."""
        said = {token: weight for token, weight in self._asked.whole.items() if weight > CHARACTER}
        return self._covered(said, everything) * 2 >= self._evidence(self._asked.whole)

    def _evidence(self, asked: Tokens) -> float:
        return sum(self._worth(token, weight) for token, weight in asked.items())

    def _covered(self, asked: Tokens, known: Tokens) -> float:
        return sum(self._worth(token, min(weight, known[token])) for token, weight in asked.items() if token in known)

    def _worth(self, token: str, weight: float) -> float:
        """Weight × inverse document frequency, as in BM25."""
        total, seen = self._asked.entries, self._asked.frequencies.get(token, 0)
        rarity = math.log(1 + (total - seen + 0.5) / (seen + 0.5))
        return weight * rarity * (1.0 if seen else self._policy.similarity.unseen)

    def _bonus(self, entry: Entry) -> float:
        rule = self._policy.bonus
        bonus = rule.intent if entry.intent == self._circumstances.intent else 0.0
        bonus += self._context(entry) * (rule.elliptic if self._is_elliptic else 1.0)
        if self._asked.products and entry.products:
            ours = not self._asked.products.isdisjoint(entry.products)
            bonus += rule.product if ours else rule.other_product
        return bonus

    def _context(self, entry: Entry) -> float:
        rule, around = self._policy.bonus, self._circumstances
        bonus = rule.topic if entry.topic == around.topic else 0.0
        if around.last is not None and entry.key in around.last.follow_ups:
            bonus += rule.follow_up
        return bonus


def gist(entry: Entry | None, tokeniser: Tokeniser, policy: KnowledgePolicy) -> Tokens:
    """What an entry is about: tokens of most ways of asking for it. A question that says little leaves them out."""
    if entry is None:
        return {}
    questions = [tokeniser.weigh_stored(question) for question in entry.questions]
    often = Counter(token for question in questions for token in question)
    return {
        token: weight * policy.similarity.gist
        for token, weight in _union(questions).items()
        if often[token] * 2 >= len(questions)
    }


def _told(asked: Tokens, known: Tokens, least: float) -> float:
    """The share of a stored question that was asked: a short one must not be found by a single common word."""
    shared = sum(min(weight, known[token]) for token, weight in asked.items() if token in known)
    return shared / max(sum(known.values()), least)


def _union(parts: Sequence[Tokens]) -> Tokens:
    merged: dict[str, float] = {}
    for part in parts:
        for token, weight in part.items():
            merged[token] = max(weight, merged.get(token, 0.0))
    return merged
