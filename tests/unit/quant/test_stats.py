"""Statistics: known values, empty cases, refusals."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from app.quant import kernels, stats


def test_the_wilson_interval_has_its_published_value():
    # Newcombe (1998), 81 of 263, method 3.
    low, high = stats.wilson_interval(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert stats.wilson_interval(0, 0) is None
    with pytest.raises(ValueError, match="not a count"):
        stats.wilson_interval(3, 2)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_wilson_interval_holds_the_observed_ratio(counts):
    wins, n = counts
    low, high = stats.wilson_interval(wins, n)
    assert 0 <= low <= wins / n + 1e-12
    assert wins / n - 1e-12 <= high <= 1


@pytest.mark.parametrize("freedom", [19, 20, 30, 100, 1_000, 10_000])
def test_the_t_quantile_is_near_the_exact_one(freedom):
    assert kernels.student_t95(float(freedom)) == pytest.approx(
        student.ppf(0.95, freedom), rel=1e-6
    )


def test_the_lower_bound_of_the_mean_is_below_it_and_needs_twenty_sessions():
    bound = stats.mean_return_lower_bound(20, 0.001, 19 * 0.0001)
    assert bound == pytest.approx(0.001 - student.ppf(0.95, 19) * 0.01 / math.sqrt(20), rel=1e-5)
    assert stats.mean_return_lower_bound(19, 0.001, 0.1) is None
    assert stats.mean_return_lower_bound(50, 0.001, 0.0) is None


@pytest.mark.req("S3-159")
def test_sharpe_takes_five_percent_by_default_and_refuses_incomplete_data():
    returns = [0.01, -0.005, 0.002, 0.0, 0.004] * 6
    assert stats.sharpe_ratio(returns) == stats.sharpe_ratio(returns, 0.05, 252)
    assert stats.sharpe_ratio(returns) != stats.sharpe_ratio(returns, 0.0)
    assert stats.sharpe_ratio(returns[:19]) is None
    assert stats.sharpe_ratio([0.01] * 40) is None
    for bad in (math.nan, math.inf, None):
        with pytest.raises(ValueError, match="missing"):
            stats.sharpe_ratio([*returns, bad])
