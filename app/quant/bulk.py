"""Many scopes at once: columns of trades or of daily money in, tables of metrics out.

The loops come from the caller: `PLAIN` runs the Python source, `compiled.COMPILED` the same
source through numba, with the same bits. Output tables have exactly as many rows as there
are metrics, so that 1,000,000 trades stay far below 600 MB.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.quant import bulk_kernels, kernels
from app.quant.days import DayMoney
from app.quant.folds import PERIODS, FoldState, MetricRow, Rates, SessionAxis, metric_row

_LIMIT = 2**63 - 1
_Columns = tuple[Any, Any, Any]


class Loops(NamedTuple):
    """The loops of `bulk_kernels`, plain or compiled."""

    count_starts: Callable[..., None]
    sort_trades: Callable[..., bool]
    count_rows: Callable[..., None]
    fold_trades: Callable[..., None]
    fold_scopes: Callable[..., None]
    is_compiled: bool


PLAIN = Loops(
    bulk_kernels.count_starts,
    bulk_kernels.sort_trades,
    bulk_kernels.count_rows,
    bulk_kernels.fold_trades,
    bulk_kernels.fold_scopes,
    is_compiled=False,
)


class Trades(NamedTuple):
    """Closed trades as columns; `scope` numbers the scopes from 0, pnl is scaled by 1e8.

    `notional` is in cents. The order is any; ledger order (by closing time) is fastest.
    """

    scope: NDArray[Any]
    day: NDArray[Any]
    pnl: NDArray[np.int64]
    notional: NDArray[np.int64]


class Calendar(NamedTuple):
    """What a fold needs besides money: the sessions, how far, and the rates."""

    axis: SessionAxis
    as_of: int
    rates: Rates

    def for_loops(self, loops: Loops) -> tuple[Any, int, tuple[float, float]]:
        """Give the calendar as the tuple that the loops take."""
        first, before = self.axis
        table = np.asarray(before, np.int64) if loops.is_compiled else before
        return (first, table), self.as_of, (self.rates.risk_free, self.rates.annual_root)


class MetricTable(NamedTuple):
    """The rows of one period as three tables, columns in the order of `kernels`' constants.

    `counts` (C_…, 32 bits), `money` (M_…, 64 bits) and `ratios` (R_…, floats, NaN is "no
    answer"; days lack the last four, weeks the last three, which they never answer).
    """

    period: str
    counts: NDArray[np.int32]
    money: NDArray[np.int64]
    ratios: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.counts)

    def scope_rows(self) -> Iterator[tuple[int, MetricRow]]:
        """Give the scope and the row, one by one."""
        missing = [np.nan] * (kernels.RATIO_WIDTH - self.ratios.shape[1])
        for at in range(len(self.counts)):
            counts = self.counts[at].tolist()
            money = self.money[at].tolist()
            yield (
                counts[0],
                metric_row(self.period, counts, money, self.ratios[at].tolist() + missing),
            )


class BulkMetrics(NamedTuple):
    """The tables of the four periods, sorted by scope and start."""

    daily: MetricTable
    weekly: MetricTable
    monthly: MetricTable
    all_time: MetricTable


def aggregate_trades(
    trades: Trades, openings: NDArray[np.int64], calendar: Calendar, loops: Loops = PLAIN
) -> BulkMetrics:
    """Fold closed trades into every metric row of every scope, all held at once.

    `openings` holds the starting balance of each scope, 0 for none; it is booked on the day
    of the scope's first trade.

    Raises:
        OverflowError: the sums of the trades might not fit 64 bits.
    """
    (tables,) = aggregate_blocks(trades, openings, calendar, loops, max(len(openings), 1))
    return tables


def aggregate_blocks(
    trades: Trades,
    openings: NDArray[np.int64],
    calendar: Calendar,
    loops: Loops = PLAIN,
    block_size: int = 1_000,
) -> Iterator[BulkMetrics]:
    """Do the same in blocks of scopes, for one that writes them on: memory stays low.

    The memory of a block is used again for the next one if the caller lets go of it.

    Raises:
        OverflowError: the sums of the trades might not fit 64 bits.
    """
    _check_sums(trades, openings)
    starts = np.zeros(len(openings) + 1, np.int64)
    loops.count_starts(trades.scope, starts)
    ordered = _sort(trades, starts, loops)
    del trades  # frees columns that the caller made for this call before the tables are made
    scratch = (
        np.zeros(kernels.STATE_INTS, np.int64),
        np.zeros(kernels.STATE_FLOATS),
        np.zeros(kernels.DAY_WIDTH, np.int64),
    )
    for first in range(0, max(len(openings), 1), block_size):
        arguments = (
            starts[first : first + block_size + 1],
            ordered,
            openings[first : first + block_size],
        )
        yield _fold_block(first, arguments, scratch, calendar, loops)


def _sort(trades: Trades, starts: NDArray[np.int64], loops: Loops) -> _Columns:
    size = len(trades.scope)
    ordered = (np.empty(size, np.int32), np.empty(size, np.int64), np.empty(size, np.int64))
    if not loops.sort_trades(tuple(trades), starts, starts.copy(), ordered):
        order = np.argsort(trades.day, kind="stable")
        by_day = tuple(column[order] for column in trades)
        loops.sort_trades(by_day, starts, starts.copy(), ordered)
    return ordered


def _fold_block(
    first: int, arguments: _Columns, scratch: _Columns, calendar: Calendar, loops: Loops
) -> BulkMetrics:
    out, tables = _make_tables(loops, arguments[0], arguments[1][0])
    if not loops.is_compiled:
        arguments, scratch = plain_lists(arguments), plain_lists(scratch)
    loops.fold_trades(*arguments, calendar.for_loops(loops), out, scratch)
    for table in tables:
        table.counts[:, kernels.C_SCOPE] += first
    return tables


def fold_scopes(
    scopes: list[list[DayMoney]],
    balanced: list[bool],
    calendar: Calendar,
    loops: Loops = PLAIN,
) -> tuple[BulkMetrics, list[FoldState]]:
    """Fold the daily money of many scopes; give the tables and the state each ends in.

    The rows of a scope are in order of days.
    """
    lengths = [len(rows) for rows in scopes]
    starts = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    rows = np.array(
        [[value or 0 for value in row] for scope in scopes for row in scope], np.int64
    ).reshape(-1, kernels.DAY_WIDTH)
    return fold_rows(starts, rows, balanced, calendar, loops)


def fold_rows(
    starts: NDArray[np.int64],
    rows: NDArray[np.int64],
    balanced: list[bool],
    calendar: Calendar,
    loops: Loops = PLAIN,
) -> tuple[BulkMetrics, list[FoldState]]:
    """Do the same from a table of day money; scope s has the rows from starts[s] on."""
    out, tables = _make_tables(loops, starts, rows[:, kernels.DAY].astype(np.int32))
    ints = np.zeros((len(balanced), kernels.STATE_INTS), np.int64)
    floats = np.zeros((len(balanced), kernels.STATE_FLOATS))
    arguments: Any = (starts, rows, np.array(balanced, np.int64))
    scratch: Any = (ints, floats)
    if not loops.is_compiled:
        arguments, scratch = plain_lists(arguments), plain_lists(scratch)
    loops.fold_scopes(*arguments, calendar.for_loops(loops), out, scratch)
    states = [
        FoldState.from_numbers([int(i) for i in scratch[0][at]], [float(f) for f in scratch[1][at]])
        for at in range(len(balanced))
    ]
    for state in states:
        state.ints[kernels.SCOPE] = 0  # the number of this call, not part of the state
    return tables, states


def _make_tables(
    loops: Loops, starts: NDArray[np.int64], day: NDArray[np.int32]
) -> tuple[Any, BulkMetrics]:
    sizes = np.zeros(len(PERIODS), np.int64)
    loops.count_rows(starts, day, sizes)
    widths = (
        kernels.DAY_RATIO_WIDTH,
        kernels.WEEK_RATIO_WIDTH,
        kernels.RATIO_WIDTH,
        kernels.RATIO_WIDTH,
    )
    tables = BulkMetrics(
        *(
            MetricTable(
                period,
                np.empty((size, kernels.COUNT_WIDTH), np.int32),
                np.empty((size, kernels.MONEY_WIDTH), np.int64),
                np.empty((size, width)),
            )
            for period, size, width in zip(PERIODS, sizes.tolist(), widths, strict=True)
        )
    )
    out = (
        tuple(table.counts for table in tables),
        tuple(table.money for table in tables),
        tuple(table.ratios for table in tables),
        np.zeros(len(PERIODS), np.int64),
    )
    return out, tables


def plain_lists(arrays: tuple[Any, ...]) -> Any:
    """Turn arrays into lists, so that plain Python computes with its own numbers."""
    return tuple(
        plain_lists(array) if isinstance(array, tuple) else array.tolist() for array in arrays
    )


def _check_sums(trades: Trades, openings: NDArray[np.int64]) -> None:
    for column in (trades.pnl, trades.notional, openings):
        if len(column) == 0:
            continue
        largest = max(abs(int(column.max())), abs(int(column.min())))
        if largest * len(column) > _LIMIT and _sum_of_magnitudes(column) > _LIMIT:
            message = "The sums of these trades may exceed 64 bits; split the scopes"
            raise OverflowError(message)


def _sum_of_magnitudes(column: NDArray[np.int64]) -> float:
    return float(np.abs(column.astype(np.float64)).sum())
