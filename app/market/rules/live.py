"""The minute that is still open, put at the end of kept bars. Pure."""

from __future__ import annotations

import numpy as np

from app.quant import frames
from app.quant.bars import BarColumns, join


def with_minute(
    bars: BarColumns, minute: BarColumns, hours: frames.Hours, timeframe: str, *, extended: bool
) -> BarColumns:
    """Return bars of a timeframe with one minute that is not among them yet.

    It becomes a bar, or a part of the last one. A minute that lies before the last bar, or in hours
    that are not shown, changes nothing.
    """
    made = frames.resample(minute, hours, timeframe, extended=extended)
    if not len(made.opened_at):
        return bars
    if not len(bars.opened_at) or made.opened_at[0] > bars.opened_at[-1]:
        return join([bars, made])
    if made.opened_at[0] < bars.opened_at[-1]:
        return bars
    changed = BarColumns._make(column.copy() for column in bars)
    changed.high[-1] = max(changed.high[-1], made.high[0])
    changed.low[-1] = min(changed.low[-1], made.low[0])
    changed.close[-1] = made.close[0]
    changed.volume[-1] += made.volume[0]
    return changed


def minute_columns(
    opened_at: int, prices: tuple[float, float, float, float], volume: float, session: int
) -> BarColumns:
    """Return one minute as columns."""
    at = np.array([opened_at], np.int64)
    day = np.array([session], np.int32)
    values = [np.array([each], np.float64) for each in (*prices, volume)]
    return BarColumns._make([at, at + frames.MINUTE, day, *values])
