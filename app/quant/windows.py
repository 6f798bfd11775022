"""Indicators computed from columns of bars: causal, and the same bits wherever it begins.

A value is made of its own window alone. Sums of prices are exact (integers scaled by 1e8);
where floats are added up, each value adds its window in one fixed order, oldest first. numpy
does that for many bars at once, a shifted column at a time, so nothing has to be compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from app.quant.bars import BarColumns
from app.quant.indicators import SESSION_BARS, Indicator, alpha, memory, weight_count

Values = NDArray[np.float64]
SCALE = 1e8
_LARGEST_SUM = 2.0**62
_FEW = 32
"""So many values or fewer are each summed by themselves."""
_BLOCK = 8_192
"""So many values are summed at a time: they stay in the processor's cache."""


def compute(indicator: Indicator, columns: BarColumns, first: int = 0) -> Values:
    """Return the indicator's values at the bars from number `first` on; NaN: no answer yet.

    Raises:
        ValueError: the indicator is not a known one.
    """
    need = memory(indicator)
    count = max(len(columns.close) - first, 0)
    values = np.full(count, np.nan)
    if indicator.kind == "session_vwap":
        return _session_vwap(columns, first)
    start = max(first, need - 1)
    if start < len(columns.close):
        tail = columns.rows(start - need + 1)
        values[start - first :] = _KINDS[indicator.kind](indicator, tail)
    return values


def _source(indicator: Indicator, columns: BarColumns) -> Values:
    if indicator.source == "typical":
        return (columns.high + columns.low + columns.close) / 3.0
    values: Values = getattr(columns, indicator.source)
    return values


# --- Sums over windows. Each gives one value a full window: len(values) - n + 1 of them. ---


def _weighted_sums(values: Values, weights: Values) -> Values:
    """Add up each window, weighted; the first weight is that of the oldest value."""
    n, count = len(weights), len(values) - len(weights) + 1
    if count <= _FEW:
        products = sliding_window_view(values, n) * weights
        # accumulate adds from the left, one by one; sum() would add in pairs.
        sums: Values = np.add.accumulate(products, axis=1)[:, -1]
        return sums
    sums = np.empty(count)
    for begin in range(0, count, _BLOCK):
        end = min(begin + _BLOCK, count)
        block = values[begin:end] * weights[0]
        scratch = np.empty_like(block)
        for at in range(1, n):
            np.multiply(values[begin + at : end + at], weights[at], out=scratch)
            np.add(block, scratch, out=block)
        sums[begin:end] = block
    return sums


def _means(values: Values, n: int) -> Values:
    """Return the mean of each window, from an exact sum where 64 bits hold it."""
    highest = np.abs(values).max()
    if not highest * SCALE * n < _LARGEST_SUM:
        return _large_means(values, n)
    return _exact_means(np.rint(values * SCALE).astype(np.int64), n)


def _exact_means(scaled: NDArray[np.int64], n: int) -> Values:
    # A running total may wrap around 64 bits; the difference of two is right all the same.
    totals = np.cumsum(scaled)
    sums = totals[n - 1 :].copy()
    sums[1:] -= totals[:-n]
    means: Values = sums / (SCALE * n)
    return means


def _large_means(values: Values, n: int) -> Values:
    """Do the same where some windows have sums that 64 bits do not hold: each by its own."""
    means = _weighted_sums(values, np.ones(n)) / n
    fits = _extremes(np.abs(values), n, np.maximum) * SCALE * n < _LARGEST_SUM
    # Values beyond the limit are in no window that fits, whatever they are replaced by.
    small = np.where(np.abs(values) * SCALE * n < _LARGEST_SUM, values, 0.0)
    exact = _exact_means(np.rint(small * SCALE).astype(np.int64), n)
    return np.where(fits, exact, means)


def _ratio(values: Values, by: Values, otherwise: Values) -> Values:
    """Divide where the divisor is above zero."""
    result: Values = np.divide(values, by, out=otherwise, where=by > 0)
    return result


def _extremes(values: Values, n: int, better: Callable[..., Any]) -> Values:
    """Return the best of each window, by windows of twice the width until n is reached."""
    best, width = values, 1
    while width < n:
        step = min(width, n - width)
        best = better(best[:-step], best[step:])
        width += step
    return best


