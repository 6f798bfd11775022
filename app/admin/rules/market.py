"""A simulated market: random walks in half-hour steps.

But for one pair whose spread closes again, nobody can earn on it except by luck.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SEED = 319
"""Chosen so that about half of the robots lose after fees, as real ones do."""
STEPS = 13
"""Half hours in a session: a day's prices are its open and the price after each of them."""
WARM_UP = 80
"""Sessions before the first that anybody trades, so that averages exist on it."""
SESSIONS_A_YEAR = 252
OVERNIGHT_SHARE = 0.25
"""How much of a day's variance happens while the market is closed."""
DRIFT_A_YEAR = 0.05
PAIR_PULL = 0.08
"""Share of a pair's spread that closes in a session."""


class Listing(NamedTuple):
    """A symbol of the simulated market; `base` is its first price, `volatility` a year's."""

    symbol: str
    base: float
    volatility: float
    beta: float
    pair_of: str | None = None


LISTINGS = (
    Listing("NORTH.SIM", 412.0, 0.14, 1.0),
    Listing("SOUTH.SIM", 186.0, 0.18, 1.1),
    Listing("ALDER.SIM", 164.0, 0.24, 0.9),
    Listing("BIRCH.SIM", 88.0, 0.22, 0.7),
    Listing("CEDAR.SIM", 241.0, 0.27, 1.1),
    Listing("QUILL.SIM", 132.0, 0.36, 1.4),
    Listing("PIXEL.SIM", 305.0, 0.34, 1.3),
    Listing("FINCH.SIM", 46.0, 0.32, 1.2),
    Listing("WREN.SIM", 61.0, 0.30, 1.1),
    Listing("COPPER.SIM", 74.0, 0.26, 0.3),
    Listing("FERRY.SIM", 118.0, 0.20, 0.8),
    Listing("BARGE.SIM", 97.0, 0.20, 0.8, pair_of="FERRY.SIM"),
)
SYMBOLS = tuple(listing.symbol for listing in LISTINGS)

Prices = list[list[int]]
"""Of one symbol: for each session its STEPS + 1 prices in cents."""


def simulate(session_count: int, seed: int = SEED) -> dict[str, Prices]:
    """Return the prices of every symbol over the warm-up and `session_count` sessions."""
    count = WARM_UP + session_count
    common = _normal(seed, 0, count)
    logs: dict[str, NDArray[np.float64]] = {}
    for number, listing in enumerate(LISTINGS, start=1):
        own = _normal(seed, number, count)
        if listing.pair_of is None:
            logs[listing.symbol] = _walk(listing, common, own)
        else:
            logs[listing.symbol] = logs[listing.pair_of] + _spread(listing, own)
    return {
        listing.symbol: _cents(listing.base, logs[listing.symbol], count) for listing in LISTINGS
    }


def _normal(seed: int, stream: int, count: int) -> NDArray[np.float64]:
    # Row by row from a stream of its own: more sessions leave the earlier ones as they were.
    return np.random.default_rng([seed, stream]).standard_normal((count, STEPS + 1))


def _scales() -> NDArray[np.float64]:
    """The share of a day's deviation in the overnight gap and in each half hour."""
    within = math.sqrt((1 - OVERNIGHT_SHARE) / STEPS)
    return np.array([math.sqrt(OVERNIGHT_SHARE), *[within] * STEPS])


def _walk(
    listing: Listing, common: NDArray[np.float64], own: NDArray[np.float64]
) -> NDArray[np.float64]:
    daily = listing.volatility / math.sqrt(SESSIONS_A_YEAR)
    shared = min(0.8, 0.45 * listing.beta)
    noise = shared * common + math.sqrt(1 - shared**2) * own
    drift = (DRIFT_A_YEAR - listing.volatility**2 / 2) / SESSIONS_A_YEAR / (STEPS + 1)
    steps = drift + daily * noise * _scales()
    return np.asarray(np.cumsum(steps.ravel()))


def _spread(listing: Listing, own: NDArray[np.float64]) -> NDArray[np.float64]:
    daily = 0.5 * listing.volatility / math.sqrt(SESSIONS_A_YEAR)
    pull = PAIR_PULL / (STEPS + 1)
    spread, values = 0.0, []
    for noise in (daily * own * _scales()).ravel().tolist():
        spread += noise - pull * spread
        values.append(spread)
    return np.array(values)


def _cents(base: float, log: NDArray[np.float64], count: int) -> Prices:
    cents = np.maximum(np.rint(100 * base * np.exp(log)), 100).astype(np.int64)
    prices: Prices = cents.reshape(count, STEPS + 1).tolist()
    return prices
