"""Moving averages that cross: against exact fractions, one window at a time."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quant import crossover
from app.quant.crossover import cross_changes
from tests.factories.plain_crosses import ABOVE, BELOW, crosses


def slow_and_plain(values, fast, slow):
    """Return the crosses by the definition: four averages for each value, as fractions."""

    def mean(at, size):
        return Fraction(sum(values[at - size + 1 : at + 1]), size)

    found = [0] * len(values)
    for at in range(slow, len(values)):
        before = mean(at - 1, fast) - mean(at - 1, slow)
        now = mean(at, fast) - mean(at, slow)
        if before < 0 < now:
            found[at] = ABOVE
        if before > 0 > now:
            found[at] = BELOW
    return found


@given(
    st.lists(st.integers(1, 12), max_size=60),
    st.integers(1, 6).flatmap(lambda fast: st.tuples(st.just(fast), st.integers(fast + 1, 12))),
)
def test_crosses_are_those_of_the_definition(values, sizes):
    assert crosses(values, *sizes) == slow_and_plain(values, *sizes)


def test_a_touch_is_not_a_cross():
    # The averages of one and two values: below, equal, above.
    assert crosses([5, 4, 4, 5], 1, 2) == [0, 0, 0, 0]
    assert crosses([5, 4, 5], 1, 2) == [0, 0, ABOVE]
    assert crosses([4, 5, 4], 1, 2) == [0, 0, BELOW]


def test_tenths_do_not_make_a_cross_by_rounding():
    # In floats the mean of 0.1, 0.2 and 0.3 is not 0.2; in units of 1e-8 it is.
    values = [round(value * 1e8) for value in (0.3, 0.2, 0.1, 0.2, 0.3, 0.2, 0.2)]
    assert crosses(values, 1, 3) == slow_and_plain(values, 1, 3)


@pytest.mark.parametrize(("fast", "slow"), [(0, 3), (3, 3), (4, 3), (-1, 2)])
def test_the_fast_average_must_be_the_shorter_one(fast, slow):
    with pytest.raises(ValueError, match="shorter"):
        crosses([1, 2, 3], fast, slow)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=200), st.integers(1, 5), st.integers(1, 6))
def test_all_at_once_finds_the_same_crosses(cents, fast, longer):
    slow = fast + longer
    one_by_one = crosses(cents, fast, slow)
    at, wanted = cross_changes(np.array(cents) / 100, fast, slow, short=True)
    assert at.tolist() == [number for number, found in enumerate(one_by_one) if found]
    assert wanted.tolist() == [found for found in one_by_one if found]
    _, long_only = cross_changes(np.array(cents) / 100, fast, slow)
    assert long_only.tolist() == [max(found, 0) for found in one_by_one if found]


def test_all_at_once_goes_on_over_its_parts(monkeypatch):
    cents = np.random.default_rng(2).integers(100, 200, 5_000)
    whole = cross_changes(cents / 100, 5, 9)
    monkeypatch.setattr(crossover, "_PART", 64)
    for one, other in zip(whole, cross_changes(cents / 100, 5, 9), strict=True):
        assert one.tobytes() == other.tobytes()
    with pytest.raises(ValueError, match="must be shorter"):
        cross_changes(cents / 100, 5, 5)
