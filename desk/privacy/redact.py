"""Secrets leave the text before anything is stored, spooled or logged (3-dialogue.md 3.10, architecture.md step 2).

Passwords, one-time codes, card and identity numbers are destroyed. Phones, e-mail addresses and other people's
accounts become tokens whose values go to `desk.privacy.sealing`. Ticket numbers, sums, dates and times stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from desk.privacy import keyed, numbers
from desk.privacy.view import Claim, View

SEALED_KINDS = frozenset({"phone", "email", "account"})


class Sealed(NamedTuple):
    """A value taken out of the text that may be needed again; encrypt it, never store it as it is."""

    token: str
    kind: str
    value: str


class Redacted(NamedTuple):
    """The text that may be kept, what kinds of secret were in it, and the values to encrypt, in order of appearance."""

    text: str
    kinds: tuple[str, ...]
    sealed: tuple[Sealed, ...]


# Destroyed kinds first: a phone number given as a password must not survive as a phone.
_DETECTORS: tuple[Callable[[View], Iterable[Claim]], ...] = (
    keyed.passwords,
    keyed.one_time_codes,
    keyed.card_checks,
    keyed.addresses,
    numbers.digit_runs,
    keyed.expiry_beside_card,
    numbers.foreign_ids,
    numbers.other_phones,
    keyed.handles,
)


def redact(text: str, *, code_expected: bool) -> Redacted:
    """`text` without its secrets; `code_expected` when one of the previous two messages was about a code."""
    view = View(text)
    if not view.worth_reading:
        return Redacted(text, (), ())
    for detect in _DETECTORS:
        for claim in detect(view):
            view.take(claim)
    if code_expected:
        for claim in keyed.bare_codes(view):
            view.take(claim)
    return _result(text, sorted(view.claims))


def _result(text: str, claims: list[Claim]) -> Redacted:
    parts: list[str] = []
    last = 0
    for claim in claims:
        parts += [text[last : claim.start], claim.token]
        last = claim.end
    sealed = tuple(Sealed(c.token, c.kind, c.value) for c in claims if c.kind in SEALED_KINDS)
    return Redacted("".join([*parts, text[last:]]), tuple(dict.fromkeys(c.kind for c in claims)), sealed)
