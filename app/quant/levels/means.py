"""Means with an endless past: Wilder's and the exponential one, and what is made of them.

Each begins, as Wilder's tables did, with the simple mean of the first n values. numpy has no
recursion, so stretches of bars are weighted by the powers of the decay, added up, and put onto what
the stretch before left; the stretches are so short that no power loses a digit.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
_LARGEST_POWER = 1e9
_CACHE = 4_096
"""So many values are worked on at a time: they stay in the processor's cache."""


def smoothed(values: Values, n: int, weight: float) -> Values:
    """Return the mean at each value from number n - 1 on: the first simple, the others decaying.

    `weight` is that of the newest value: 1 / n by Wilder, 2 / (n + 1) for the exponential mean.
    """
    count = len(values) - n + 1
    if count < 1:
        return np.empty(0)
    result = np.empty(count)
    result[0] = mean = float(values[:n].mean())
    if weight >= 1.0:
        result[:] = values[n - 1 :]
        return result
    rest, out = values[n:], result[1:]
    size = max(1, min(int(math.log(_LARGEST_POWER) / -math.log1p(-weight)), 256))
    powers = (1.0 - weight) ** np.arange(1.0, size + 1)
    inverse = weight / powers
    rows = max(1, _CACHE // size)
    for begin in range(0, len(rest), rows * size):
        part = rest[begin : begin + rows * size]
        whole = len(part) // size
        if whole:
            block = part[: whole * size].reshape(whole, size) * inverse
            np.cumsum(block, axis=1, out=block)
            block *= powers
            carried = np.empty(whole)
            for at, tail in enumerate(block[:, -1].tolist()):
                carried[at] = mean
                mean = tail + mean * float(powers[-1])
            block += carried[:, None] * powers
            out[begin : begin + whole * size] = block.ravel()
        left = part[whole * size :]
        if len(left):
            powers_left = powers[: len(left)]
            out[begin + whole * size : begin + len(part)] = (
                np.cumsum(left * inverse[: len(left)]) + mean
            ) * powers_left
            mean = float(out[begin + len(part) - 1])
    return result


def _filled(values: Values, length: int) -> Values:
    whole = np.full(length, np.nan)
    whole[length - len(values) :] = values
    return whole


def ema(values: Values, n: int) -> Values:
    """Return the exponential mean; NaN for the first n - 1 values."""
    return _filled(smoothed(values, n, 2.0 / (n + 1)), len(values))


def true_ranges(high: Values, low: Values, close: Values) -> Values:
    """Return how far each bar but the first reached, from the close before it."""
    top = np.maximum(high[1:], close[:-1])
    top -= np.minimum(low[1:], close[:-1])
    return top


def atr(high: Values, low: Values, close: Values, n: int) -> Values:
    """Return Wilder's average true range; NaN for the first n bars."""
    if len(close) <= n:
        return np.full(len(close), np.nan)
    return _filled(smoothed(true_ranges(high, low, close), n, 1.0 / n), len(close))


def rsi(close: Values, n: int) -> Values:
    """Return Wilder's relative strength, 0 to 100; NaN for the first n bars.

    50 where the price stood still ever since.
    """
    if len(close) <= n:
        return np.full(len(close), np.nan)
    moves = np.diff(close)
    up = smoothed(np.maximum(moves, 0.0), n, 1.0 / n)
    np.negative(moves, out=moves)
    down = smoothed(np.maximum(moves, 0.0), n, 1.0 / n)
    down += up
    up *= 100.0
    strength = np.full(len(up), 50.0)
    np.divide(up, down, out=strength, where=down > 0)
    return _filled(strength, len(close))
