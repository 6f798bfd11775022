"""A million made-up minute bars, 960 a session (04:00 to 20:00), for the backtest benchmarks."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.quant.bars import BarColumns

BAR_COUNT = 1_000_000
SESSION_BARS = 960
MINUTE = 60_000_000
DAY = 86_400_000_000
FIRST_SESSION = 737_425
FIRST_US = (FIRST_SESSION - 719_163) * DAY


def make_bars(count: int = BAR_COUNT) -> BarColumns:
    """Make a random walk of minutes, the same each time."""
    random = np.random.default_rng(3)
    close = 100 * np.exp(np.cumsum(random.standard_normal(BAR_COUNT) * 4e-4))
    close = np.clip(close, 5, None)
    opened = np.concatenate(([100.0], close[:-1]))
    high = np.maximum(opened, close) * (1 + np.abs(random.standard_normal(BAR_COUNT)) * 2e-4)
    low = np.minimum(opened, close) * (1 - np.abs(random.standard_normal(BAR_COUNT)) * 2e-4)
    volume = random.integers(100, 10_000, BAR_COUNT).astype(float)
    number = np.arange(BAR_COUNT)
    session = number // SESSION_BARS
    opened_at = FIRST_US + session * DAY + (240 + number % SESSION_BARS) * MINUTE
    columns = BarColumns(
        opened_at,
        opened_at + MINUTE,
        (session + FIRST_SESSION).astype(np.int32),
        opened,
        high,
        low,
        close,
        volume,
    )
    return columns.rows(0, count)
