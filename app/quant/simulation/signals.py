"""The vectorised path: a robot's decisions for all bars at once, traded by one loop.

For robots that say which position they want at each bar (`Robot.signals`): one symbol, market
orders at the next open, an optional stop-loss. The trades are those of the simulation. The loop
comes from the caller: plain here, compiled from `app.quant.compiled_signals`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.quant import bulk, kernels
from app.quant.bars import BarColumns
from app.quant.folds import MetricRow, Rates, SessionAxis
from app.quant.simulation import signal_kernels as loop
from app.quant.simulation.terms import Market, Terms

_REASONS = np.array(["open", "stop_loss", "margin"])
_LIMIT = 2**62


class SignalLoops(NamedTuple):
    """The loops of this path, plain or compiled."""

    trade_changes: Callable[..., None]
    fold: bulk.Loops


PLAIN = SignalLoops(loop.trade_changes, bulk.PLAIN)


class Changes(NamedTuple):
    """Where the wanted position changes: the numbers of the bars, and what is wanted then."""

    at: NDArray[np.int64]
    wanted: NDArray[np.float64]


class SignalRun(NamedTuple):
    """What came of it: fills as columns, equity by session, figures of every period."""

    bar: NDArray[np.int64]
    side: NDArray[np.int64]
    reason: NDArray[Any]
    qty: NDArray[np.float64]
    price: NDArray[np.float64]
    fee: NDArray[np.float64]
    sessions: NDArray[np.int64]
    equity: NDArray[np.int64]
    """At each session's close, in units of 1e-8."""
    metrics: bulk.BulkMetrics
    refused_count: int
    cash: float

    @property
    def all_time(self) -> MetricRow:
        """The figures of the whole run."""
        ((_, row),) = self.metrics.all_time.scope_rows()
        return row


class Given(NamedTuple):
    """What a run needs besides: how the symbol is traded, and the rates of the figures."""

    market: Market = Market()
    rates: Rates = Rates.from_annual()


DEFAULTS = Given()


def changes_of(signal: NDArray[np.float64]) -> Changes:
    """Find where a signal (one wanted position a bar) changes; before the first bar it is flat.

    Raises:
        ValueError: a signal that is not finite.
    """
    wanted = np.ascontiguousarray(signal, np.float64)
    if not np.isfinite(wanted).all():
        message = "a signal must be a finite number at every bar"
        raise ValueError(message)
    moved = np.empty(len(wanted), bool)
    moved[:1] = wanted[:1] != 0
    np.not_equal(wanted[1:], wanted[:-1], out=moved[1:])
    at = np.flatnonzero(moved)
    return Changes(at, wanted[at])


def run_signals(
    columns: BarColumns,
    signal: NDArray[np.float64] | Changes,
    terms: Terms,
    stop_loss_ratio: float | None = None,
    loops: SignalLoops = PLAIN,
    *,
    given: Given = DEFAULTS,
) -> SignalRun:
    """Trade a signal; each change is a market order at the next open.

    After a stop-loss nothing is opened until the signal changes again. A change of size closes
    and opens anew.

    Raises:
        ValueError: a signal or terms that this path cannot trade.
    """
    changes = signal if isinstance(signal, Changes) else changes_of(signal)
    costs = terms.costs
    if costs.volume_share < 1:
        message = "volume_share: the vectorised path fills whole orders; leave it at 1"
        raise ValueError(message)
    if not len(columns.close):
        message = "there are no bars"
        raise ValueError(message)
    multiplier = given.market.multiplier
    _check_size(columns, changes, multiplier)
    numbers = np.array(
        [
            terms.cash,
            terms.margin_ratio,
            costs.spread_ratio / 2.0,
            costs.slippage_ratio,
            costs.commission_per_order,
            costs.commission_per_unit,
            costs.commission_ratio,
            costs.borrow_rate,
            multiplier,
            math.nan if stop_loss_ratio is None else stop_loss_ratio,
        ]
    )
    firsts = np.concatenate(([0], np.flatnonzero(columns.session[1:] != columns.session[:-1]) + 1))
    days = columns.session[firsts].astype(np.int64)
    return _trade(columns, changes, (firsts, days), numbers, given.rates, loops)


def _check_size(columns: BarColumns, changes: Changes, multiplier: float) -> None:
    largest = float(np.abs(changes.wanted).max(initial=0.0)) * multiplier
    if largest * float(columns.high.max()) * loop.UNITS > _LIMIT:
        message = "positions of this size do not fit 64 bits; use the simulation"
        raise ValueError(message)


def _trade(
    columns: BarColumns,
    changes: Changes,
    sessions: tuple[NDArray[np.int64], NDArray[np.int64]],
    numbers: NDArray[np.float64],
    rates: Rates,
    loops: SignalLoops,
) -> SignalRun:
    most = 2 * len(changes.at) + 1
    count = len(sessions[1])
    out: Any = (
        np.empty((most, 3), np.int64),
        np.empty((most, 3)),
        np.empty((count, kernels.DAY_WIDTH), np.int64),
        np.empty(count, np.int64),
    )
    state = np.array([numbers[loop.T_CASH], 0.0, 0.0, math.nan, 0.0])
    counts = np.zeros(loop.COUNTS_SIZE, np.int64)
    bars = (columns.open, columns.high, columns.low, columns.close)
    arguments: Any = (bars, tuple(changes), sessions, (numbers, state, counts, out))
    if loops.fold.is_compiled:
        loops.trade_changes(*arguments)
    else:
        state, counts, out = _trade_plain(loops, arguments)
    rows = out[2][(out[2][:, 1:] != 0).any(axis=1)]
    axis = SessionAxis.from_days(sessions[1].tolist())
    calendar = bulk.Calendar(axis, int(sessions[1][-1]), rates)
    starts = np.array([0, len(rows)], np.int64)
    metrics, _ = bulk.fold_rows(starts, rows, [True], calendar, loops.fold)
    filled = slice(0, int(counts[loop.N_FILLS]))
    whole, real = out[0][filled], out[1][filled]
    return SignalRun(
        whole[:, loop.F_BAR],
        whole[:, loop.F_SIDE],
        _REASONS[whole[:, loop.F_REASON]],
        real[:, loop.F_QTY],
        real[:, loop.F_PRICE],
        real[:, loop.F_FEE],
        sessions[1],
        out[3],
        metrics,
        int(counts[loop.N_REFUSED]),
        float(state[loop.S_CASH]),
    )


def _trade_plain(loops: SignalLoops, arguments: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """Run the loop on lists of Python's own numbers."""
    lists = bulk.plain_lists(arguments)
    loops.trade_changes(*lists)
    _, state, counts, out = lists[3]
    whole, real, rows, equity = out
    tables = (np.array(whole), np.array(real), np.array(rows, np.int64), np.array(equity, np.int64))
    return state, counts, tables
