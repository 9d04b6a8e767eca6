"""Trains the readers: `python -m desk.reading.trained.training FOLDER` leaves the spaCy pipeline there."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import spacy
from spacy.language import Language

from desk.reading.trained.examples import SUBJECTS, Labelled, Subject, labelled
from desk.reading.trained.linear import LinearCats
from desk.settings import settings

STRENGTH: dict[Subject, float] = {"risk": 100.0, "mood": 20.0, "cause": 5.0}
"""How far the examples outweigh the wish for small weights; from cross-validation (decision 0008)."""


def learn(subject: Subject, examples: Sequence[Labelled], pipeline: Language | None = None) -> LinearCats:
    """One component, trained, in `pipeline` or a new one."""
    config = {"covered": subject == "risk"}
    cats = cast(LinearCats, (pipeline or spacy.blank("zh")).add_pipe("linear_cats", name=subject, config=config))
    texts, labels, weights = zip(*((one.text, one.label, one.weight) for one in examples), strict=True)
    cats.train(texts, labels, weights, STRENGTH[subject])
    return cats


def train(data: Path) -> Language:
    """The pipeline with all components, trained from the data folder."""
    pipeline = spacy.blank("zh")
    for subject in SUBJECTS:
        learn(subject, labelled(data, subject), pipeline)
    return pipeline


def main(arguments: Sequence[str]) -> int:
    """Train from this installation's data into the folder named."""
    train(settings().data_dir).to_disk(arguments[0])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
