"""How the open minute of the invented market builds up. Pure.

The way within a minute follows from the seed and the bar, as the bar does: it begins at the open,
touches high and low, and ends at the close with the whole volume, so that the last tick is the bar.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.market.rules.simulated import CENT, dice
from app.quant.frames import MINUTE

FEWEST, MOST = 60, 180
"""Ticks of a minute at an open session: one to three a second."""
FEWEST_THIN, MOST_THIN = 4, 20


class MinuteBar(NamedTuple):
    """One bar, in the units in which bars are kept."""

    opened_at: int
    open: int
    high: int
    low: int
    close: int
    volume: float


class Way(NamedTuple):
    """The ticks of a minute, in order: how the bar stands after each."""

    at: NDArray[np.int64]
    """Microseconds since 1970."""
    high: NDArray[np.int64]
    low: NDArray[np.int64]
    close: NDArray[np.int64]
    volume: NDArray[np.float64]


def way(symbol: str, seed: str, bar: MinuteBar, *, is_thin: bool) -> Way:
    """Return the ticks of a bar."""
    roll = dice(seed, symbol, "ticks", bar.opened_at)
    bounds = (FEWEST_THIN, MOST_THIN) if is_thin else (FEWEST, MOST)
    count = int(roll.integers(*bounds, endpoint=True))
    at = bar.opened_at + np.sort(roll.integers(0, MINUTE - 1, count, endpoint=True))
    prices = _prices(roll, bar, count)
    share = np.cumsum(roll.gamma(1.0, 1.0, count))
    volume = np.minimum(np.ceil(bar.volume * 100 * share / share[-1]) / 100, bar.volume)
    if bar.volume == np.ceil(bar.volume):
        volume = np.minimum(np.ceil(volume), bar.volume)
    return Way(at, np.maximum.accumulate(prices), np.minimum.accumulate(prices), prices, volume)


def _prices(roll: np.random.Generator, bar: MinuteBar, count: int) -> NDArray[np.int64]:
    """Return prices from open over high and low, whichever is first, to close."""
    turns = np.sort(roll.choice(np.arange(1, count - 1), 2, replace=False))
    corners = [bar.high, bar.low] if roll.integers(2) else [bar.low, bar.high]
    places = np.array([0, *turns, count - 1])
    line = np.interp(np.arange(count), places, [bar.open, *corners, bar.close])
    noise = roll.standard_normal(count) * (bar.high - bar.low) / 6
    prices: NDArray[np.int64] = np.rint((line + noise) / CENT).astype(np.int64) * CENT
    prices = np.clip(prices, bar.low, bar.high)
    prices[places] = [bar.open, *corners, bar.close]
    return prices
