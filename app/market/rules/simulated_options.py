"""Chains of the invented market: a smile, a term structure, spreads, and quotes that are bad. Pure.

The same chain for the same minute and price. Some quotes are wide and some dead, as in life, so that
whoever reads chains meets them.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.market.rules.simulated import Listing, dice
from app.market.schemas import OptionQuote
from app.quant.greeks import Market, Terms, american

RATE, DIVIDENDS = 0.04, 0.01
_WEEKS = 6
_MONTHS = (1, 2, 3, 6, 9, 12, 15, 18)
_FRIDAY = 4
_REACH = 0.45
_BUCKETS = ((25, 0.5), (75, 1.0), (200, 2.5), (500, 5.0))
_DEAD, _WIDE = 0.02, 0.04


class Moment(NamedTuple):
    """When the chain is quoted, and at which price of the underlying."""

    day: date
    price: float
    share: float
    """How much of the session has passed, 0 to 1."""


def expiries(day: date) -> list[date]:
    """Return the Fridays of the next weeks, and the third ones of months up to a year and a half."""
    first = day + timedelta(days=(_FRIDAY - day.weekday()) % 7 or 7)
    found = {first + timedelta(weeks=each) for each in range(_WEEKS)}
    for ahead in _MONTHS:
        years, month = divmod(day.month - 1 + ahead, 12)
        start = date(day.year + years, month + 1, 1)
        found.add(start + timedelta(days=(_FRIDAY - start.weekday()) % 7 + 14))
    return sorted(each for each in found if each > day)


def strikes(level: float, day_close: float, years: float) -> NDArray[np.float64]:
    """Return the strikes around a price, more the longer it has to move; the same all day."""
    reach = min(_REACH, 0.1 + 0.4 * years**0.5)
    step = next((width for below, width in _BUCKETS if level < below), 10.0)
    low, high = day_close * (1 - reach), day_close * (1 + reach)
    found: NDArray[np.float64] = np.arange(np.ceil(low / step), high / step + 1) * step
    return found


def volatility(
    listing: Listing, years: NDArray[np.float64], moneyness: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the invented volatility: puts dearer than calls, near months livelier than far ones."""
    level = listing.swing * (1 + 0.25 * np.exp(-4 * years))
    reach = moneyness / np.sqrt(years + 0.1)
    return np.clip(level * (1 - 0.35 * reach + 0.45 * reach * reach), 0.03, 3.0)


def chain(
    listing: Listing, seed: str, moment: Moment, settle_years: dict[date, float], anchor: float
) -> list[OptionQuote]:
    """Return the quotes of a minute, by expiry, strike and right; `anchor` fixes the strikes."""
    columns = [
        (expiry, years, strike, is_call)
        for expiry, years in sorted(settle_years.items())
        for strike in strikes(listing.level, anchor, round(years, 2))
        for is_call in (True, False)
    ]
    years, strike = (np.array([row[at] for row in columns], float) for at in (1, 2))
    is_call = np.array([row[3] for row in columns], bool)
    forward = moment.price * np.exp((RATE - DIVIDENDS) * years)
    swing = volatility(listing, years, np.log(strike / forward))
    market = Market(moment.price, RATE, DIVIDENDS)
    fair = american.price(market, Terms(strike, years, is_call), swing)
    # Interest and habits of a day: the same all day long.
    luck = dice(seed, listing.symbol, "options", moment.day.toordinal())
    random = luck.random((4, len(columns)))
    distance = np.abs(np.log(strike / forward)) / (swing * np.sqrt(years + 0.02))
    busy = np.exp(-0.5 * distance * distance) / (1 + 6 * years)
    interest = np.floor(8_000 * busy * (0.2 + random[0]))
    volume = np.floor(1_500 * busy * random[1] ** 3 * moment.share)
    half = np.maximum(0.01, 0.006 * fair + 0.01 * np.sqrt(fair)) * (0.7 + 0.6 * random[2])
    half = np.where(random[3] < _WIDE, half * 12 + 0.1, half)
    tick = np.where(fair < 3, 0.01, 0.05)  # noqa: PLR2004 - as exchanges do
    bid = np.maximum(np.floor((fair - half) / tick) * tick, 0.0)
    ask = np.ceil((fair + half) / tick) * tick
    bid = np.where(random[3] > 1 - _DEAD, 0.0, bid)
    return [
        OptionQuote(
            expiry,
            Decimal(str(round(float(k), 4))),
            "C" if call else "P",
            bid=_cents(bid[at]),
            ask=_cents(ask[at]),
            close=_cents(fair[at]) if volume[at] else None,
            volume=int(volume[at]),
            open_interest=int(interest[at]),
        )
        for at, (expiry, _, k, call) in enumerate(columns)
    ]


def _cents(value: float) -> Decimal:
    return Decimal(round(float(value) * 100)) / 100
