"""What calls and puts together say: the forward price, and the interest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from app.quant.greeks.normal import Floats

NEAREST = 8
"""How many pairs of a call and a put, nearest to the money, tell the forward."""
FEWEST_FOR_RATE = 5
_PLAUSIBLE = (-0.03, 0.2)


class Parity(NamedTuple):
    """What put-call parity says of one expiry."""

    forward: float
    """NaN where no strike has both a call and a put."""
    rate: float
    """The interest that was given, or that the chain implies."""
    pairs: int
    """How many strikes told it."""


def implied_forward(
    strikes: Floats, calls: Floats, puts: Floats, years: float, rate: float
) -> Parity:
    """Return the forward price at which call - put = (forward - strike) discounted.

    The median over the strikes where call and put differ least: there American options are worth
    hardly more than European ones, and quotes are closest.
    """
    good = np.flatnonzero(np.isfinite(calls - puts))
    near = good[np.argsort(np.abs(calls - puts)[good], kind="stable")][:NEAREST]
    if not near.size:
        return Parity(np.nan, rate, 0)
    told = strikes[near] + (calls - puts)[near] * np.exp(rate * years)
    return Parity(float(np.median(told)), rate, len(near))


def implied_rate(
    strikes: Floats, calls: Floats, puts: Floats, years: float, otherwise: float
) -> float:
    """Return the interest of an expiry of European options: how call - put falls with the strike.

    The median of the slopes between far strikes (Theil and Sen, halves against each other). With
    fewer than five pairs, under a month, or where it is not plausible, `otherwise`.
    """
    good = np.flatnonzero(np.isfinite(calls - puts))
    good = good[np.argsort(strikes[good], kind="stable")]
    half = len(good) // 2
    if len(good) < FEWEST_FOR_RATE or years * 12 < 1:
        return otherwise
    left, right = good[:half], good[-half:]
    gap = (calls - puts)[left] - (calls - puts)[right]
    slope = float(np.median(gap / (strikes[right] - strikes[left])))
    rate = -np.log(slope) / years if slope > 0 else np.nan
    return float(rate) if _PLAUSIBLE[0] < rate < _PLAUSIBLE[1] else otherwise
