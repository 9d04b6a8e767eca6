"""Multinomial logistic regression on sparse rows, in numpy: a convex problem with one answer, whatever the order or the seed.

spaCy brings numpy and nothing more; scikit-learn finds the same weights and would bring scipy with it (decision 0008).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.integer]

_REMEMBERED = 10
_SUFFICIENT = 1e-4
_HALVINGS = 30


class Rows(NamedTuple):
    """A sparse matrix by rows: row i has `values[starts[i]:starts[i+1]]` in `columns[…]`. No row and no column is empty."""

    starts: Integers
    columns: Integers
    values: Floats
    width: int


def fit(rows: Rows, targets: Integers, weights: Floats, classes: int, *, strength: float, steps: int = 120) -> Floats:
    """Weights (classes, width) that make the targets likely; `strength` is how far the examples outweigh the penalty.

    Column 0 is the constant and is not penalised.
    """
    order = np.argsort(rows.columns, kind="stable")
    owner = np.repeat(np.arange(len(targets), dtype=np.int32), np.diff(rows.starts))[order]
    by_column = rows.values[order]
    firsts = np.searchsorted(rows.columns[order], np.arange(rows.width))
    wanted = np.zeros((classes, len(targets)))
    wanted[targets, np.arange(len(targets))] = 1.0
    penalised = np.ones(rows.width)
    penalised[0] = 0.0

    def loss(flat: Floats) -> tuple[float, Floats]:
        table = flat.reshape(classes, rows.width)
        scores = [np.add.reduceat(rows.values * label[rows.columns], rows.starts[:-1]) for label in table]
        chances = softmax(np.stack(scores))
        likely = np.log(np.maximum((chances * wanted).sum(axis=0), 1e-300))
        slope = penalised * table
        for label, excess in enumerate((chances - wanted) * (strength * weights)):
            slope[label] += np.add.reduceat(by_column * excess[owner], firsts)
        value = 0.5 * float((penalised * table**2).sum()) - strength * float((weights * likely).sum())
        return value, slope.ravel()

    return minimum(loss, np.zeros(classes * rows.width), steps).reshape(classes, rows.width)


def softmax(scores: Floats) -> Floats:
    """Scores of each class (the first axis) as probabilities."""
    powers: Floats = np.exp(scores - scores.max(axis=0))
    powers /= powers.sum(axis=0)
    return powers


def minimum(loss: Callable[[Floats], tuple[float, Floats]], start: Floats, steps: int, flat: float = 1e-3) -> Floats:
    """Where a smooth convex `loss` (value, slope) is least: L-BFGS with halving, until the slope is `flat` of the first."""
    point = start
    value, slope = loss(point)
    enough = flat * float(np.linalg.norm(slope))
    past: deque[tuple[Floats, Floats, float]] = deque(maxlen=_REMEMBERED)
    for _ in range(steps):
        if float(np.linalg.norm(slope)) <= enough:
            break
        way = _downhill(slope, past)
        descent = float(slope @ way)
        size = 1.0 if past else 1.0 / max(1.0, float(np.linalg.norm(slope)))
        for _ in range(_HALVINGS):
            there, (reached, slope_there) = point + size * way, loss(point + size * way)
            if reached <= value + _SUFFICIENT * size * descent:
                break
            size /= 2
        else:
            break
        moved, turned = there - point, slope_there - slope
        curve = float(moved @ turned)
        if curve > 1e-10:
            past.append((moved, turned, curve))
        point, value, slope = there, reached, slope_there
    return point


def _downhill(slope: Floats, past: deque[tuple[Floats, Floats, float]]) -> Floats:
    """The quasi-Newton direction out of the last moves."""
    way = -slope
    shares = []
    for moved, turned, curve in reversed(past):
        share = float(moved @ way) / curve
        way = way - share * turned
        shares.append(share)
    if past:
        _, turned, curve = past[-1]
        way = way * (curve / float(turned @ turned))
    for (moved, turned, curve), share in zip(past, reversed(shares), strict=True):
        way = way + (share - float(turned @ way) / curve) * moved
    return way
