"""Parameter search: combinations, windows, and what the best of many is worth."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kurtosis, norm, skew

from app.quant import search, stats


def test_a_grid_has_every_combination_once():
    found = search.grid({"fast": [1, 2], "slow": [5, 6, 7]})
    assert found[0] == {"fast": 1, "slow": 5}
    assert len({tuple(one.values()) for one in found}) == len(found) == 6
    with pytest.raises(ValueError, match="slow: there is nothing"):
        search.grid({"fast": [1], "slow": []})
    with pytest.raises(ValueError, match="1000000 combinations are too many"):
        search.grid({"fast": range(1000), "slow": range(1000)})


def test_a_draw_is_the_same_for_its_seed_and_never_twice_the_same():
    choices = {"fast": range(1, 200), "slow": range(200, 900)}
    one, again, other = (search.draw(choices, 50, seed) for seed in (1, 1, 2))
    assert one == again != other
    assert len({tuple(each.values()) for each in one}) == 50
    assert all(each["fast"] < 200 <= each["slow"] < 900 for each in one)
    assert search.draw({"fast": [1, 2]}, 9, 1) == [{"fast": 1}, {"fast": 2}]
    with pytest.raises(ValueError, match="0 tries"):
        search.draw(choices, 0, 1)


@given(st.integers(10, 10_000), st.integers(1, 5), st.floats(0.2, 0.6), st.booleans())
def test_windows_trade_every_bar_after_the_first_choice_once(count, parts, share, anchored):
    found = search.windows(count, parts, share=share, anchored=anchored)
    assert len(found) == parts
    assert found[-1].end == count
    for one, following in itertools.pairwise(found):
        assert one.end == following.chosen_at
    for one in found:
        assert 0 <= one.first < one.chosen_at < one.end
        assert one.first == (0 if anchored else one.chosen_at - found[0].chosen_at)


def test_too_few_bars_are_refused():
    for count, parts, share in ((3, 5, 0.5), (10, 0, 0.5), (10, 2, 1.5)):
        with pytest.raises(ValueError, match="cannot be cut"):
            search.windows(count, parts, share=share)


def test_the_best_is_the_first_of_the_highest_that_has_an_answer():
    tries = [search.Try({"n": 1}, None), search.Try({"n": 2}, -1.0), search.Try({"n": 3}, -1.0)]
    assert search.best(tries).parameters == {"n": 2}
    assert search.best([*tries, search.Try({"n": 4}, math.nan)]).parameters == {"n": 2}
    assert search.best(tries[:1]) is None


def test_the_deflated_sharpe_has_the_value_of_a_second_computation():
    random = np.random.default_rng(8)
    returns = random.standard_t(4, 500) * 0.01 + 0.0012
    tried = random.normal(0.02, 0.03, 40)
    n, sharpe = len(returns), returns.mean() / returns.std(ddof=1)
    g = np.euler_gamma
    luck = tried.std(ddof=1) * ((1 - g) * norm.ppf(1 - 1 / 40) + g * norm.ppf(1 - np.exp(-1) / 40))
    width = 1 - skew(returns) * sharpe + (kurtosis(returns, fisher=False) - 1) / 4 * sharpe**2
    expected = norm.cdf((sharpe - luck) * np.sqrt(n - 1) / np.sqrt(width))
    assert stats.deflated_sharpe(returns.tolist(), tried.tolist()) == pytest.approx(
        expected, rel=1e-9
    )


def test_the_example_of_the_paper():
    # Bailey and Lopez de Prado (2014): N = 100, V = 1/2 a year, T = 1250, yearly Sharpe 2.5,
    # skew -3, kurtosis 10: the expected best is 0.1132 a session, the deflated ratio 0.9004.
    luck = stats.expected_best_sharpe(0.5 / 250, 100)
    assert luck == pytest.approx(0.1132, abs=5e-5)
    sharpe = 2.5 / math.sqrt(250)
    width = 1 + 3 * sharpe + (10 - 1) / 4 * sharpe**2
    assert norm.cdf((sharpe - luck) * math.sqrt(1249) / math.sqrt(width)) == pytest.approx(
        0.9004, abs=5e-5
    )


def test_one_try_is_not_deflated_and_more_tries_only_lower_it():
    random = np.random.default_rng(1)
    returns = (random.normal(0.0005, 0.01, 300)).tolist()
    tried = random.normal(0, 0.05, 200).tolist()
    values = [stats.deflated_sharpe(returns, tried[:count]) for count in (1, 20, 200)]
    assert values == sorted(values, reverse=True)
    assert stats.deflated_sharpe(returns[:19], tried) is None
    assert stats.deflated_sharpe([0.01] * 40, tried) is None
    for bad in ([], [math.nan]):
        with pytest.raises(ValueError, match="at least one try"):
            stats.deflated_sharpe(returns, bad)
    with pytest.raises(ValueError, match="no search"):
        stats.expected_best_sharpe(-1, 3)


def test_pure_luck_is_seldom_sure():
    random = np.random.default_rng(3)
    sure = 0
    for _ in range(60):
        runs = random.normal(0, 0.01, (50, 250))
        tried = runs.mean(axis=1) / runs.std(axis=1, ddof=1)
        value = stats.deflated_sharpe(runs[tried.argmax()].tolist(), tried.tolist())
        sure += value > 0.95
    assert sure <= 6
