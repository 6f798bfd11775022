"""What options may cost their account at the worst: it has to be there in cash."""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.quant.options import Contract

LOT = 100.0
"""What a contract is of."""


def intrinsic(contract: Contract, price: float) -> float:
    """Return what exercising brings at a price of the underlying."""
    gain = price - contract.strike if contract.right == "C" else contract.strike - price
    return max(gain, 0.0)


def worst(legs: Sequence[tuple[Contract, float]], shares: float) -> float:
    """Return the least that shares and options of one underlying can come to at any expiry.

    Options are taken at what exercising brings, for every price of the underlying from zero
    upwards: between strikes that is a straight line, so the least lies at zero or at a strike,
    and there is none where the line falls for ever. At each expiry those count that live till
    then: an option that ends earlier covers nothing later. Shares that are sold short have their
    own margin and cover nothing.
    """
    held = max(shares, 0.0)
    found = 0.0
    for expiry in {contract.expiry for contract, _ in legs}:
        living = [(contract, qty) for contract, qty in legs if contract.expiry >= expiry]
        slope = held + LOT * sum(qty for contract, qty in living if contract.right == "C")
        if slope < 0:
            return -math.inf
        prices = {0.0, *(contract.strike for contract, _ in living)}
        found = min(found, *(_worth(living, held, price) for price in prices))
    return found


def _worth(legs: Sequence[tuple[Contract, float]], shares: float, price: float) -> float:
    options = math.fsum(LOT * qty * intrinsic(contract, price) for contract, qty in legs)
    return shares * price + options
