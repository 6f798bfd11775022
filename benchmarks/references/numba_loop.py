"""The bare loop: moving-average cross with a stop-loss over arrays, written for numba alone.

Averages, trades, profit and drawdown of closed trades in one pass, without costs, cash, sessions
or any figure besides. It is what a careful programmer writes for this one strategy.
"""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True)
def run(  # noqa: C901, PLR0915 - one loop on purpose
    opens: np.ndarray, lows: np.ndarray, closes: np.ndarray, stop: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float]:
    """Return the profits of the trades, their bars, the sum and the largest drop."""
    size = closes.size
    profits = np.empty(size)
    entries = np.empty(size, np.int32)
    exits = np.empty(size, np.int32)
    count = 0
    fast_sum = slow_sum = fast_before = slow_before = 0.0
    holding = False
    entry = level = 0.0
    pending = 0
    for at in range(size):
        if pending == 1 and not holding:
            holding = True
            entry = opens[at]
            level = entry * (1 - stop)
            entries[count] = at
        elif pending == -1 and holding:
            holding = False
            profits[count] = opens[at] - entry
            exits[count] = at
            count += 1
        pending = 0
        if holding and lows[at] <= level:
            holding = False
            profits[count] = min(level, opens[at]) - entry
            exits[count] = at
            count += 1
        fast_sum += closes[at]
        slow_sum += closes[at]
        if at >= 20:
            fast_sum -= closes[at - 20]
        if at >= 50:
            slow_sum -= closes[at - 50]
        fast = fast_sum / 20
        slow = slow_sum / 50
        if at >= 50:
            if fast_before <= slow_before and fast > slow:
                pending = 1
            elif fast_before >= slow_before and fast < slow:
                pending = -1
        fast_before = fast
        slow_before = slow
    equity = peak = drop = 0.0
    for number in range(count):
        equity += profits[number]
        peak = max(peak, equity)
        drop = max(drop, peak - equity)
    return profits[:count].copy(), entries[:count].copy(), exits[:count].copy(), equity, drop
