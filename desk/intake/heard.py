"""Which kind of complaint stands behind a message once the state has had its say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from desk.intake.message_kind import URGENT
from desk.intake.plan import Kind, is_complaint, kind_shown
from desk.intake.service import VAGUE
from desk.policy.schemas import Policy
from desk.reading.schemas import Reading

UNSPECIFIED = "complain_unspecified"
FALLBACK = "nlu_fallback"
SURE = 0.7
LEAST_SHARE = 0.1
"""Of what the model hears besides vague displeasure. Below this it is noise, and the record says: not specified."""


def complaint_heard(policy: Policy, intent: str, predicted: Sequence[tuple[str, float]], reading: Reading) -> str:
    """The kind of complaint: the model's when it is sure, else what the words show, else its next guess at a story.

    `predicted` is the model's ranking, best first. It need not be right: an agent confirms the cause (4.1).
    """
    named = _heard(policy, intent, predicted, reading)
    return kind_shown(policy, reading.normalised, instead_of=named) or named


def six_of(kind: Kind, reading: Reading) -> int | None:
    """Which of the six causes (seed 002) stands in the record: the kind's; of a vague complaint what training reads in it.

    JR/T 0169 is another axis and stays as it is (2-regulation.md 2.3). An agent confirms both.
    """
    return reading.cause_six if kind.cause_six is None and kind.intent in VAGUE else kind.cause_six


def _heard(policy: Policy, intent: str, predicted: Sequence[tuple[str, float]], reading: Reading) -> str:
    named = intent if is_complaint(policy, intent) else UNSPECIFIED
    if named not in VAGUE and any(name == named and confidence >= SURE for name, confidence in predicted):
        return named
    shown = kind_shown(policy, reading.normalised)
    if shown is not None or named not in VAGUE:
        return shown or named
    if reading.staff_implicated:
        return "complain_service_attitude"
    if reading.facts.what is None:
        return named
    return _likeliest(policy, predicted) or named


def _likeliest(policy: Policy, predicted: Sequence[tuple[str, float]]) -> str | None:
    """The kind that most of the rest of the ranking speaks for, once what is vague in it is set aside.

    An enquiry speaks for the kind of complaint about its subject. Danger is never a guess: it has its own second chance.
    """
    subjects: dict[str, list[str]] = policy.intake["speaks_of"]
    about = {intent: kind for kind, intents in subjects.items() for intent in intents}
    weights: dict[str, float] = defaultdict(float)
    rest = 0.0
    for name, confidence in predicted:
        kind = about.get(name, name)
        if name in VAGUE or name in URGENT:
            continue
        rest += confidence
        if is_complaint(policy, kind):
            weights[kind] += confidence
    best = max(weights, key=weights.__getitem__, default=None)
    return best if best is not None and weights[best] >= LEAST_SHARE * rest else None
