"""The price weighted by volume since a session's opening, and how far prices lay from it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


class Vwap(NamedTuple):
    """Running values, one a bar; NaN until something was traded."""

    price: Values
    deviation: Values
    """The standard deviation of the typical price around it, weighted by volume."""


def running(typical: Values, volume: Values, begins: NDArray[np.intp]) -> Vwap:
    """Return VWAP and deviation at each bar, anew from each of the bars that `begins` numbers.

    Within a session everything is measured from its first price, so that squares of small
    distances are added up and not the difference of large squares taken.
    """
    lengths = np.diff(np.append(begins, len(typical)))
    anchor = np.repeat(typical[begins], lengths)
    away = typical - anchor
    traded = _since(volume, begins, lengths)
    weighed = away * volume
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = _since(weighed, begins, lengths) / traded
        squares = _since(np.multiply(weighed, away, out=weighed), begins, lengths) / traded
    mean[traded <= 0] = np.nan
    variance = np.maximum(squares - mean * mean, 0.0)
    return Vwap(anchor + mean, np.sqrt(variance))


def price_only(
    high: Values, low: Values, close: Values, volume: Values, begins: NDArray[np.intp]
) -> Values:
    """Return only the running VWAP, for many bars at once."""
    values: Values = np.empty(len(close))
    for begin, end in zip(begins.tolist(), [*begins[1:].tolist(), len(close)], strict=True):
        money = high[begin:end] + low[begin:end]
        money += close[begin:end]
        money *= volume[begin:end]
        np.cumsum(money, out=money)
        traded = np.cumsum(volume[begin:end])
        traded *= 3.0
        with np.errstate(divide="ignore", invalid="ignore"):
            np.divide(money, traded, out=values[begin:end])
    return values


def last(typical: Values, volume: Values) -> tuple[float, float] | None:
    """Return VWAP and deviation over all bars given; None where nothing was traded."""
    total = float(volume.sum())
    if not total > 0:
        return None
    mean = float(typical[0] + ((typical - typical[0]) * volume).sum() / total)
    variance = float((volume * (typical - mean) ** 2).sum() / total)
    return mean, variance**0.5


def _since(values: Values, begins: NDArray[np.intp], lengths: NDArray[np.intp]) -> Values:
    """Add up from each beginning on; what came before it leaves no trace, not even in rounding."""
    sums = np.cumsum(values)
    if len(begins) == 1:
        return sums
    for begin, length in zip(begins[1:].tolist(), lengths[1:].tolist(), strict=True):
        np.cumsum(values[begin : begin + length], out=sums[begin : begin + length])
    return sums
