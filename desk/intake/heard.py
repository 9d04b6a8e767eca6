"""Which intent stands behind a message once the state has had its say."""

from __future__ import annotations

from collections.abc import Sequence

from desk.intake.plan import is_complaint
from desk.policy.schemas import Policy
from desk.reading.schemas import Reading

UNSPECIFIED = "complain_unspecified"
FALLBACK = "nlu_fallback"
LEAST_LIKELY = 0.03
"""Below this confidence the model's opinion about the kind is noise (the record then says: not specified)."""


def complaint_heard(policy: Policy, intent: str, predicted: Sequence[tuple[str, float]], reading: Reading) -> str:
    """The kind of complaint; when the intent is vague although something is told, the next likely one.

    `predicted` is the model's ranking, best first. An agent confirms the cause.
    """
    known = intent if is_complaint(policy, intent) else UNSPECIFIED
    if known != UNSPECIFIED or reading.facts.what is None:
        return known
    likely = (name for name, confidence in predicted if confidence >= LEAST_LIKELY and name != known)
    return next((name for name in likely if name.startswith("complain_")), known)
