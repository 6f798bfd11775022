"""Bars of one symbol as columns, the form in which the simulation and the market share them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

TIMEFRAMES = ("M1", "M5", "M15", "H1", "H4", "D1", "W1", "MN")


class BarColumns(NamedTuple):
    """Closed bars in order of time, equally long columns; a bar without a trade has no row."""

    opened_at: NDArray[np.int64]
    """Microseconds since 1970, UTC."""
    closed_at: NDArray[np.int64]
    session: NDArray[np.int32]
    """Date ordinals of the exchange sessions."""
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]

    def rows(self, begin: int, end: int | None = None) -> BarColumns:
        """Return some of the bars, as views."""
        columns: list[Any] = [column[begin:end] for column in self]
        return BarColumns(*columns)


class ScaledBars(NamedTuple):
    """Bars as they are kept: prices exact, in units of 1e-8; strictly in order of time."""

    opened_at: NDArray[np.int64]
    open: NDArray[np.int64]
    high: NDArray[np.int64]
    low: NDArray[np.int64]
    close: NDArray[np.int64]
    volume: NDArray[np.float64]


PRICE_UNITS = 100_000_000
MAX_PRICE = 10**9
_EXACT = 2**53


def empty_columns() -> BarColumns:
    """Return no bars."""
    whole, real = np.empty(0, np.int64), np.empty(0, np.float64)
    return BarColumns(whole, whole, np.empty(0, np.int32), real, real, real, real, real)


def price_floats(units: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return scaled prices as floats: to the bit what `float(Decimal)` gives."""
    floats = units / np.float64(PRICE_UNITS)
    large = np.flatnonzero(units > _EXACT)
    # Beyond 2^53 the integer itself is no float; Python divides such integers correctly rounded.
    for at in large.tolist():
        floats[at] = int(units[at]) / PRICE_UNITS
    return floats


def price_units(floats: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return prices in units of 1e-8: exact for prices below ten million of up to 8 decimals."""
    return np.rint(floats * PRICE_UNITS).astype(np.int64)


def scaled(bars: BarColumns | ScaledBars) -> ScaledBars:
    """Return bars in the form in which they are kept."""
    if isinstance(bars, ScaledBars):
        return bars
    prices = [price_units(each) for each in (bars.open, bars.high, bars.low, bars.close)]
    return ScaledBars._make([bars.opened_at, *prices, bars.volume])


def select(bars: BarColumns, which: NDArray[np.bool_] | slice) -> BarColumns:
    """Return some of the bars."""
    return BarColumns._make(column[which] for column in bars)


def join(parts: list[BarColumns]) -> BarColumns:
    """Return the bars of several parts together, in order of time."""
    if not parts:
        return empty_columns()
    whole = BarColumns._make(np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.argsort(whole.opened_at, kind="stable")
    return BarColumns._make(column[order] for column in whole)
