"""The phrase lint: what the bot must not say and what an opening must hold (3-dialogue.md 3.2, 3.7).

The bot's texts are refused when there is a finding; an agent's are only warned about, so the caller decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from desk.reading.lexicon import expand, load, macros_of, sentences, union
from desk.reading.normalise import normalise

Speaker = Literal["bot", "agent", "note"]
MOST_ASKS = 2
"""F3: a message asks at most twice."""

_QUOTED = re.compile(r"“[^”]{1,80}”|「[^」]{1,80}」|\"[^\"]{1,80}\"")


class Finding(NamedTuple):
    """A forbidden phrase: the words found, why they are forbidden, where they stand, and the rule's name."""

    pattern: str
    reason: str
    span: tuple[int, int]
    rule: str


class _Rule(NamedTuple):
    name: str
    reason: str
    found: re.Pattern[str]
    unless: re.Pattern[str] | None
    unless_text: re.Pattern[str] | None
    phases: frozenset[str] | None
    not_phases: frozenset[str]
    speakers: frozenset[str]
    once: bool
    whole: bool

    def applies(self, phase: str | None, speaker: Speaker) -> bool:
        if speaker not in self.speakers or phase in self.not_phases:
            return False
        return self.phases is None or phase in self.phases


@lru_cache
def _rules() -> tuple[_Rule, ...]:
    source = load("lexicon", "phrases")
    macros = macros_of(source)

    def optional(entry: dict[str, Any], key: str) -> re.Pattern[str] | None:
        return re.compile(expand(entry[key], macros)) if key in entry else None

    return tuple(
        _Rule(
            name=entry["rule"],
            reason=entry["reason"],
            found=union(entry["patterns"], macros),
            unless=optional(entry, "unless"),
            unless_text=optional(entry, "unless_text"),
            phases=frozenset(entry["phases"]) if "phases" in entry else None,
            not_phases=frozenset(entry.get("not_phases", ())),
            speakers=frozenset(entry.get("speakers", ("bot", "agent"))),
            once=entry.get("once", False),
            whole=entry.get("whole", False),
        )
        for entry in source["banned"]
    )


@lru_cache
def _required(name: str) -> re.Pattern[str]:
    source = load("lexicon", "phrases")
    return union(source["required"].get(name) or source[name], macros_of(source))


def _plain(text: str, quoted: Sequence[str] = ()) -> str:
    """Normalised, with the customer's own words covered: reading back 这是骗人 is not our saying it."""
    plain = normalise(text).lower()
    for words in quoted:
        wanted = normalise(words).lower()
        if wanted:
            plain = plain.replace(wanted, "□" * len(wanted))
    return _QUOTED.sub(lambda match: "□" * len(match.group()), plain)


def _found(rule: _Rule, text: str, plain: str) -> Iterator[Finding]:
    if rule.unless_text and rule.unless_text.search(plain):
        return
    for start, sentence in [(0, plain)] if rule.whole else sentences(plain):
        if rule.unless and rule.unless.search(sentence):
            continue
        for match in rule.found.finditer(sentence):
            span = (start + match.start(), start + match.end())
            yield Finding(text[span[0] : span[1]], rule.reason, span, rule.name)


def check(
    text: str,
    *,
    phase: str | None = None,
    speaker: Speaker = "bot",
    earlier: Sequence[str] = (),
    quoted: Sequence[str] = (),
) -> list[Finding]:
    """Every forbidden phrase in `text`, in order of appearance.

    `earlier` are our messages of the same case, for what may be said once; `quoted` are the customer's words that the
    message repeats, which are not ours. Text in quotation marks counts as quoted.
    """
    plain = _plain(text, quoted)
    findings: list[Finding] = []
    for rule in _rules():
        if rule.applies(phase, speaker):
            found = list(_found(rule, text, plain))
            said_before = any(rule.found.search(_plain(message)) for message in earlier) if rule.once else False
            findings += found[1:] if rule.once and not said_before else found
    return sorted(set(findings), key=lambda finding: (finding.span, finding.rule))


def has_thanks(text: str) -> bool:
    """Whether the customer is thanked (G1)."""
    return bool(_required("thanks").search(_plain(text)))


def has_apology(text: str) -> bool:
    """Whether somebody says sorry (G1). A wish for an apology that is read back is none."""
    return bool(_required("apology").search(_plain(text)))


def asks(text: str) -> int:
    """How many questions the message puts (F3)."""
    found = _required("asks")
    return sum(bool(found.search(sentence)) for _, sentence in sentences(_plain(text)))


def opening_lacks(text: str, level: int) -> list[str]:
    """What the first message after a complaint lacks (G1): `thanks`, `apology`, `no_ask` at mood level 2 and above."""
    lacks = [name for name, held in (("thanks", has_thanks(text)), ("apology", has_apology(text))) if not held]
    return lacks + (["no_ask"] if level >= 2 and asks(text) else []) + (["asks"] if asks(text) > MOST_ASKS else [])
