"""Quotes of options: which are fit to learn from, and which break what no arbitrage demands.

A bad quote is never dropped: it carries its reasons, and stays out of what is computed from many
(forward, smile). Quotes are judged as one could trade on them: a rule is broken where buying at
the asks and selling at the bids wins for sure.
"""

from __future__ import annotations

from enum import IntFlag
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.quant.greeks.normal import Floats

STALE_SECONDS = 900.0
WIDE = 0.5
"""Of the middle: a wider spread tells no price."""
NARROW = 0.1
"""A spread of so much money is never wide."""
_CLOSE_SLACK = 0.01
"""Closing prices are not of one instant: so much of the underlying is let pass."""


class Fault(IntFlag):
    """What is wrong with a quote."""

    NO_QUOTE = 1
    CROSSED = 2
    ZERO_BID = 4
    STALE = 8
    WIDE = 16
    BELOW_BOUND = 32
    ABOVE_BOUND = 64
    NOT_MONOTONE = 128
    NOT_CONVEX = 256
    CALENDAR = 512
    PARITY = 1024


UNFIT = ~Fault.CALENDAR
"""What keeps a quote out of fits. Of two expiries that disagree either may be right."""


class QuoteColumns(NamedTuple):
    """Contracts of one underlying, by expiry, strike and right; what is not told is NaN."""

    expiry: NDArray[np.int64]
    """Ordinals of dates."""
    years: Floats
    is_call: NDArray[np.bool_]
    strike: Floats
    bid: Floats
    ask: Floats
    last: Floats
    """The last trade, or the close."""
    age: Floats
    """Seconds since the quote was made."""

    def at(self, rows: NDArray[np.intp]) -> QuoteColumns:
        """Return some of them."""
        return QuoteColumns._make(each[rows] for each in self)

    @property
    def has_sides(self) -> NDArray[np.bool_]:
        """Whether bid or ask is told at all; a file of closing prices has neither."""
        return ~(np.isnan(self.bid) & np.isnan(self.ask))


class Tradable(NamedTuple):
    """What one gets for selling and pays for buying; NaN where one cannot."""

    sell: Floats
    buy: Floats


def own_faults(quotes: QuoteColumns) -> NDArray[np.int64]:
    """Return what is wrong with each quote by itself."""
    found = np.zeros(len(quotes.strike), np.int64)
    sides = quotes.has_sides
    with np.errstate(all="ignore"):
        spread, middle = quotes.ask - quotes.bid, 0.5 * (quotes.ask + quotes.bid)
        nothing = np.where(sides, ~(quotes.ask > 0), ~(quotes.last > 0))
        found |= np.where(nothing, Fault.NO_QUOTE, 0)
        found |= np.where(sides & (spread < 0), Fault.CROSSED, 0)
        found |= np.where(sides & ~nothing & ~(quotes.bid > 0), Fault.ZERO_BID, 0)
        found |= np.where(quotes.age > STALE_SECONDS, Fault.STALE, 0)
        wide = (spread > WIDE * middle) & (spread > NARROW) & (quotes.bid > 0)
        found |= np.where(sides & wide, Fault.WIDE, 0)
    return found


def middles(quotes: QuoteColumns, faults: NDArray[np.int64]) -> Floats:
    """Return what each is about worth: the middle of both sides, else the close; NaN if unfit."""
    price = np.where(quotes.has_sides, 0.5 * (quotes.bid + quotes.ask), quotes.last)
    dead = Fault.NO_QUOTE | Fault.CROSSED | Fault.ZERO_BID
    return np.where(faults & dead, np.nan, price)


def tradable(quotes: QuoteColumns, faults: NDArray[np.int64], spot: float) -> Tradable:
    """Return at what each can be sold and bought; around a close with a slack."""
    slack = _CLOSE_SLACK * spot
    sides, dead = quotes.has_sides, (faults & (Fault.NO_QUOTE | Fault.STALE | Fault.CROSSED)) > 0
    sell = np.where(sides, quotes.bid, np.maximum(quotes.last - slack, 0.0))
    buy = np.where(sides, quotes.ask, quotes.last + slack)
    return Tradable(np.where(dead, np.nan, sell), np.where(dead, np.nan, buy))


