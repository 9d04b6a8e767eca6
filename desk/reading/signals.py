"""What a message says besides mood and risk: threats, people pointed at, earlier attempts, listeners, a group, and
whether the words alone tell of a wrong (3-dialogue.md 3.5, 3.12). The words are data: `data/lexicon/signals.yml`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import cn2an

from desk.reading.lexicon import expand, load, macros_of, sentences, union
from desk.reading.schemas import Span, Threat

SHORT_ANGER = 40
"""Characters in which anger at a bank that is named is all there is."""
_THREATS: tuple[Threat, ...] = ("media", "regulator", "legal")


class Signals(NamedTuple):
    """See the fields of the same names in `desk.reading.schemas.Reading`."""

    threat: Threat | None
    complaint: bool
    staff_implicated: bool
    second_complaint: bool
    awaits: bool
    public_place: bool
    group_size: int | None


@lru_cache
def _found(*path: str) -> re.Pattern[str]:
    source = load("lexicon", "signals")
    macros = macros_of(source)
    entry = source
    for key in path:
        entry = entry[key]
    return union(entry, macros) if isinstance(entry, list) else re.compile(expand(str(entry), macros))


def _threat(text: str) -> Threat | None:
    """Told in a sentence that says what the customer will do, not what was done to him."""
    for kind in _THREATS:
        for _, sentence in sentences(text):
            if (
                _found("threat", kind).search(sentence)
                and _found("threat_needs").search(sentence)
                and not _found("threat_not").search(sentence)
            ):
                return kind
    return None


def _in_sentence(text: str, name: str, guard: str) -> bool:
    found, unless = _found(name), _found(guard)
    return any(found.search(sentence) and not unless.search(sentence) for _, sentence in sentences(text))


def _number(words: str) -> int | None:
    if words.isdigit():
        return int(words)
    try:
        return int(cn2an.cn2an(words.replace("两", "二").rstrip("几"), "smart"))
    except ValueError:
        return None


def _group_size(text: str) -> int | None:
    for pattern in load("lexicon", "signals")["group"]:
        match = re.search(pattern, text)
        size = _number(next(iter(match.groupdict().values()))) if match else None
        if size is not None and size >= 3:
            return size
    return None


def _complaint(text: str) -> bool:
    if _found("complaint_not").search(text):
        return False
    if _found("complaint", "plainly").search(text):
        return True
    if _found("question_only").search(text):
        return False
    return bool(_found("complaint", "wrong").search(text) and _found("complaint", "minds").search(text))


def read_signals(normalised: str) -> Signals:
    """Everything above in one pass over Simplified, half-width text."""
    text = normalised.lower()
    return Signals(
        threat=_threat(text),
        complaint=_complaint(text),
        staff_implicated=_in_sentence(text, "staff_implicated", "staff_not"),
        second_complaint=_in_sentence(text, "second_complaint", "second_not"),
        awaits=_found("awaits").search(text) is not None,
        public_place=_in_sentence(text, "public_place", "public_not"),
        group_size=_group_size(text),
    )


def is_kept_by_machine(normalised: str) -> bool:
    """Whether a machine swallowed the card, as this text tells."""
    return _found("kept_by_machine").search(normalised.lower()) is not None


def is_other_bank(normalised: str, institutions: Sequence[Span]) -> bool:
    """Whether a message tells of another bank alone: its card is lost, or somebody in few words is furious with it.

    `institutions` are those that the message names. 你们 and 贵行 are us, and then it is ours as well.
    """
    text = normalised.lower()
    if not institutions or _found("other_bank", "us").search(text):
        return False
    if any(_found("other_bank", "card").match(text[named.end :]) for named in institutions):
        return True
    return len(text) <= SHORT_ANGER and _found("other_bank", "angry").search(text) is not None
