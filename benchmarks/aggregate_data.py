"""Closed trades like those of a busy service, drawn from a fixed seed."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

TRADE_COUNT = 1_000_000
USER_COUNT = 2_000
ROBOT_COUNT = 5
DAY_COUNT = 730
EPOCH_DAY = 719_163  # date ordinal of 1970-01-01
FIRST_DAY = 19_723  # 2024-01-01, days since 1970
OPENING_CENTS = 2_500_000


class TradeData(NamedTuple):
    """Trades in the order of their close; money in cents, `ret` is pnl over size."""

    closed_at: NDArray[np.int64]
    user: NDArray[np.int32]
    robot: NDArray[np.int16]
    size: NDArray[np.int64]
    ret: NDArray[np.float64]
    pnl: NDArray[np.int64]


def make_trades(count: int = TRADE_COUNT, seed: int = 20_240_101) -> TradeData:
    """Draw trades: log-normal sizes, fat-tailed returns, times spread over two years."""
    draw: Any = np.random.default_rng(seed)
    closed_at = np.sort(draw.integers(0, DAY_COUNT * 86_400, count)) + FIRST_DAY * 86_400
    size = (draw.lognormal(8.0, 1.0, count) * 100).astype(np.int64) + 100
    ret = np.round(draw.standard_t(4, count) * 0.01 + 0.0004, 6).clip(-0.9, 0.9)
    return TradeData(
        closed_at,
        draw.integers(0, USER_COUNT, count).astype(np.int32),
        draw.integers(0, ROBOT_COUNT, count).astype(np.int16),
        size,
        ret,
        np.round(size * ret).astype(np.int64),
    )
