"""Calibration, Brier score and expectancy, against numpy, scipy's tables and each other."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quant.calibration import bins, brier_score, mean_with_interval, student_t975
from app.quant.stats import wilson_interval

PAIRS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60)


@given(PAIRS)
def test_bins_and_score_are_what_numpy_makes_of_them(pairs):
    said, came = [p for p, _ in pairs], [hit for _, hit in pairs]
    found = bins(said, came)
    assert sum(one.n for one in found) == len(pairs)
    p, o = np.array(said), np.array(came, float)
    place = np.minimum((p * 5).astype(int), 4)
    for one in found:
        own = place == round(one.low * 5)
        assert (one.n, one.hits) == (own.sum(), o[own].sum())
        assert one.said == pytest.approx(p[own].mean())
        assert one.came == pytest.approx(o[own].mean())
        assert one.interval == wilson_interval(one.hits, one.n)
        assert one.interval[0] <= one.came + 1e-9
        assert one.came - 1e-9 <= one.interval[1]
    score = brier_score(said, came)
    assert score is None if not pairs else score == pytest.approx(np.mean((p - o) ** 2))


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=40))
def test_a_mean_and_its_interval_are_what_numpy_makes_of_them(values):
    found = mean_with_interval(values)
    half = student_t975(len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values))
    assert found.mean == pytest.approx(np.mean(values), abs=1e-9)
    assert found.high - found.mean == pytest.approx(half, abs=1e-9)
    assert found.mean - found.low == pytest.approx(half, abs=1e-9)


def test_too_few_have_no_interval_and_none_no_mean():
    assert mean_with_interval([]) == (0, None, None, None)
    assert mean_with_interval([1.5]) == (1, 1.5, None, None)
    assert (bins([], []), brier_score([], [])) == ([], None)


@pytest.mark.parametrize(
    ("freedom", "expected"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (5, 2.5706), (10, 2.2281), (29, 2.0452),
     (30, 2.0423), (31, 2.0395), (60, 2.0003), (100, 1.9840), (1000, 1.9623)],
)  # fmt: skip
def test_quantiles_of_t_are_those_of_the_printed_tables(freedom, expected):
    assert student_t975(freedom) == pytest.approx(expected, abs=5e-5)


def test_the_interval_of_a_mean_holds_it_as_often_as_it_says():
    draws = np.random.default_rng(7).normal(0.2, 1.0, (2_000, 8))
    held = [found.low <= 0.2 <= found.high for found in map(mean_with_interval, draws.tolist())]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)
