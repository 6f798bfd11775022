"""What became of a prediction: in the right order, against it where bars leave it open, no future."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quant.bars import BarColumns, select
from app.quant.predictions import (
    NO_DATA,
    NOT_ENTERED,
    OPEN,
    STOP,
    TARGET,
    TIME,
    Plan,
    State,
    end,
    follow,
    risk_multiple,
)

MINUTE = 60
LONG = Plan(1, 100.0, 100.0, 103.0, 98.0, 100 * MINUTE)
SHORT = Plan(-1, 100.0, 100.0, 97.0, 102.0, 100 * MINUTE)
LIMIT = LONG._replace(entry=99.0)
BREAKOUT = LONG._replace(entry=101.0)


def bars(*rows):
    """Return bars of a minute: open, high, low, close."""
    table = np.array(rows, float).reshape(len(rows), 4)
    at = np.arange(len(rows), dtype=np.int64) * MINUTE
    zeros = np.zeros(len(rows))
    return BarColumns(at, at + MINUTE, zeros.astype(np.int32), *table.T, zeros)


def after(plan, *rows):
    return end(plan, follow(plan, State(), bars(*rows)))


@pytest.mark.parametrize(
    ("plan", "rows", "result", "price"),
    [
        (LONG, [(100, 101, 99, 100), (100, 103, 99, 102)], TARGET, 103.0),
        (LONG, [(100, 101, 97.9, 100)], STOP, 98.0),
        (LONG, [(100, 104, 97, 100)], STOP, 98.0),  # both in one bar: the stop counts
        (LONG, [(100, 101, 99, 100), (97, 97.5, 96, 97)], STOP, 97.0),  # it opens beyond
        (LONG, [(100, 101, 99, 100.5)], TIME, 100.5),
        (SHORT, [(100, 101, 96.5, 97)], TARGET, 97.0),
        (SHORT, [(100, 102.5, 96, 97)], STOP, 102.0),
        (LIMIT, [(100, 102, 99.5, 101)], NOT_ENTERED, None),
        (LIMIT, [(100, 103.5, 98.9, 99)], TIME, 99.0),  # the target may have come before the entry
        (LIMIT, [(100, 101, 98.9, 99), (99, 103, 98.9, 103)], TARGET, 103.0),
        (LIMIT, [(98.5, 99, 98.2, 98.8)], TIME, 98.8),  # it opens below: better than asked for
        (BREAKOUT, [(100, 103.5, 99.5, 103)], TARGET, 103.0),  # passed on the way to the target
        (BREAKOUT, [(100, 101.5, 97, 101)], STOP, 98.0),
        (LONG, [], NO_DATA, None),
    ],
)  # fmt: skip
def test_each_way_to_end(plan, rows, result, price):
    state = after(plan, *rows)
    assert (state.result, state.exit_price) == (result, price)


def test_what_closes_after_the_time_is_not_looked_at():
    short = LONG._replace(ends_at=MINUTE)
    state = after(short, (100, 101, 99, 100.5), (100, 110, 90, 100))
    assert (state.result, state.exit_price) == (TIME, 100.5)


def test_the_result_is_told_in_units_of_the_planned_risk_after_costs():
    state = after(LONG, (100, 103.5, 99, 103))
    assert risk_multiple(LONG, state, 0.0) == pytest.approx(1.5)
    assert risk_multiple(LONG, state, 0.001) == pytest.approx((3 - 0.203) / 2)
    assert risk_multiple(SHORT, after(SHORT, (100, 103, 99, 103)), 0.0) == pytest.approx(-1)
    assert risk_multiple(LONG, State(), 0.0) is None


PRICES = st.integers(94_00, 106_00).map(lambda cents: cents / 100)


@st.composite
def walks(draw):
    rows = draw(st.lists(st.tuples(PRICES, PRICES, PRICES, PRICES), max_size=12))
    return bars(*((o, max(o, h, low, c), min(o, h, low, c), c) for o, h, low, c in rows))


@st.composite
def plans(draw):
    low, middle, high = sorted(draw(st.lists(PRICES, min_size=3, max_size=3, unique=True)))
    sign = draw(st.sampled_from([1, -1]))
    target, stop = (high, low) if sign > 0 else (low, high)
    price = draw(st.one_of(st.just(middle), PRICES))
    return Plan(sign, price, middle, target, stop, draw(st.integers(0, 12)) * MINUTE)


@given(plans(), walks(), st.integers(0, 12))
def test_to_follow_in_two_steps_is_to_follow_in_one(plan, walk, cut):
    first = follow(plan, State(), walk.rows(0, cut))
    assert follow(plan, first, walk.rows(cut)) == follow(plan, State(), walk)


@given(plans(), walks(), walks())
def test_what_comes_after_the_end_or_the_time_changes_nothing(plan, walk, other):
    state = follow(plan, State(), walk)
    if state.result != OPEN:
        cut = int(np.searchsorted(walk.closed_at, state.ended_at)) + 1
        assert follow(plan, State(), walk.rows(0, cut)) == state
    inside = select(walk, walk.closed_at <= plan.ends_at)
    later = BarColumns(other.opened_at + 10**6, other.closed_at + 10**6, *other[2:])
    joined = BarColumns._make(np.concatenate(pair) for pair in zip(inside, later, strict=True))
    assert follow(plan, State(), joined) == state


@given(plans(), walks())
def test_no_result_is_better_than_a_reader_who_knows_the_order_within_bars(plan, walk):
    """Against a second computation that is told nothing of the rule, but its bounds."""
    state = end(plan, follow(plan, State(), walk))
    if state.result == TARGET:
        assert state.exit_price == plan.target
        seen = walk.rows(0, int(np.searchsorted(walk.closed_at, state.ended_at)) + 1)
        touched = seen.high >= plan.target if plan.sign > 0 else seen.low <= plan.target
        assert touched[-1]
    if state.result == STOP:
        assert plan.sign * (state.exit_price - plan.stop) <= 0
    if state.result in {TARGET, STOP, TIME}:
        assert state.entered_at is not None
        assert state.entered_at <= state.ended_at <= plan.ends_at
    if state.result == NOT_ENTERED:
        assert state.entered_at is None
