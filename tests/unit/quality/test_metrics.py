"""The measuring itself: a wrong ruler is worse than none."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from scripts.quality.cases import Case
from scripts.quality.metrics import METRICS, Measured, Metric, measure
from scripts.quality.report import as_page, as_table


def metric(name: str) -> Metric:
    return next(one for one in METRICS if one.name == name)


def complaint(text: str, gold: dict[str, list[str]], got: dict[str, list[str]]) -> Case:
    return Case(
        "c", text, {"facts": gold}, {"facts": {key: [{"text": t} for t in texts] for key, texts in got.items()}}
    )


def value(name: str, *cases: Case) -> float:
    found = measure(metric(name), "test", cases)
    assert found is not None
    return found.value


def test_an_accepted_alternative_is_right() -> None:
    gold = {"intent": "inquire_fee", "accept": ["inquire_fee", "inquire_rate"]}
    right, wrong = Case("1", "", gold, {"intent": "inquire_rate"}), Case("2", "", gold, {"intent": "greet"})
    assert value("intent: accepted", right, wrong) == 0.5


def test_spans_count_when_they_overlap() -> None:
    text = "昨天下午扣了我500元，前天也扣了"
    both = complaint(text, {"when": ["昨天", "前天"]}, {"when": ["昨天下午"]})
    assert value("fact: when", both) == pytest.approx(2 * 1 / (2 * 1 + 0 + 1))
    later = complaint(text, {"when": ["天下午扣"]}, {"when": ["昨天下午"]})
    assert value("fact: when", later) == 1.0
    invented = complaint(text, {"when": []}, {"when": ["昨天"]})
    assert value("fact: when", invented) == 0.0


def test_the_mood_is_how_far_off() -> None:
    cases = [Case("1", "", {"mood": 2}, {"mood": 3}), Case("2", "", {"mood": 0}, {"mood": 0})]
    found = measure(metric("mood: mean absolute error"), "test", cases)
    assert found is not None
    assert (found.value, found.mistakes) == (0.5, [])


@pytest.mark.parametrize(
    ("risks", "recall", "precision"),
    [([("fraud", "fraud"), ("fraud", None)], 0.5, 1.0), ([(None, "fraud"), ("fraud", "card_loss")], 1.0, 0.5)],
)
def test_danger_is_danger_whatever_it_is_called(risks: list[tuple[Any, Any]], recall: float, precision: float) -> None:
    cases = [Case(str(n), "", {"urgent": gold}, {"risk": got}) for n, (gold, got) in enumerate(risks)]
    assert value("risk: recall", *cases) == recall
    assert value("risk: precision", *cases) == precision


def test_cases_without_the_label_do_not_count() -> None:
    assert measure(metric("remedy F1"), "test", [Case("1", "", {"mood": 1})]) is None


def outcome(cases: int, right: int) -> Measured:
    gold = {"intent": "greet", "accept": ["greet"]}
    read = [Case(str(n), "", gold, {"intent": "greet" if n < right else "thank"}) for n in range(cases)]
    found = measure(metric("intent: accepted"), "test", read)
    assert found is not None
    return found


@pytest.mark.parametrize(("cases", "right", "verdict"), [(100, 90, "holds"), (100, 82, "open"), (100, 50, "short")])
def test_a_target_is_missed_only_when_the_interval_excludes_it(cases: int, right: int, verdict: str) -> None:
    assert outcome(cases, right).verdict == verdict


def test_a_handful_of_cases_judges_nothing() -> None:
    assert outcome(10, 1).verdict == "few"


def test_the_page_names_real_mistakes_by_id_only() -> None:
    wrong = Case("heimao-1", "一句真实的话", {"intent": "greet", "accept": ["greet"]}, {"intent": "thank"})
    found = measure(metric("intent: accepted"), "real", [wrong])
    assert found is not None
    page = as_page([found], date(2026, 11, 22))
    assert "`heimao-1`" in page
    assert wrong.text not in page
    assert "intent: accepted" in as_table([found])
