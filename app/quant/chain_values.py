"""A chain with everything that its quotes say: forward, smile, volatilities, Greeks, faults."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.quant import quotes as rules
from app.quant.greeks import (
    Greeks,
    Market,
    Terms,
    american,
    european_value,
    european_volatility,
    implied_forward,
    implied_rate,
)
from app.quant.greeks.normal import Floats
from app.quant.quotes import UNFIT, Carry, QuoteColumns

_TOO_LOW = 0.005


class Assumed(NamedTuple):
    """What a chain does not tell by itself."""

    spot: float
    """NaN: not known; then, and where it lies half a percent too low, what the nearest expiry
    implies."""
    rate: float
    """Interest a year, where the chain does not tell it."""
    dividend_yield: float = 0.0
    """Where calls and puts do not tell the forward."""
    is_american: bool = True
    is_rate_fixed: bool = False
    """Whether the rate was asked for, so that the chain is not asked."""
    is_yield_fixed: bool = False
    """The same of the dividends."""


class ExpiryValues(NamedTuple):
    """What is known of one expiry."""

    expiry: int
    years: float
    forward: float
    rate: float
    dividend_yield: float
    pairs: int
    """How many pairs of call and put told the forward; 0: it is an assumption."""
    volatility: float
    """At the forward, by interpolation of the smile. NaN without one."""


class ChainValues(NamedTuple):
    """A chain and what follows from it; rows as given."""

    spot: float
    expiries: list[ExpiryValues]
    middle: Floats
    volatility: Floats
    """What the quote implies; where it tells nothing, what the smile says. NaN: nobody does."""
    is_from_smile: NDArray[np.bool_]
    greeks: Greeks
    faults: NDArray[np.int64]


def value_chain(quotes: QuoteColumns, assumed: Assumed) -> ChainValues:
    """Return the values of a chain whose rows are sorted by expiry, strike and right."""
    faults = rules.own_faults(quotes)
    middle = rules.middles(quotes, faults)
    days = np.unique(quotes.expiry)
    groups = [np.flatnonzero(quotes.expiry == day) for day in days]
    spot = assumed.spot
    implied = _spot(quotes, middle, faults, groups, assumed)
    # Nobody pays negative dividends: a price that far below what calls and puts say is an old one.
    if not spot > 0 or implied > spot * (1 + _TOO_LOW):
        spot = implied
    market = rules.tradable(quotes, faults, spot)
    if assumed.is_american:
        faults = faults | rules.calendar_faults(quotes, market)
    carries = []
    for rows in groups:
        carry = _carry(quotes.at(rows), _fit(middle, faults)[rows], assumed._replace(spot=spot))
        faults[rows] |= _group_faults(quotes.at(rows), rows, market, carry, assumed, spot)
        carries.append(carry)
    rate, dividend = (np.empty(len(middle)) for _ in range(2))
    for rows, carry in zip(groups, carries, strict=True):
        rate[rows], dividend[rows] = carry.rate, carry.dividend_yield
    terms = Terms(quotes.strike, quotes.years, quotes.is_call)
    whole = Market(spot, rate, dividend)
    solve = american.implied_volatility if assumed.is_american else european_volatility
    volatility = solve(whole, terms, middle)
    smiles = [
        _smile(quotes, volatility, faults, rows, carry)
        for rows, carry in zip(groups, carries, strict=True)
    ]
    is_from_smile = np.isnan(volatility)
    for rows, smile in zip(groups, smiles, strict=True):
        missing = rows[is_from_smile[rows]]
        volatility[missing] = smile.at(quotes.strike[missing])
    model = american.value if assumed.is_american else european_value
    expiries = [
        carry._replace(volatility=float(smile.at(np.array([carry.forward]))[0]))
        for carry, smile in zip(carries, smiles, strict=True)
    ]
    return ChainValues(
        spot,
        expiries,
        middle,
        volatility,
        is_from_smile & ~np.isnan(volatility),
        model(whole, terms, volatility),
        faults,
    )


def _fit(middle: Floats, faults: NDArray[np.int64]) -> Floats:
    """Return the prices that others may be learned from."""
    return np.where(faults & int(UNFIT), np.nan, middle)


def _spot(
    quotes: QuoteColumns,
    middle: Floats,
    faults: NDArray[np.int64],
    groups: list[NDArray[np.intp]],
    assumed: Assumed,
) -> float:
    """Return what the nearest expiry with pairs implies; NaN if none has any."""
    for rows in groups:
        carry = _carry(quotes.at(rows), _fit(middle, faults)[rows], assumed)
        if carry.pairs:
            growth = (carry.rate - assumed.dividend_yield) * carry.years
            return carry.forward * math.exp(-growth)
    return math.nan


def _carry(quotes: QuoteColumns, price: Floats, assumed: Assumed) -> ExpiryValues:
    """Return forward, interest and dividends of one expiry."""
    years = float(quotes.years[0])
    calls, puts = np.flatnonzero(quotes.is_call), np.flatnonzero(~quotes.is_call)
    strikes, left, right = np.intersect1d(
        quotes.strike[calls], quotes.strike[puts], assume_unique=True, return_indices=True
    )
    call, put = price[calls[left]], price[puts[right]]
    rate = assumed.rate
    if not (assumed.is_american or assumed.is_rate_fixed):
        rate = implied_rate(strikes, call, put, years, rate)
    told = implied_forward(strikes, call, put, years, rate)
    dividend = assumed.dividend_yield
    if told.pairs and years > 0 and assumed.spot > 0:
        dividend = rate - math.log(told.forward / assumed.spot) / years
    else:
        told = (
            told._replace(forward=assumed.spot * math.exp((rate - dividend) * years))
            if not told.pairs
            else told
        )
    return ExpiryValues(
        int(quotes.expiry[0]), years, told.forward, rate, dividend, told.pairs, math.nan
    )


def _group_faults(
    quotes: QuoteColumns,
    rows: NDArray[np.intp],
    market: rules.Tradable,
    carry: ExpiryValues,
    assumed: Assumed,
    spot: float,
) -> NDArray[np.int64]:
    part = rules.Tradable(market.sell[rows], market.buy[rows])
    discount = math.exp(-carry.rate * carry.years)
    known = Carry(carry.years, carry.forward * discount, discount)
    is_american = assumed.is_american
    found = rules.bound_faults(quotes, part, known, spot, is_american=is_american)
    found |= rules.parity_faults(quotes, part, known, spot, is_american=is_american)
    for wanted in (True, False):
        at = np.flatnonzero(quotes.is_call == wanted)
        side = rules.Tradable(part.sell[at], part.buy[at])
        found[at] |= rules.shape_faults(quotes.at(at), side)
    return found


class Smile(NamedTuple):
    """Volatility by strike: straight between out-of-the-money quotes in logarithms, flat beyond."""

    log_strikes: Floats
    volatilities: Floats

    def at(self, strikes: Floats) -> Floats:
        """Return the volatility at strikes; NaN without a quote."""
        if not len(self.log_strikes):
            return np.full(len(strikes), np.nan)
        with np.errstate(all="ignore"):
            found: Floats = np.interp(np.log(strikes), self.log_strikes, self.volatilities)
        return found


def _smile(
    quotes: QuoteColumns,
    volatility: Floats,
    faults: NDArray[np.int64],
    rows: NDArray[np.intp],
    carry: ExpiryValues,
) -> Smile:
    outside = quotes.is_call[rows] == (quotes.strike[rows] >= carry.forward)
    good = rows[outside & ~np.isnan(volatility[rows]) & ((faults[rows] & int(UNFIT)) == 0)]
    return Smile(np.log(quotes.strike[good]), volatility[good])
