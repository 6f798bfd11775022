"""Positions of several legs (calls, puts, the underlying): worth, Greeks, what-if, rolls.

Money is for the whole position: per unit times the multiplier times the quantity, which is below
zero where the leg is short.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from app.quant.greeks import DAYS_A_YEAR, Greeks, Market, Terms, american, european_value
from app.quant.greeks.normal import Floats

Kind = Literal["call", "put", "stock"]


class Leg(NamedTuple):
    """One leg of a position."""

    kind: Kind
    quantity: float
    """Contracts or shares; below zero: short."""
    price: float
    """What one unit of it was opened at."""
    strike: float = math.nan
    years: float = math.nan
    """Time to expiry from now."""
    volatility: float = math.nan
    """What its price implies."""
    rate: float = 0.0
    dividend_yield: float = 0.0
    multiplier: float = 100.0
    """Units of the underlying that a contract is about; 1 for the underlying itself."""
    is_american: bool = True

    @property
    def size(self) -> float:
        """Return how many units of the underlying it is about, with its sign."""
        return self.quantity * self.multiplier

    @property
    def is_option(self) -> bool:
        """Whether it is a call or a put."""
        return self.kind != "stock"


class Scenario(NamedTuple):
    """What if: so many days later, so many points of volatility more."""

    days: float = 0.0
    points: float = 0.0
    """Added to every leg's volatility: 0.05 is five points; no volatility falls below zero."""


NOW = Scenario()


def cost(legs: Sequence[Leg]) -> float:
    """Return what opening costs: above zero a debit, below it a credit."""
    return math.fsum(leg.size * leg.price for leg in legs)


def leg_greeks(leg: Leg, spots: Any, scenario: Scenario = NOW) -> Greeks:
    """Return price and Greeks of one unit of a leg at prices of the underlying.

    An option after its expiry is worth what exercising it brought.
    """
    at = np.atleast_1d(np.asarray(spots, np.float64))
    if not leg.is_option:
        none = np.zeros_like(at)
        return Greeks(at, np.ones_like(at), none, none, none, none)
    left = max(leg.years - scenario.days / DAYS_A_YEAR, 0.0)
    wild = max(leg.volatility + scenario.points, 0.0)
    model = american.value if leg.is_american else european_value
    return model(
        Market(at, leg.rate, leg.dividend_yield), Terms(leg.strike, left, leg.kind == "call"), wild
    )


def net(legs: Sequence[Leg], spots: Any, scenario: Scenario = NOW) -> Greeks:
    """Return worth and Greeks of the whole position at prices of the underlying.

    NaN where a leg has no answer, such as one without a volatility.
    """
    at = np.atleast_1d(np.asarray(spots, np.float64))
    total = np.zeros((len(Greeks._fields), len(at)))
    for leg in legs:
        total += leg.size * np.array(leg_greeks(leg, at, scenario))
    return Greeks._make(total)


def profit(legs: Sequence[Leg], spots: Any, scenario: Scenario = NOW) -> Floats:
    """Return what is won by closing at prices of the underlying, under a scenario."""
    return worth(legs, spots, scenario) - cost(legs)


def worth(legs: Sequence[Leg], spots: Any, scenario: Scenario = NOW) -> Floats:
    """Return `net` without Greeks, which is quicker."""
    at = np.atleast_1d(np.asarray(spots, np.float64))
    total = np.zeros_like(at)
    for leg in legs:
        total += leg.size * _unit_price(leg, at, scenario)
    return total


def _unit_price(leg: Leg, at: Floats, scenario: Scenario) -> Floats:
    if not leg.is_option:
        return at
    left = max(leg.years - scenario.days / DAYS_A_YEAR, 0.0)
    wild = max(leg.volatility + scenario.points, 0.0)
    market = Market(at, leg.rate, leg.dividend_yield)
    terms = Terms(leg.strike, left, leg.kind == "call")
    # No share is worth less than nothing: at zero a put is its strike, a call nothing.
    found = (american.price if leg.is_american else _european_price)(market, terms, wild)
    floor = 0.0 if leg.kind == "call" else leg.strike * math.exp(-leg.rate * left)
    if leg.is_american and leg.kind == "put":
        floor = leg.strike
    return np.where(at <= 0, floor, found)


def _european_price(market: Market, terms: Terms, volatility: float) -> Floats:
    return european_value(market, terms, volatility).price


def project(legs: Sequence[Leg], spot: float, days: Sequence[float]) -> list[Greeks]:
    """Return worth and Greeks on days from now, with price and volatilities as they are."""
    return [Greeks._make(each[0] for each in net(legs, spot, Scenario(day))) for day in days]


class Roll(NamedTuple):
    """Closing a leg and opening another in its place."""

    cash: float
    """Above zero a credit, below it a debit."""
    days: float
    """How many days later the new one expires."""
    delta: float
    """New delta less old one, for the whole position."""
    theta: float
    breakeven: float
    """Where the new leg breaks even at its expiry, with all that was paid and received since the
    old one was opened."""


def roll(old: Leg, close_price: float, new: Leg, spot: float) -> Roll:
    """Return what closing an option at a price and opening another brings.

    Both are of one kind and are long, or short, the same number. `old.price` is what it was opened
    at, `new.price` what the new one is opened at.
    """
    cash = old.size * close_price - new.size * new.price
    before, after = (net([leg], spot) for leg in (old, new))
    # Per unit of the new leg: its price, and what the old one has lost so far.
    lost = old.size * (old.price - close_price) / new.size
    side = 1.0 if new.kind == "call" else -1.0
    return Roll(
        cash,
        (new.years - old.years) * DAYS_A_YEAR,
        float(after.delta[0] - before.delta[0]),
        float(after.theta[0] - before.theta[0]),
        new.strike + side * (new.price + lost),
    )
