"""Rotation of sectors: how each does beside the whole market, and where that is going."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

STRENGTH_SESSIONS = 50
MOMENTUM_SESSIONS = 10
EVEN = 100.0
Quadrant = Literal["leading", "weakening", "lagging", "improving"]


class Rotation(NamedTuple):
    """A sector's relative strength and its momentum, both 100 where it does as the market does."""

    strength: NDArray[np.float64]
    momentum: NDArray[np.float64]

    @property
    def quadrant(self) -> Quadrant:
        """Where the newest point lies: strong or weak, and getting stronger or weaker."""
        is_strong, is_rising = self.strength[-1] >= EVEN, self.momentum[-1] >= EVEN
        if is_strong:
            return "leading" if is_rising else "weakening"
        return "improving" if is_rising else "lagging"


def rotation(closes: NDArray[np.float64], benchmark: NDArray[np.float64]) -> Rotation | None:
    """Return the rotation of a sector from its closes and those of the whole market, by session.

    With r = close / benchmark: strength = 100 r / (mean of the last 50 r), and momentum = 100 x
    strength / (strength ten sessions before). Both begin with the first session that has both;
    None where there are not enough sessions.
    """
    needed = STRENGTH_SESSIONS + MOMENTUM_SESSIONS
    if len(closes) != len(benchmark) or len(closes) < needed:
        return None
    ratio = closes / benchmark
    sums = np.concatenate([[0.0], np.cumsum(ratio)])
    means = (sums[STRENGTH_SESSIONS:] - sums[:-STRENGTH_SESSIONS]) / STRENGTH_SESSIONS
    strength = EVEN * ratio[STRENGTH_SESSIONS - 1 :] / means
    momentum = EVEN * strength[MOMENTUM_SESSIONS:] / strength[:-MOMENTUM_SESSIONS]
    return Rotation(strength[MOMENTUM_SESSIONS:], momentum)


def change(closes: NDArray[np.float64], sessions: int) -> float | None:
    """Return the change over the last so many sessions as a share; None where they are missing."""
    if len(closes) <= sessions:
        return None
    return float(closes[-1] / closes[-1 - sessions] - 1)
