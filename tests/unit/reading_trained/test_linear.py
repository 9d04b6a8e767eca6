"""The component and its solver, on examples small enough to see through."""

from pathlib import Path

import numpy as np
import pytest
import spacy

from desk.reading.trained import linear
from desk.reading.trained.logistic import Rows, fit, minimum, softmax

TEXTS = ["卡丢了", "银行卡丢了", "卡被偷了", "年费多少", "年费怎么收", "利率多少"]
LABELS = ["loss", "loss", "loss", "plain", "plain", "plain"]


def trained(covered: bool = False) -> linear.LinearCats:
    cats = linear.LinearCats("risk", covered)
    cats.train(TEXTS, LABELS, [1.0] * len(TEXTS), 10.0)
    return cats


def test_learns_and_tells_probabilities() -> None:
    cats = trained()
    chances = dict(zip(cats.labels, cats.chances("我的卡丢了"), strict=True))
    assert chances["loss"] > 0.8
    assert sum(chances.values()) == pytest.approx(1.0)


def test_the_same_twice() -> None:
    assert (trained().chances("卡年费") == trained().chances("卡年费")).all()


@pytest.mark.parametrize("text", ["", " ", "🙂", "x" * 5000])
def test_a_text_of_nothing_known_is_even(text: str) -> None:
    assert trained().chances(text) == pytest.approx([0.5, 0.5], abs=0.1)


def test_kept_and_loaded_is_the_same(tmp_path: Path) -> None:
    pipeline = spacy.blank("zh")
    cats = pipeline.add_pipe("linear_cats", name="risk", config={"covered": True})
    cats.train(TEXTS, LABELS, [1.0] * len(TEXTS), 10.0)
    pipeline.to_disk(tmp_path / "kept")
    loaded = spacy.load(tmp_path / "kept")
    assert loaded("卡丢了吗").cats == pipeline("卡丢了吗").cats
    assert loaded.get_pipe("risk").covered
    assert not list(tmp_path.rglob("*.pkl"))


def test_idioms_are_covered_where_asked() -> None:
    text = "急死了"
    assert "急死" in linear.LinearCats("mood", covered=False)._runs(text)
    assert "急死" not in linear.LinearCats("risk", covered=True)._runs(text)


def test_every_label_weighs_the_same() -> None:
    cats = linear.LinearCats("risk", covered=False)
    cats.train([*TEXTS, *TEXTS[3:] * 20], [*LABELS, *LABELS[3:] * 20], [1.0] * 66, 10.0)
    assert cats.chances("卡丢了")[cats.labels.index("loss")] > 0.8


def test_finds_the_minimum() -> None:
    goal = np.array([3.0, -2.0, 0.5])
    scale = np.array([1.0, 100.0, 0.01])
    point = minimum(
        lambda at: (float((scale * (at - goal) ** 2).sum()), 2 * scale * (at - goal)), np.zeros(3), 200, 1e-9
    )
    assert point == pytest.approx(goal, abs=1e-4)


def test_weights_leave_no_slope() -> None:
    """At the optimum the penalty of each weight balances what the examples pull."""
    rows = Rows(np.array([0, 2, 4, 5]), np.array([0, 1, 0, 1, 0]), np.array([1.0, 1.0, 1.0, -1.0, 1.0]), 2)
    targets, weights, strength = np.array([0, 1, 1]), np.ones(3), 5.0
    table = fit(rows, targets, weights, 2, strength=strength, steps=500)
    inputs = np.array([[1.0, 1.0], [1.0, -1.0], [1.0, 0.0]])
    excess = softmax(table @ inputs.T) - np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
    slope = strength * excess @ inputs
    slope[:, 1] += table[:, 1]
    assert np.abs(slope).max() < 0.02
