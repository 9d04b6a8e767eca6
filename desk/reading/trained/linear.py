"""`linear_cats`: a trained spaCy component that sorts a text into classes by its runs of one to four characters and its cues.

Each run counts by how rare it is (tf-idf), the runs of a text have length 1, each cue counts the same; a logistic regression
weighs them. Kept as JSON and npz, never as pickle.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc

from desk.reading.lexicon import blank
from desk.reading.risk import idioms
from desk.reading.trained.cues import cues_of, in_one_word
from desk.reading.trained.logistic import Floats, Integers, Rows, fit, softmax

LONGEST_RUN = 4
LEAST_TEXTS = 2
"""A run that one training text alone has tells nothing about others."""
MOST_CHARACTERS = 2000
CUE = "\n"
"""Before the name of a cue, where a run cannot have it."""
CUE_VALUE = 0.3
"""What a cue counts, when all runs of a text together count 1 (decision 0008)."""


class LinearCats:
    """Writes `doc.cats["<name>/<label>"]`, the probability of each label. Does nothing until it was trained or loaded."""

    def __init__(self, name: str, covered: bool) -> None:
        self.name = name
        self.covered = covered
        """Whether idioms of danger (累死, 跳楼价) are covered before the text is looked at."""
        self.labels: list[str] = []
        self._columns: dict[str, int] = {}
        self._rarity: Floats = np.zeros(0)
        self._table: NDArray[np.float32] = np.zeros((0, 0), dtype=np.float32)

    def __call__(self, doc: Doc) -> Doc:
        for label, chance in zip(self.labels, self.chances(doc.text), strict=True):
            doc.cats[f"{self.name}/{label}"] = float(chance)
        return doc

    def chances(self, text: str) -> Floats:
        """The probability of each label, in the order of `labels`."""
        counts = self._runs(text)
        columns, values = self._row(counts)
        return softmax((self._table[:, columns] * values).sum(axis=1))

    def train(self, texts: Sequence[str], labels: Sequence[str], weights: Sequence[float], strength: float) -> None:
        """Learn from labelled texts; every label weighs the same in sum, however many examples it has."""
        counted = [self._runs(text) for text in texts]
        seen = Counter(run for counts in counted for run in counts)
        kept = sorted(run for run, number in seen.items() if number >= LEAST_TEXTS)
        self.labels = sorted(set(labels))
        self._columns = {run: column for column, run in enumerate(kept, 1)}
        self._rarity = np.array([1.0, *(np.log((1 + len(texts)) / (1 + seen[run])) + 1 for run in kept)])
        targets = np.array([self.labels.index(label) for label in labels])
        shares = np.array(weights, dtype=np.float64)
        sums = np.bincount(targets, shares, len(self.labels))
        shares = shares * (shares.sum() / (len(self.labels) * sums))[targets]
        table = fit(self._rows(counted), targets, shares, len(self.labels), strength=strength)
        self._table = table.astype(np.float32)

    def _rows(self, counted: Iterable[Counter[str]]) -> Rows:
        starts, columns, values = [0], [], []
        for counts in counted:
            here, row = self._row(counts)
            columns.append(here)
            values.append(row)
            starts.append(starts[-1] + len(here))
        return Rows(
            np.array(starts), np.concatenate(columns).astype(np.int32), np.concatenate(values), len(self._rarity)
        )

    def _row(self, counts: Counter[str]) -> tuple[Integers, Floats]:
        """Columns and values: the constant, the runs (how often, dampened, times how rare, at length 1), the cues."""
        runs = [(self._columns[run], n) for run, n in counts.items() if run in self._columns and run[0] != CUE]
        cues = [self._columns[run] for run in counts if run in self._columns and run[0] == CUE]
        columns = np.array([column for column, _ in runs], dtype=np.int64)
        values = (1 + np.log(np.array([n for _, n in runs], dtype=np.float64))) * self._rarity[columns]
        values /= float(np.linalg.norm(values)) or 1.0
        return (
            np.concatenate([[0], columns, np.array(cues, dtype=np.int64)]),
            np.concatenate([[1.0], values, np.full(len(cues), CUE_VALUE)]),
        )

    def _runs(self, text: str) -> Counter[str]:
        """How often each run stands in the text, and its cues."""
        text = text[:MOST_CHARACTERS].replace(CUE, " ")
        text = blank(text, idioms()) if self.covered else text
        plain = in_one_word(text)
        runs = Counter(
            plain[start : start + size] for size in range(1, LONGEST_RUN + 1) for start in range(len(plain) - size + 1)
        )
        runs.update(CUE + cue for cue in cues_of(self.name, text, plain))
        return runs

    def to_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> None:
        """Called by spaCy when the pipeline is kept."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        described: dict[str, Any] = {"labels": self.labels, "runs": list(self._columns)}
        (folder / "runs.json").write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")
        np.savez(folder / "weights.npz", rarity=self._rarity, table=self._table)

    def from_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> LinearCats:
        """Called by spaCy when the pipeline is loaded."""
        folder = Path(path)
        described = json.loads((folder / "runs.json").read_text(encoding="utf-8"))
        self.labels = described["labels"]
        self._columns = {run: column for column, run in enumerate(described["runs"], 1)}
        with np.load(folder / "weights.npz", allow_pickle=False) as kept:
            self._rarity, self._table = kept["rarity"], kept["table"]
        return self


@Language.factory("linear_cats", default_config={"covered": False})
def make_linear_cats(nlp: Language, name: str, covered: bool) -> LinearCats:
    """How spaCy makes the component."""
    return LinearCats(name, covered)
