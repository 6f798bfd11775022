"""What is new in bars that are given again, in whatever pieces."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.market.rules.store import compare
from app.quant.bars import ScaledBars
from tests.factories.bars import MINUTE, bars_at


def kept_as(table, source):
    """The bars of a model store, as the database would give them."""
    at = sorted(table)
    rows = np.array([[each, *table[each][0]] for each in at], np.float64).reshape(-1, 6)
    whole = [rows[:, column].astype(np.int64) for column in range(5)]
    bars = ScaledBars(*whole, rows[:, 5])
    return SimpleNamespace(bars=bars, source=np.array([table[each][1] for each in at], object))


def rows_of(bars):
    return {
        int(bars.opened_at[at]): tuple(float(column[at]) for column in bars[1:])
        for at in range(len(bars.opened_at))
    }


batches = st.lists(
    st.tuples(
        st.sets(st.integers(0, 20), min_size=1),
        st.sampled_from([100.0, 101.0]),
        st.sampled_from(["alpaca", "massive"]),
        st.booleans(),
    ),
    max_size=6,
)


@given(batches)
def test_what_is_written_is_what_a_plain_table_would_hold_and_repeating_changes_nothing(given_):
    table, model = {}, {}
    for minutes, price, source, replace in given_:
        bars = bars_at(MINUTE * np.array(sorted(minutes)), price=price, step=0)
        for at, row in rows_of(bars).items():
            if at not in model or (model[at][0] != row and (replace or model[at][1] == source)):
                model[at] = (row, source)
        for turn in (1, 2):
            parts = compare(bars, kept_as(table, source), source, replace=replace)
            written = {**rows_of(parts.new), **rows_of(parts.changed)}
            assert len(parts.new.opened_at) + len(parts.changed.opened_at) + parts.same == len(
                minutes
            )
            assert turn == 1 or not written
            table.update({at: (row, source) for at, row in written.items()})
        assert table == model
