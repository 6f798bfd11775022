"""1,000,000 trades of 2,000 users x 5 robots to every day, week, month and all-time row.

Ours (daily equity, idle days counted, every figure but two) against numpy over sorted
segments (eleven figures), CPU time, run in turns. The two are payoff_ratio and
exposure_ratio: each divides two columns of its own row and is made when the row is read. Both start from the same arrays in memory and
allocate their output in the clock; ours hands its rows over in blocks of scopes, as it does
to a writer. The time with every row held at once is printed too. Compilation is done before.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import aggregate_data as source
import harness
from references import sorted_segments

from app.quant import bulk, folds
from app.quant.compiled import COMPILED

if TYPE_CHECKING:
    from aggregate_data import TradeData

CENT = 10**6


def aggregate(data: TradeData) -> bulk.BulkMetrics:
    """Run our aggregation from the arrays of the generator, all rows held at once."""
    return bulk.aggregate_trades(make_columns(data), make_openings(), make_calendar(), COMPILED)


def hand_over(data: TradeData) -> int:
    """Run our aggregation in blocks, as for a writer, and count the rows."""
    blocks = bulk.aggregate_blocks(make_columns(data), make_openings(), make_calendar(), COMPILED)
    rows = 0
    for block in blocks:
        rows += sum(len(table) for table in block)
        del block  # its memory serves the next one
    return rows


def make_openings() -> np.ndarray:
    """Give every scope the same starting balance."""
    scopes = source.USER_COUNT * source.ROBOT_COUNT
    return np.full(scopes, source.OPENING_CENTS * CENT, np.int64)


def make_columns(data: TradeData) -> bulk.Trades:
    """Number the scopes and the days, and scale cents to our unit."""
    scope = data.user * np.int32(source.ROBOT_COUNT) + data.robot
    day = (data.closed_at // 86_400).astype(np.int32) + np.int32(source.EPOCH_DAY)
    return bulk.Trades(scope, day, data.pnl * CENT, data.size)


def make_calendar() -> bulk.Calendar:
    """Take weekdays and weekends alike: the trades fall on any day."""
    first = source.FIRST_DAY + source.EPOCH_DAY
    days = range(first, first + source.DAY_COUNT)
    axis = folds.SessionAxis.from_days(days)
    return bulk.Calendar(axis, days[-1], folds.Rates.from_annual(0.05, 365))


def check(ours: bulk.BulkMetrics, reference: dict[str, dict[str, np.ndarray]]) -> None:
    """Make sure that both did the same work before their times are compared."""
    for table, columns in zip(ours, reference.values(), strict=True):
        assert len(table) == len(columns["n"]), table.period
        assert np.array_equal(table.counts[:, 4], columns["n"])
        assert np.array_equal(table.money[:, 2], columns["pnl"] * CENT)
        assert np.array_equal(table.money[:, 3], columns["best"] * CENT)
        assert np.array_equal(table.money[:, 4], columns["worst"] * CENT)
        assert np.allclose(table.ratios[:, 1], columns["profit_factor"], equal_nan=True)


def main() -> None:
    data = source.make_trades()
    aggregate(data)
    check(aggregate(data), sorted_segments.aggregate(data, source.ROBOT_COUNT))
    rows = hand_over(data)
    ours, reference = harness.time_pair(
        lambda: hand_over(data),
        lambda: sorted_segments.aggregate(data, source.ROBOT_COUNT),
        runs=9,
    )
    held = harness.time_cpu(lambda: aggregate(data))
    print(f"trades {source.TRADE_COUNT:,}, rows {rows:,}")
    print(f"ours      {ours * 1000:7.1f} ms CPU, every figure but payoff and exposure")
    print(f"ours      {held * 1000:7.1f} ms CPU with every row held at once")
    print(f"reference {reference * 1000:7.1f} ms CPU, numpy sorted segments, eleven figures")
    harness.print_ratio("aggregate-compute", ours / reference, 1.0)


if __name__ == "__main__":
    main()
