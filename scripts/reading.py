"""What the trained readers reach in cross-validation on data/reading, to choose data/policy/reading.yml by.

`.venv/bin/python -m scripts.reading`: about five minutes. The held-out sentences of tests/quality are not looked at.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from desk.reading.mood import ANNOYED, mood_level
from desk.reading.normalise import normalise
from desk.reading.risk import find_risk, is_guarded
from desk.reading.trained.combine import MOST_ABOVE
from desk.reading.trained.examples import NO_RISK, Labelled, Subject, labelled
from desk.reading.trained.training import learn
from desk.settings import settings

PARTS = 4
UPSET = 2


class Judged(NamedTuple):
    """An example, and the chance of each label by a reader that never saw it."""

    example: Labelled
    chances: dict[str, float]


def cross_validated(subject: Subject) -> Iterator[Judged]:
    """Every example of the subject, each part judged by what was learnt from the others."""
    examples = labelled(settings().data_dir, subject)
    random.Random(0).shuffle(examples)
    # Sorted, so that each part has its share of the sentences labelled for the purpose.
    examples.sort(key=lambda example: example.own)
    for part in range(PARTS):
        reader = learn(subject, [one for place, one in enumerate(examples) if place % PARTS != part])
        for one in examples[part::PARTS]:
            yield Judged(one, dict(zip(reader.labels, map(float, reader.chances(one.text)), strict=True)))


def tell_risk() -> None:
    """Recall and precision of words and training together, and how many plain messages are taken for urgent."""
    print("danger  guarded  recall  precision  plain messages")
    judged = list(cross_validated("risk"))
    urgent = np.array([one.example.label != NO_RISK for one in judged])
    own = np.array([one.example.own for one in judged])
    chance = np.array([1 - one.chances[NO_RISK] for one in judged])
    words = np.array([find_risk(normalise(one.example.text)) is not None for one in judged])
    guarded = np.array([is_guarded(normalise(one.example.text)) for one in judged])
    for danger in (0.3, 0.4, 0.5, 0.6, 0.7):
        for surer in (danger, 0.8, 0.9):
            fired = words | (chance >= np.where(guarded, surer, danger))
            recall, precision = fired[own & urgent].mean(), urgent[own & fired].mean()
            plain = fired[~own & ~urgent].mean()
            print(f"{danger:6.2f}  {surer:7.2f}  {recall:6.3f}  {precision:9.3f}  {plain:14.4f}")


def tell_mood() -> None:
    """Mean error and upset F1 of words, training, and the ways to put them together."""
    judged = [one for one in cross_validated("mood") if one.example.own]
    level = np.array([int(one.example.label) for one in judged])
    words = np.array([mood_level(normalise(one.example.text)) for one in judged])
    chances = np.array([[one.chances[label] for label in sorted(one.chances)] for one in judged])
    ways = {"words": words}
    for share in (0.4, 0.5, 0.6, 0.7):
        reached = (chances.cumsum(axis=1) < share).sum(axis=1)
        least = words - (words == ANNOYED)
        ways |= {
            f"reached with {share}": reached,
            f"the same, not below words {share}": np.maximum(words, np.minimum(reached, words + MOST_ABOVE)),
            f"the same, as in force {share}": np.maximum(least, np.minimum(reached, words + MOST_ABOVE)),
        }
    for name, got in ways.items():
        both = ((level >= UPSET) & (got >= UPSET)).sum()
        f1 = 2 * both / ((level >= UPSET).sum() + (got >= UPSET).sum())
        print(f"{name:32} MAE {np.abs(level - got).mean():.3f}  upset F1 {f1:.3f}")


def tell_cause() -> None:
    """How many causes are told, and how many of them rightly."""
    judged = [one for one in cross_validated("cause") if one.example.own]
    best = [max(one.chances, key=lambda label: one.chances[label]) for one in judged]
    right = np.array([label == one.example.label for label, one in zip(best, judged, strict=True)])
    chance = np.array([max(one.chances.values()) for one in judged])
    for least in (0.0, 0.3, 0.4, 0.5, 0.6):
        print(f"cause from {least:.1f}: told {(chance >= least).mean():.3f}, right {right[chance >= least].mean():.3f}")


if __name__ == "__main__":
    tell_risk()
    tell_mood()
    tell_cause()
