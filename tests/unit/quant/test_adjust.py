"""Splits and dividends against a second computation."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quant.adjust import Action, adjust
from app.quant.bars import BarColumns

DAYS = 40


def bars(closes, first=700_000):
    close = np.array(closes, np.float64)
    session = (first + np.arange(len(close))).astype(np.int32)
    at = session.astype(np.int64) * 86_400_000_000
    return BarColumns(at, at + 1, session, close, close + 1, close - 0.5, close, close * 10)


def by_returns(closes, actions, first):
    """The other way: chain the holder's daily returns back from the last close, exactly."""
    values = [Fraction(closes[-1])]
    for at in range(len(closes) - 1, 0, -1):
        shares, cash = Fraction(1), Fraction(0)
        for action in actions:
            if action.session == first + at:
                if action.kind == "split":
                    shares = Fraction(action.value)
                else:
                    cash = Fraction(action.value)
        # Back-adjusted: what is paid out comes off the close before it.
        ratio = (Fraction(closes[at - 1]) - cash) / shares / Fraction(closes[at])
        values.append(values[-1] * ratio)
    return [float(value) for value in reversed(values)]


@given(
    st.lists(st.integers(50, 200), min_size=DAYS, max_size=DAYS),
    st.dictionaries(
        st.integers(1, DAYS - 1),
        st.one_of(
            st.tuples(st.just("split"), st.sampled_from([2.0, 3.0, 0.5, 0.125, 1.5])),
            st.tuples(st.just("dividend"), st.sampled_from([0.25, 0.5, 1.0, 10.0])),
        ),
        max_size=6,
    ),
)
def test_adjusted_closes_are_those_that_the_holders_returns_give(closes, by_day):
    given_bars = bars(closes)
    first = int(given_bars.session[0])
    actions = [Action(first + day, *what) for day, what in sorted(by_day.items())]
    adjusted = adjust(given_bars, actions)
    assert adjusted.close.tolist() == pytest.approx(by_returns(closes, actions, first), rel=1e-12)
    assert adjusted.close[-1] == closes[-1]


def test_a_split_keeps_the_traded_value_and_the_raw_bars():
    raw = bars([100, 102, 51, 52])
    adjusted = adjust(raw, [Action(700_002, "split", 2)])
    assert adjusted.close.tolist() == [50, 51, 51, 52]
    assert (adjusted.close * adjusted.volume).tolist() == (raw.close * raw.volume).tolist()
    assert raw.close.tolist() == [100, 102, 51, 52]


def test_an_action_outside_of_the_bars_changes_nothing():
    raw = bars([100, 102])
    assert adjust(raw, [Action(700_000, "split", 2)]).close.tolist() == [100, 102]
    assert adjust(raw, [Action(700_005, "split", 2)]).close.tolist() == [50, 51]
    assert adjust(raw, []) is raw
