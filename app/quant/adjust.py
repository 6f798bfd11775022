"""Splits and dividends worked into the bars before them.

A split of `ratio` new shares for an old one divides the prices before it by the ratio and
multiplies the volumes by it. A cash dividend takes the share of the last close before it that was
paid out off the prices before it, so that returns are those of who holds and reinvests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.quant.bars import BarColumns


class Action(NamedTuple):
    """A split or a dividend; bars of sessions before `session` are adjusted."""

    session: int
    kind: str
    """split or dividend."""
    value: float


def adjust(bars: BarColumns, actions: Sequence[Action]) -> BarColumns:
    """Return bars with prices and volumes as if the actions had always been in force."""
    if not actions or not len(bars.session):
        return bars
    prices, volumes = factors(bars, actions)
    return bars._replace(
        open=bars.open * prices,
        high=bars.high * prices,
        low=bars.low * prices,
        close=bars.close * prices,
        volume=bars.volume * volumes,
    )


def factors(
    bars: BarColumns, actions: Sequence[Action]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what each bar's prices and volume are multiplied by."""
    prices, volumes = np.ones(len(bars.session)), np.ones(len(bars.session))
    for action in actions:
        count = int(np.searchsorted(bars.session, action.session))
        if not count:
            continue
        if action.kind == "split":
            prices[:count] /= action.value
            volumes[:count] *= action.value
        else:
            # The dividend is in money of that day, and so is the unadjusted close before it.
            prices[:count] *= 1 - action.value / bars.close[count - 1]
    return prices, volumes
