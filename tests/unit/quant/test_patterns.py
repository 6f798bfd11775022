"""Patterns among trades: what chance explains is not told."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from app.quant import patterns

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
HOURS = ("open", "morning", "noon", "close")


def trader(seed, count=120, edge=0.0):
    """Return results of trades, heavy in the tails, and groups that have nothing to do with them."""
    dice = np.random.default_rng(seed)
    results = dice.standard_t(3, count) * 50
    groups = {
        "weekday": [WEEKDAYS[at] for at in dice.integers(0, 5, count)],
        "hour": [HOURS[at] for at in dice.integers(0, 4, count)],
        "symbol": ["SPY" if at else "QQQ" for at in dice.integers(0, 2, count)],
    }
    if edge:
        results += np.array([edge if hour == "open" else 0.0 for hour in groups["hour"]])
    return results.tolist(), groups


def of(found, facet, group, measure):
    return next(
        one for one in found if (one.facet, one.group, one.measure) == (facet, group, measure)
    )


@pytest.mark.req("S2-124")
def test_few_who_have_no_pattern_are_told_one():
    told = 0
    for seed in range(400):
        results, groups = trader(seed, count=80)
        told += bool(patterns.find(results, groups, shuffles=199).survivors)
    # 5 % of 400 are 20; more than this comes by chance once in 10,000 such tests.
    assert told <= stats.binom.ppf(0.9999, 400, patterns.LEVEL)
    assert told >= 4  # a test that told nobody anything would have no power either


@pytest.mark.req("S2-124")
def test_a_strong_pattern_is_found_and_named():
    results, groups = trader(3, count=300, edge=-60)
    found = patterns.find(results, groups)
    best = found.survivors[0]
    assert (best.facet, best.group) == ("hour", "open")
    assert best.value < best.other
    assert best.adjusted <= patterns.LEVEL
    inside = [one for one, hour in zip(results, groups["hour"], strict=True) if hour == "open"]
    assert best.n == len(inside)
    assert of(found.survivors, "hour", "open", "mean").value == pytest.approx(np.mean(inside))
    assert found.looked_at == 2 * (5 + 4 + 1)  # the two symbols are one question
    assert found.n == 300


def test_its_own_p_value_is_that_of_scipy():
    results, groups = trader(11, count=60, edge=40)
    inside = np.array(groups["hour"]) == "open"
    values = np.array(results)
    theirs = stats.permutation_test(
        (values[inside], values[~inside]), lambda x, y, axis: x.mean(axis) - y.mean(axis),
        vectorized=True, n_resamples=20_000, rng=np.random.default_rng(1),
    )  # fmt: skip
    ours = of(patterns.measure(results, groups), "hour", "open", "mean")
    noise = 5 * np.sqrt(ours.p * (1 - ours.p) * (1 / 20_000 + 1 / patterns.SHUFFLES))
    # SciPy doubles the smaller tail, we count both: the same where the tails are alike.
    assert ours.p == pytest.approx(theirs.pvalue, abs=noise + 0.01)


def test_the_adjusted_p_value_is_the_share_of_all_orders_that_are_as_uneven():
    # Small enough to go through every order: 10 of 20 trades in a group, wins alone.
    wins = [1.0] * 9 + [-1.0] * 1 + [1.0] * 2 + [-1.0] * 8
    groups = {"half": ["first"] * 10 + ["second"] * 10}
    results = wins + wins[:10]
    groups = {"half": groups["half"] + ["first"] * 10}
    exact = stats.fisher_exact([[18, 2], [2, 8]]).pvalue
    found = patterns.measure(results, groups)
    alone = of(found, "half", "first", "wins")
    assert (alone.n, alone.n_other, alone.value, alone.other) == (20, 10, 0.9, 0.2)
    assert alone.p == pytest.approx(exact, abs=0.002)
    assert alone.adjusted >= alone.p


def test_more_patterns_looked_at_make_each_less_sure():
    results, groups = trader(21, count=150, edge=25)
    few = of(patterns.measure(results, {"hour": groups["hour"]}), "hour", "open", "mean")
    many = of(patterns.measure(results, groups), "hour", "open", "mean")
    assert many.statistic == few.statistic
    assert many.adjusted >= few.adjusted - 0.01
    assert all(one.adjusted >= one.p for one in patterns.measure(results, groups))


def test_the_same_trades_get_the_same_answer_and_others_another_seed():
    results, groups = trader(5)
    assert patterns.measure(results, groups) == patterns.measure(results, groups)
    other = [*results[:-1], results[-1] + 1]
    assert patterns.seed_of(results, groups) != patterns.seed_of(other, groups)


def test_too_few_trades_or_too_small_groups_are_not_looked_at():
    results, groups = trader(1, count=patterns.LEAST_TRADES - 1)
    assert patterns.find(results, groups) == patterns.Search((), 0, patterns.LEAST_TRADES - 1)
    results, _ = trader(1, count=60)
    rare = {"symbol": ["RARE"] * (patterns.LEAST - 1) + ["SPY"] * (61 - patterns.LEAST)}
    assert patterns.find(results, rare).looked_at == 0
    assert patterns.find([5.0] * 60, {"half": ["a", "b"] * 30}).looked_at == 0


@pytest.mark.parametrize("results", [[float("nan")] * 40, [1.0] * 39])
def test_what_is_no_record_is_refused(results):
    with pytest.raises(ValueError, match="each facet"):
        patterns.measure(results, {"half": ["a", "b"] * 20})


def test_the_newest_trades_are_looked_at():
    results, groups = trader(2, count=patterns.MOST_TRADES + 50)
    kept = patterns.measure(results[-patterns.MOST_TRADES :],
                            {key: names[-patterns.MOST_TRADES :] for key, names in groups.items()},
                            shuffles=19)  # fmt: skip
    assert patterns.measure(results, groups, shuffles=19) == kept


def test_an_interval_of_a_mean_holds_it_as_often_as_it_says():
    held = 0
    for seed in range(200):
        values = np.random.default_rng(seed).normal(3, 2, 40).tolist()
        low, high = patterns.mean_interval(values, shuffles=499)
        held += low <= 3 <= high
    assert 178 <= held <= 199  # 95 % of 200, a little less with 40 values
    assert patterns.mean_interval([1.0]) is None
