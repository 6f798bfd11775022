"""What is made of the tries of a search: the best, the windows, the share of luck."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quant import stats
from app.robots.rules import searching
from app.robots.rules.searching import Tried

RETURNS = st.integers(0, 2**32).map(
    lambda seed: [random.Random(seed + at).gauss(0.0005, 0.01) for at in range(200)]
)


def tried(returns):
    return Tried(tuple(returns), stats.sharpe_ratio(returns, 0.0, 252))


def waves(good, bad, sessions=200):
    """Return a try that earns in its first half and one that earns in the second."""
    swing = [0.001 * (-1) ** at for at in range(sessions)]
    half = sessions // 2
    return [
        tried([each + (good if at < half else bad) for at, each in enumerate(swing)]),
        tried([each + (bad if at < half else good) for at, each in enumerate(swing)]),
    ]


def test_returns_are_against_the_close_before_and_zero_without_money():
    assert searching.returns_of([110, 99, 0, 50], 100) == pytest.approx((0.1, -0.1, -1.0, 0.0))
    assert searching.returns_of([], 100) == ()


def test_the_best_has_the_highest_ratio_and_failures_do_not_count():
    tries = [Tried((), None), Tried((), -1.0), Tried((), 0.5), Tried((), 0.5)]
    assert searching.best_of(tries) == 2
    assert searching.best_of([Tried((), None)]) is None


def test_a_window_is_chosen_by_the_past_however_bad_the_future_is():
    first, second = searching.walk(waves(0.002, -0.002), 200, 2, 252)
    assert (first.chosen, first.first, first.end) == (0, 100, 150)
    assert first.before > 0 > first.after
    # The second looks back on sessions 50 to 150: half of each; what follows is the same.
    assert (second.first, second.end) == (150, 200)


@given(RETURNS, RETURNS, RETURNS)
def test_a_choice_never_changes_with_what_comes_after_it(one, two, future):
    known = searching.walk([tried(one), tried(two)], 200, 4, 252)
    for fold in known:
        cut = fold.end
        others = [tried([*returns[:cut], *future[cut:]]) for returns in (one, two)]
        again = searching.walk(others, 200, 4, 252)
        assert fold in again


def test_windows_without_sessions_or_ratios_are_left_out():
    assert searching.walk(waves(0.002, -0.002), 3, 4, 252) == []
    still = [Tried((0.0,) * 200, None)]
    assert searching.walk(still, 200, 4, 252) == []


def test_more_tries_make_the_same_ratio_less_sure():
    one, other = waves(0.0004, 0.0001)
    alone = searching.deflated([one], 0)
    among = searching.deflated([one, other, *[Tried((0.0,) * 200, None)] * 20], 0)
    assert 0 <= among < alone <= 1


def test_a_try_that_failed_counts_as_a_try():
    one, other = waves(0.0004, 0.0001)
    failed = [Tried((), None)] * 10
    idle = [Tried((0.0,) * 200, None)] * 10
    with_failed = searching.deflated([one, other, *failed], 0)
    assert with_failed == searching.deflated([one, other, *idle], 0)
    assert with_failed < searching.deflated([one, other], 0)
