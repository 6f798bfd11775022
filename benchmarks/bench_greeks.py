"""greeks: implied volatility, price and five Greeks of a chain of 5,000 contracts, by numpy alone.

The reference is py_vollib_vectorized (numba), which does the same work on the same prices: its
implied volatility, then its Greeks. What web processes do is what is measured: no compiler.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import py_vollib_vectorized as peer
from harness import print_ratio, time_pair

from app.quant.greeks import Greeks, Market, Terms, european_value, european_volatility

COUNT, SPOT, RATE = 5_000, 100.0, 0.04
GOAL_RATIO, GOAL_SPEED = 7, 4_000_000
RUNS, TIMES = 9, 20
"""So many turns, each of so many chains: what is asked for all day long finds its caches warm."""


def chain() -> tuple[Terms, np.ndarray, np.ndarray]:
    """Return contracts whose prices tell their volatility, the volatilities and the prices."""
    dice = np.random.default_rng(5)
    strike = np.round(SPOT * np.exp(dice.uniform(-0.35, 0.35, 2 * COUNT)), 1)
    years = dice.integers(2, 720, 2 * COUNT) / 365
    volatility, is_call = dice.uniform(0.12, 0.8, 2 * COUNT), dice.random(2 * COUNT) < 0.5
    market = Market(SPOT, RATE)
    price = european_value(market, Terms(strike, years, is_call), volatility).price
    owed = strike * np.exp(-RATE * years)
    inside = np.maximum(np.where(is_call, SPOT - owed, owed - SPOT), 0.0)
    at = np.flatnonzero((price > 0.01) & (price - inside > 0.01))[:COUNT]
    return Terms(strike[at], years[at], is_call[at]), volatility[at], price[at]


def main() -> None:
    terms, volatility, price = chain()
    market = Market(SPOT, RATE)
    flag = np.where(terms.is_call, "c", "p")
    peer_terms = (SPOT, terms.strike, terms.years, RATE)

    def ours() -> Greeks:
        return european_value(market, terms, european_volatility(market, terms, price))

    def theirs() -> dict:
        found = peer.vectorized_implied_volatility(
            price, *peer_terms, flag, q=0, model="black_scholes", return_as="numpy"
        )
        greeks = peer.get_all_greeks(
            flag, *peer_terms, found, q=0, model="black_scholes", return_as="dict"
        )
        return {"iv": found, **greeks}

    found, other = ours(), theirs()
    back = european_volatility(market, terms, price)
    assert len(price) == COUNT
    assert np.abs(back - volatility).max() < 1e-8
    # Theirs are differences of prices.
    assert np.abs(found.delta - other["delta"]).max() < 1e-3
    assert np.median(np.abs(found.vega - other["vega"])) < 1e-5
    mine, peers = (
        each / TIMES
        for each in time_pair(
            lambda: [ours() for _ in range(TIMES)], lambda: [theirs() for _ in range(TIMES)], RUNS
        )
    )
    print(f"ours {mine * 1e3:.2f} ms, {COUNT / mine:,.0f} contracts a CPU second")
    print(f"py_vollib_vectorized {peers * 1e3:.2f} ms, {COUNT / peers:,.0f}")
    print_ratio("greeks-speed", COUNT / mine / GOAL_SPEED, 1, at_least=True)
    print_ratio("greeks", peers / mine, GOAL_RATIO, at_least=True)


if __name__ == "__main__":
    main()