class Carry(NamedTuple):
    """What is known of one expiry."""

    years: float
    held: float
    """The underlying without the dividends to come: forward x discount. NaN: not known."""
    discount: float


def bound_faults(
    quotes: QuoteColumns, market: Tradable, carry: Carry, spot: float, *, is_american: bool
) -> NDArray[np.int64]:
    """Return which quotes of one expiry can be bought below, or sold above, their bounds."""
    held, owed = carry.held, quotes.strike * carry.discount
    low = np.maximum(np.where(quotes.is_call, held - owed, owed - held), 0.0)
    high = np.where(quotes.is_call, held, owed)
    if is_american:
        now = np.where(quotes.is_call, spot - quotes.strike, quotes.strike - spot)
        low = np.maximum(low, now)
        high = np.where(quotes.is_call, max(spot, held), quotes.strike)
    slack = 1e-6 * spot + 0.005
    with np.errstate(all="ignore"):
        found = np.where(market.buy < low - slack, Fault.BELOW_BOUND, 0)
        found |= np.where(market.sell > high + slack, Fault.ABOVE_BOUND, 0)
    return found


def shape_faults(quotes: QuoteColumns, market: Tradable) -> NDArray[np.int64]:
    """Return which quotes of one expiry and right, by strike, break monotony or convexity."""
    found = np.zeros(len(quotes.strike), np.int64)
    if len(found) == 0:
        return found
    # Of calls the lower strike is worth more, of puts the higher one.
    turn = slice(None) if quotes.is_call[0] else slice(None, None, -1)
    sell, buy, strike = market.sell[turn], market.buy[turn], quotes.strike[turn]
    cheapest = np.fmin.accumulate(np.where(np.isnan(buy), np.inf, buy))
    with np.errstate(all="ignore"):
        # What follows can be sold for more than something better costs.
        steep = np.concatenate([[False], sell[1:] > cheapest[:-1]])
        found[turn] |= np.where(steep, Fault.NOT_MONOTONE, 0)
        if len(found) > 2:  # noqa: PLR2004 - a middle and its wings
            share = (strike[2:] - strike[1:-1]) / (strike[2:] - strike[:-2])
            wings = share * buy[:-2] + (1 - share) * buy[2:]
            bent = np.concatenate([[False], sell[1:-1] > wings + 1e-9, [False]])
            found[turn] |= np.where(bent, Fault.NOT_CONVEX, 0)
    return found


def parity_faults(
    quotes: QuoteColumns, market: Tradable, carry: Carry, spot: float, *, is_american: bool
) -> NDArray[np.int64]:
    """Return which pairs of one expiry break put-call parity; of American ones, its two bounds."""
    found = np.zeros(len(quotes.strike), np.int64)
    calls, puts = np.flatnonzero(quotes.is_call), np.flatnonzero(~quotes.is_call)
    _, left, right = np.intersect1d(
        quotes.strike[calls], quotes.strike[puts], assume_unique=True, return_indices=True
    )
    call, put = calls[left], puts[right]
    owed = quotes.strike[call] * carry.discount
    low = high = carry.held - owed
    if is_american:
        low, high = carry.held - quotes.strike[call], spot - owed
    slack = 1e-4 * spot + 0.01
    with np.errstate(all="ignore"):
        dear = market.sell[call] - market.buy[put] > high + slack
        cheap = market.buy[call] - market.sell[put] < low - slack
    broken = dear | cheap
    found[call[broken]] |= Fault.PARITY
    found[put[broken]] |= Fault.PARITY
    return found


def calendar_faults(quotes: QuoteColumns, market: Tradable) -> NDArray[np.int64]:
    """Return which American quotes cost less than the same contract with less time brings."""
    found = np.zeros(len(quotes.strike), np.int64)
    order = np.lexsort((quotes.expiry, quotes.strike, quotes.is_call))
    earlier, later = order[:-1], order[1:]
    same = (quotes.strike[earlier] == quotes.strike[later]) & (
        quotes.is_call[earlier] == quotes.is_call[later]
    )
    with np.errstate(all="ignore"):
        broken = same & (market.buy[later] < market.sell[earlier])
    found[earlier[broken]] |= Fault.CALENDAR
    found[later[broken]] |= Fault.CALENDAR
    return found
