"""Bars of one symbol as columns, the form in which the simulation and the market share them."""

from __future__ import annotations

from typing import NamedTuple

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
