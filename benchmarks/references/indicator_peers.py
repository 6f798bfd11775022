"""What others reach: ATR and RSI by TA-Lib or a bare loop, VWAP and levels by numpy or a bare loop.

The bare loops are compiled by numba and do this work alone: no session without volume, no bar
outside of the sessions. Of each pair the faster one counts.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import talib


@numba.njit
def loop_atr(high: Any, low: Any, close: Any, n: int, out: Any) -> Any:
    mean = 0.0
    out[0] = np.nan
    for at in range(1, high.size):
        reach = max(high[at], close[at - 1]) - min(low[at], close[at - 1])
        if at <= n:
            mean += reach / n
        else:
            mean += (reach - mean) / n
        out[at] = mean if at >= n else np.nan
    return out


@numba.njit
def loop_rsi(close: Any, n: int, out: Any) -> Any:
    up = 0.0
    down = 0.0
    out[0] = np.nan
    for at in range(1, close.size):
        move = close[at] - close[at - 1]
        rise, fall = max(move, 0.0), max(-move, 0.0)
        if at <= n:
            up += rise / n
            down += fall / n
        else:
            up += (rise - up) / n
            down += (fall - down) / n
        out[at] = (100 * up / (up + down) if up + down > 0 else 0.0) if at >= n else np.nan
    return out


@numba.njit
def loop_vwap(high: Any, low: Any, close: Any, volume: Any, session: Any, out: Any) -> Any:
    money = 0.0
    traded = 0.0
    present = -1
    for at in range(high.size):
        if session[at] != present:
            money = 0.0
            traded = 0.0
            present = session[at]
        money += (high[at] + low[at] + close[at]) * (1 / 3) * volume[at]
        traded += volume[at]
        out[at] = money / traded
    return out


def numpy_vwap(high: Any, low: Any, close: Any, volume: Any, session: Any) -> Any:
    money = (high + low + close) / 3 * volume
    starts = np.flatnonzero(np.concatenate([[True], session[1:] != session[:-1]]))
    counts = np.diff(np.append(starts, len(high)))
    sums, traded = np.cumsum(money), np.cumsum(volume)
    before, traded_before = sums[starts] - money[starts], traded[starts] - volume[starts]
    return (sums - np.repeat(before, counts)) / (traded - np.repeat(traded_before, counts))


@numba.njit
def loop_levels(high: Any, low: Any, close: Any, session: Any, minute: Any, out: Any) -> Any:
    row = -1
    present = -1
    for at in range(high.size):
        if session[at] != present:
            present = session[at]
            row += 1
            out[row, 0], out[row, 3] = -1e300, -1e300
            out[row, 1], out[row, 4] = 1e300, 1e300
        if minute[at] < 330:
            out[row, 3] = max(out[row, 3], high[at])
            out[row, 4] = min(out[row, 4], low[at])
        elif minute[at] < 720:
            out[row, 0] = max(out[row, 0], high[at])
            out[row, 1] = min(out[row, 1], low[at])
            out[row, 2] = close[at]
    for each in range(row + 1):
        top, bottom = out[each, 0], out[each, 1]
        point = (top + bottom + out[each, 2]) / 3
        out[each, 5] = point
        out[each, 6] = 2 * point - bottom
        out[each, 7] = 2 * point - top
        out[each, 8] = point + top - bottom
        out[each, 9] = point - top + bottom
    return row + 1


def numpy_levels(high: Any, low: Any, close: Any, session: Any, minute: Any) -> Any:
    part = session.astype(np.int32) * 3 + (minute >= 330) + (minute >= 720)
    starts = np.flatnonzero(np.concatenate([[True], part[1:] != part[:-1]]))
    kind = part[starts] % 3
    tops, bottoms = np.maximum.reduceat(high, starts), np.minimum.reduceat(low, starts)
    lasts = close[np.append(starts[1:], len(high)) - 1]
    regular, early = kind == 1, kind == 0
    top, bottom, last = tops[regular], bottoms[regular], lasts[regular]
    point = (top + bottom + last) / 3
    return (
        top, bottom, last, tops[early], bottoms[early], point, 2 * point - bottom,
        2 * point - top, point + top - bottom, point - top + bottom,
    )  # fmt: skip


def talib_atr(high: Any, low: Any, close: Any, n: int) -> Any:
    return talib.ATR(high, low, close, n)


def talib_rsi(close: Any, n: int) -> Any:
    return talib.RSI(close, n)