# --- The kinds. `columns` begins so that its first window is full. ---


def _sma(indicator: Indicator, columns: BarColumns) -> Values:
    return _means(_source(indicator, columns), indicator.n)


def _deviation(indicator: Indicator, columns: BarColumns) -> Values:
    values, n = _source(indicator, columns), indicator.n
    means = _means(values, n)
    squares = np.zeros(len(means))
    for at in range(n):
        away = values[at : at + len(means)] - means
        squares += away * away
    deviations: Values = np.sqrt(squares / n)
    return deviations


def _band(indicator: Indicator, columns: BarColumns) -> Values:
    return _sma(indicator, columns) + indicator.factor * _deviation(indicator, columns)


def _z_score(indicator: Indicator, columns: BarColumns) -> Values:
    away = _source(indicator, columns)[indicator.n - 1 :] - _sma(indicator, columns)
    spread = _deviation(indicator, columns)
    # Without any spread there is no score.
    return _ratio(away, spread, np.full(len(away), np.nan))


def _momentum(indicator: Indicator, columns: BarColumns) -> Values:
    values, n = _source(indicator, columns), indicator.n
    before = values[:-n]
    return _ratio(values[n:], before, np.full(len(before), np.nan)) - 1.0


def _exponential(indicator: Indicator, values: Values) -> Values:
    decay = 1.0 - alpha(indicator)
    # Powers by repeated products: the same bits on every machine.
    powers = np.multiply.accumulate(
        np.concatenate(([1.0], np.full(weight_count(indicator) - 1, decay)))
    )
    total = float(np.add.accumulate(powers)[-1])
    return _weighted_sums(values, powers[::-1] / total)


def _ema(indicator: Indicator, columns: BarColumns) -> Values:
    return _exponential(indicator, _source(indicator, columns))


def _rsi(indicator: Indicator, columns: BarColumns) -> Values:
    moves = columns.close[1:] - columns.close[:-1]
    up = _exponential(indicator, np.maximum(moves, 0.0))
    down = _exponential(indicator, np.maximum(-moves, 0.0))
    both = up + down
    return _ratio(100.0 * up, both, np.full(len(up), 50.0))


def _atr(indicator: Indicator, columns: BarColumns) -> Values:
    before = columns.close[:-1]
    top = np.maximum(columns.high[1:], before)
    return _exponential(indicator, top - np.minimum(columns.low[1:], before))


def _highest(indicator: Indicator, columns: BarColumns) -> Values:
    return _extremes(_source(indicator, columns), indicator.n, np.maximum)


def _lowest(indicator: Indicator, columns: BarColumns) -> Values:
    return _extremes(_source(indicator, columns), indicator.n, np.minimum)


_KINDS: dict[str, Callable[[Indicator, BarColumns], Values]] = {
    "sma": _sma,
    "deviation": _deviation,
    "band": _band,
    "z_score": _z_score,
    "momentum": _momentum,
    "ema": _ema,
    "rsi": _rsi,
    "atr": _atr,
    "highest": _highest,
    "lowest": _lowest,
}


def _session_vwap(columns: BarColumns, first: int) -> Values:
    """Weigh from each session's first bar on; the first bar given counts as one.

    A session without volume so far is weighed evenly.
    """
    count = len(columns.close)
    values = np.full(max(count - first, 0), np.nan)
    if not len(values):
        return values
    starts = np.flatnonzero(np.diff(columns.session, prepend=columns.session[0] - 1))
    begin = int(np.searchsorted(starts, first, side="right")) - 1
    typical = (columns.high + columns.low + columns.close) / 3.0
    for start, end in zip(starts[begin:], [*starts[begin + 1 :], count], strict=True):
        price, volume = typical[start:end], columns.volume[start:end]
        vwap = _cumulative(price, volume)
        for at in range(SESSION_BARS, len(vwap)):
            window = slice(at - SESSION_BARS + 1, at + 1)
            vwap[at] = _cumulative(price[window], volume[window])[-1]
        values[max(start - first, 0) : end - first] = vwap[max(first - start, 0) :]
    return values


def _cumulative(price: Values, volume: Values) -> Values:
    money = np.add.accumulate(price * volume)
    total = np.add.accumulate(volume)
    even = np.add.accumulate(price) / np.arange(1.0, len(price) + 1)
    return _ratio(money, total, even)
