"""The same indicators as loops over bars, for a million of them: plain Python, compilable.

Under the rules of `kernels`: no allocation, no exceptions, no keywords. `compiled.py` hands this
source to numba for commands, workers and benchmarks; a web process has few bars and numpy.
"""

from __future__ import annotations

import math
from typing import Any

NAN = math.nan


def atr(high: Any, low: Any, close: Any, n: int, out: Any) -> None:
    """Write Wilder's average true range of each bar; NaN for the first n."""
    total = 0.0
    keep, weight = (n - 1.0) / n, 1.0 / n
    count = len(close)
    for at in range(min(n, count)):
        out[at] = NAN
        if at > 0:
            total += max(high[at], close[at - 1]) - min(low[at], close[at - 1])
    if count <= n:
        return
    total += max(high[n], close[n - 1]) - min(low[n], close[n - 1])
    mean = total * weight
    out[n] = mean
    for at in range(n + 1, count):
        reach = max(high[at], close[at - 1]) - min(low[at], close[at - 1])
        mean = mean * keep + reach * weight
        out[at] = mean


def rsi(close: Any, n: int, out: Any) -> None:
    """Write Wilder's relative strength of each bar; NaN for the first n, 50 while nothing moves."""
    up = down = 0.0
    keep, weight = (n - 1.0) / n, 1.0 / n
    count = len(close)
    for at in range(min(n, count)):
        out[at] = NAN
    if count <= n:
        return
    for at in range(1, n + 1):
        move = close[at] - close[at - 1]
        up += max(move, 0.0) * weight
        down += max(-move, 0.0) * weight
    out[n] = 100.0 * up / (up + down) if up + down > 0.0 else 50.0
    for at in range(n + 1, count):
        move = (close[at] - close[at - 1]) * weight
        up = up * keep + max(move, 0.0)
        down = down * keep + max(-move, 0.0)
        both = up + down
        out[at] = 100.0 * up / both if both > 0.0 else 50.0


def vwap(bars: Any, begins: Any, ends: Any, out: Any) -> None:
    """Write the running VWAP of each stretch; NaN until something was traded.

    `bars` are high, low, close and volume.
    """
    high, low, close, volume = bars
    for number in range(len(begins)):
        money = traded = 0.0
        for at in range(begins[number], ends[number]):
            money += (high[at] + low[at] + close[at]) * volume[at]
            traded += volume[at] * 3.0
            out[at] = money / traded if traded > 0.0 else NAN


def extremes(bars: Any, begins: Any, ends: Any, out: Any) -> None:
    """Write high, low and close of each stretch; `bars` are high, low and close."""
    high, low, close = bars
    for number in range(len(begins)):
        begin, end = begins[number], ends[number]
        top, bottom = high[begin], low[begin]
        for at in range(begin + 1, end):
            top = max(top, high[at])
            bottom = min(bottom, low[at])
        out[0][number] = top
        out[1][number] = bottom
        out[2][number] = close[end - 1]
