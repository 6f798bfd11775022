"""What a position of legs pays at expiry: its curve, where it breaks even, its best and worst."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from app.quant.greeks import DAYS_A_YEAR
from app.quant.greeks.normal import Floats, cdf
from app.quant.legs import Leg, Scenario, cost, profit

_SAME_DAY = 1 / DAYS_A_YEAR / 24
"""An hour: contracts that end as near to each other end together."""
_GRID = 400
_HALVINGS = 60


class Outcome(NamedTuple):
    """Best and worst at expiry."""

    most_gain: float
    """Infinite: without limit."""
    most_loss: float
    """As a positive number; infinite: without limit. 0 where nothing can be lost."""


def first_expiry(legs: Sequence[Leg]) -> float:
    """Return the years to the first expiry among the options; 0 without any."""
    return min((leg.years for leg in legs if leg.is_option), default=0.0)


def ends_together(legs: Sequence[Leg]) -> bool:
    """Whether all options expire at one time: then the payoff is straight between strikes."""
    options = [leg.years for leg in legs if leg.is_option]
    return not options or max(options) - min(options) <= _SAME_DAY


def at_expiry(legs: Sequence[Leg], spots: Floats) -> Floats:
    """Return the profit at the first expiry, at prices of the underlying.

    Options that live on are worth what their volatility says they will be by then.
    """
    if not ends_together(legs):
        return profit(legs, spots, Scenario(first_expiry(legs) * DAYS_A_YEAR))
    spots = np.asarray(spots, np.float64)
    total = np.full(spots.shape, -cost(legs))
    for leg in legs:
        side = {"call": 1.0, "put": -1.0}.get(leg.kind)
        gain = spots if side is None else np.maximum(side * (spots - leg.strike), 0.0)
        total += leg.size * gain
    return total


def slope_above(legs: Sequence[Leg]) -> float:
    """Return what a rise of 1 brings at very high prices."""
    return math.fsum(leg.size for leg in legs if leg.kind != "put")


def breakevens(legs: Sequence[Leg]) -> list[float]:
    """Return the prices at which the position neither wins nor loses at the first expiry, in order.

    Exact where all options end together, else to twelve digits. Where it wins and loses nothing
    over a whole stretch, the ends of it.
    """
    spots = _corners(legs)
    values = at_expiry(legs, spots)
    # Amounts under a millionth of a cent come from rounding.
    values[np.abs(values) < 1e-8 * max(1.0, float(np.abs(values).max()))] = 0.0
    found = {float(spot) for spot, value in zip(spots, values, strict=True) if value == 0}
    found -= _inner_zeros(spots, values)
    for at in np.flatnonzero(values[1:] * values[:-1] < 0):
        found.add(_crossing(legs, (spots[at], spots[at + 1]), (values[at], values[at + 1])))
    slope = slope_above(legs)
    if ends_together(legs) and values[-1] * slope < 0:
        found.add(float(spots[-1] - values[-1] / slope))
    return sorted(found - {0.0})


def _inner_zeros(spots: Floats, values: Floats) -> set[float]:
    still = values == 0
    return {float(each) for each in spots[1:-1][still[:-2] & still[1:-1] & still[2:]]}


def _crossing(legs: Sequence[Leg], ends: tuple[float, float], values: tuple[float, float]) -> float:
    (low, high), (at_low, at_high) = ends, values
    if ends_together(legs):
        return float(low - at_low * (high - low) / (at_high - at_low))
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if (at_expiry(legs, np.array([middle]))[0] > 0) == (at_low > 0):
            low = middle
        else:
            high = middle
        if high - low <= 1e-12 * high:
            break
    return float(0.5 * (low + high))


def _corners(legs: Sequence[Leg]) -> Floats:
    """Return where the payoff bends, from 0 on; between expiries a fine grid."""
    strikes = sorted({leg.strike for leg in legs if leg.is_option})
    prices = [leg.price for leg in legs if not leg.is_option]
    furthest = 3 * max([*strikes, *prices, 1e-9])
    if ends_together(legs):
        return np.array([0.0, *strikes, furthest])
    return np.unique(np.concatenate([np.linspace(0, furthest, _GRID), strikes]))


def outcome(legs: Sequence[Leg]) -> Outcome:
    """Return the best and the worst profit at the first expiry; without limit: infinite."""
    values, slope = at_expiry(legs, _corners(legs)), slope_above(legs)
    return Outcome(
        math.inf if slope > 0 else max(float(values.max()), 0.0),
        math.inf if slope < 0 else max(-float(values.min()), 0.0),
    )


def chance_of_profit(
    legs: Sequence[Leg], forward: float, volatility: float, years: float
) -> float | None:
    """Return how likely the position wins at the first expiry.

    The price then is lognormal around the forward, with the volatility that options at the money
    of that expiry imply. None without a forward or a volatility.
    """
    if not (forward > 0 and volatility > 0 and years > 0):
        return None
    edges = [0.0, *breakevens(legs), math.inf]
    spread = volatility * math.sqrt(years)
    chance = 0.0
    for low, high in pairwise(edges):
        inside = low + (high - low) / 2 if math.isfinite(high) else 2 * low + forward
        if at_expiry(legs, np.array([inside]))[0] > 0:
            chance += _below(high, forward, spread) - _below(low, forward, spread)
    return min(max(chance, 0.0), 1.0)


def _below(price: float, forward: float, spread: float) -> float:
    """Return how likely the price ends below another: N(-d2)."""
    if price <= 0 or math.isinf(price):
        return 0.0 if price <= 0 else 1.0
    return float(cdf(np.array([(math.log(price / forward) + 0.5 * spread * spread) / spread]))[0])
