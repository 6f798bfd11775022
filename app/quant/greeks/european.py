"""Black-Scholes-Merton: what a European option is worth, and how that moves."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from app.quant.greeks.normal import ROOT_OF_TAU, Floats, cdf_by

DAYS_A_YEAR = 365.0
POINT = 0.01
"""One point of volatility or of interest."""


class Market(NamedTuple):
    """The underlying: numbers, or one for each contract."""

    spot: Any
    rate: Any = 0.0
    """Interest a year, continuously compounded: 0.04 is 4 %."""
    dividend_yield: Any = 0.0
    """Dividends a year, continuously paid, as a share of the price."""

    @classmethod
    def from_forward(cls, spot: Any, forward: Any, years: Any, rate: Any = 0.0) -> Market:
        """Return the market in which a date's forward price is the one given."""
        with np.errstate(all="ignore"):
            carry = np.log(np.asarray(forward, np.float64) / spot) / years
        return cls(spot, rate, rate - carry)


class Terms(NamedTuple):
    """Contracts: numbers, or one for each."""

    strike: Any
    years: Any
    """Time to expiry in years of 365 days (`app.quant.greeks.expiry`)."""
    is_call: Any


class Greeks(NamedTuple):
    """What an option on one unit of the underlying is worth and how that moves; NaN: no answer."""

    price: Floats
    delta: Floats
    """Per 1 of the underlying's price."""
    gamma: Floats
    """Change of delta per 1 of the underlying's price."""
    theta: Floats
    """Per calendar day that passes."""
    vega: Floats
    """Per point (0.01) of volatility."""
    rho: Floats
    """Per point (0.01) of interest."""


def columns(*values: Any) -> tuple[Any, ...]:
    """Return values as arrays of one length, at least one long."""
    return tuple(np.broadcast_arrays(*(np.atleast_1d(np.asarray(each, float)) for each in values)))


def value(market: Market, terms: Terms, volatility: Any) -> Greeks:
    """Return price and Greeks of European options by Black, Scholes (1973) and Merton (1973).

    At expiry, and without volatility, the price is what is discounted of the forward's distance to
    the strike; delta is that of the stock or 0, gamma and vega are 0, at expiry theta too. NaN where spot or strike are
    not above zero, time or volatility below it, or any of them is not a number.
    """
    spot, rate, dividend, strike, years, is_call, vol = columns(*market, *terms, volatility)
    sign = np.where(is_call, 1.0, -1.0)
    with np.errstate(all="ignore"):
        found = _value(sign, (spot, rate, dividend), (strike, years), vol)
        good = (spot > 0) & (strike > 0) & (years >= 0) & (vol >= 0) & np.isfinite(found[0])
    if good.all():
        return found
    return Greeks._make(np.where(good, each, np.nan) for each in found)


def _value(
    sign: Floats, market: tuple[Floats, ...], terms: tuple[Floats, ...], vol: Floats
) -> Greeks:
    (spot, rate, dividend), (strike, years) = market, terms
    root = np.sqrt(years)
    spread = vol * root
    held = spot * np.exp(-dividend * years) if dividend.any() else spot
    owed = strike * np.exp(-rate * years)
    d1 = np.log(held / owed) / spread
    flat = ~(spread > 0)
    if flat.any():
        # Without chance: beyond the strike for sure, or not at all.
        d1 = np.where(flat, np.where(held > owed, np.inf, -np.inf), d1)
    d1 = d1 + 0.5 * spread
    d2 = d1 - spread
    bell = np.exp(-0.5 * d1 * d1)
    near = cdf_by(sign * d1, bell)
    # exp(-d2²/2) is exp(-d1²/2) held / owed, but for numbers that are all but nothing.
    far = cdf_by(sign * d2, np.exp(-0.5 * d2 * d2) if flat.any() else bell * (held / owed))
    density = held * bell / ROOT_OF_TAU
    carried, paid = sign * held * near, sign * owed * far
    decay = rate * paid - dividend * carried
    gamma, waning = density / (spot * spot * spread), density * vol / (2 * root)
    if flat.any():
        gamma, waning = (np.where(flat, 0.0, each) for each in (gamma, waning))
        decay = np.where(years > 0, decay, 0.0)
    return Greeks(
        price=np.maximum(carried - paid, 0.0),
        delta=carried / spot,
        gamma=gamma,
        theta=-(waning + decay) / DAYS_A_YEAR,
        vega=density * root * POINT,
        rho=years * paid * POINT,
    )
