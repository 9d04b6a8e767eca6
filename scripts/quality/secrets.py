"""Redaction on generated secrets, and on numbers that are nobody's secret."""

from __future__ import annotations

import random
import sys

from desk.privacy.redact import Redacted, redact
from scripts.quality.cases import ROOT, Case
from scripts.quality.metrics import Measured, Metric, measure, share

SAMPLES = 2000
RECALL = Metric(
    "redaction: recall", share(lambda case: bool(case.got["gone"])), lambda case: not case.got["gone"], 0.995
)
FALSE = Metric(
    "redaction: false",
    share(lambda case: bool(case.got["changed"])),
    lambda case: bool(case.got["changed"]),
    0.005,
    at_most=True,
)


def measured() -> list[Measured]:
    """Both figures; a mistake is shown by its kind and number, never by the secret."""
    sys.path.append(str(ROOT / "tests" / "unit" / "privacy"))
    from generated_secrets import harmless, planted  # the tests' own generators, so that both speak of the same

    rng = random.Random(29)
    secret = []
    for n in range(SAMPLES):
        sample = planted(rng)
        found = redact(sample.text, code_expected=sample.code_expected)
        gone = sample.secret not in found.text and sample.kind in found.kinds
        secret.append(Case(f"secret-{n}-{sample.kind}", "", {}, {"gone": gone}))
    innocent = []
    for n in range(SAMPLES):
        text = harmless(rng)
        changed = redact(text, code_expected=False) != Redacted(text, (), ())
        innocent.append(Case(f"harmless-{n}", "", {}, {"changed": changed}))
    return [found for found in (measure(RECALL, "own", secret), measure(FALSE, "own", innocent)) if found]
