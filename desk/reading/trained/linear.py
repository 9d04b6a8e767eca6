"""`linear_cats`: a trained spaCy component that sorts a text into classes by its runs of one to four characters.

Each run counts by how rare it is (tf-idf), each text has length 1, and a logistic regression weighs them. Kept as JSON and
npz, never as pickle.
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
from desk.reading.trained.logistic import Floats, Rows, fit, softmax

LONGEST_RUN = 4
LEAST_TEXTS = 2
"""A run that one training text alone has tells nothing about others."""
MOST_CHARACTERS = 2000


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
        columns = np.array([0, *(column for run in counts if (column := self._columns.get(run)))])
        times = np.array([1.0, *(count for run, count in counts.items() if run in self._columns)])
        values = _values(times, self._rarity[columns])
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
            known = [(self._columns[run], count) for run, count in counts.items() if run in self._columns]
            here = np.array([0, *(column for column, _ in known)])
            columns.append(here)
            values.append(_values(np.array([1.0, *(count for _, count in known)]), self._rarity[here]))
            starts.append(starts[-1] + len(here))
        return Rows(
            np.array(starts), np.concatenate(columns).astype(np.int32), np.concatenate(values), len(self._rarity)
        )

    def _runs(self, text: str) -> Counter[str]:
        text = text[:MOST_CHARACTERS]
        text = blank(text, idioms()) if self.covered else text
        return Counter(
            text[start : start + size] for size in range(1, LONGEST_RUN + 1) for start in range(len(text) - size + 1)
        )

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


def _values(times: Floats, rarity: Floats) -> Floats:
    """The constant, and after it the runs: how often (dampened) times how rare, at length 1."""
    values = (1 + np.log(times)) * rarity
    length = float(np.linalg.norm(values[1:]))
    values[1:] /= length or 1.0
    values[0] = 1.0
    return values


@Language.factory("linear_cats", default_config={"covered": False})
def make_linear_cats(nlp: Language, name: str, covered: bool) -> LinearCats:
    """How spaCy makes the component."""
    return LinearCats(name, covered)
