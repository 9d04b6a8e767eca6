"""What may honestly be said from so many cases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.indicators.intervals import mean, quantile, quantile_interval, rate, share, verdict


def test_wilson_as_in_the_books() -> None:
    low, high = share(8, 10) or (0, 0)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_in_its_interval(pair: tuple[int, int]) -> None:
    k, n = pair
    low, high = share(k, n) or (1, 0)
    assert 0 <= low <= k / n <= high <= 1


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_rate_lies_in_its_interval(k: int, n: int) -> None:
    low, high = rate(k, n) or (1, 0)
    assert low - 1e-9 <= k / n <= high


@pytest.mark.parametrize(("n", "said"), [(1_000, "cannot_be_judged"), (299_000, "cannot_be_judged"), (300_000, "met")])
def test_none_below_one_in_a_hundred_thousand_takes_three_hundred_thousand(n: int, said: str) -> None:
    assert verdict(share(0, n), 1 / 100_000, at_least=False) == said


def test_small_numbers_prove_nothing_either_way() -> None:
    assert verdict(share(1, 50), 1 / 100_000, at_least=False) == "missed"
    assert verdict(share(9, 10), 0.85, at_least=True) == "cannot_be_judged"
    assert verdict(share(0, 10), 0.85, at_least=True) == "missed"
    assert verdict(None, 0.5, at_least=True) == "cannot_be_judged"


def test_without_anything_there_is_no_interval() -> None:
    assert share(0, 0) is None
    assert rate(0, 0) is None
    assert mean([1.0]) is None
    assert quantile_interval([1.0, 2.0], 0.95) is None


def test_quantiles() -> None:
    values = [float(n) for n in range(1, 101)]
    assert quantile(values, 0.5) == 50
    assert quantile(values, 0.95) == 95
    low, high = quantile_interval(values, 0.5) or (0, 0)
    assert low < 50 < high
