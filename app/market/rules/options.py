"""A chain of quotes into columns, and what was found into an answer. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

import numpy as np

from app.core.i18n import gettext
from app.market.schemas import OptionQuote
from app.market.schemas.options import ExpiryAnswer, QuoteAnswer
from app.quant.chain_values import ChainValues
from app.quant.greeks.expiry import settles_in_the_morning
from app.quant.options import contract_name
from app.quant.quotes import UNFIT, Fault, QuoteColumns

_DAYS_A_YEAR = 365
_NAMES = tuple((int(each), str(each.name).lower()) for each in Fault)
GREEKS = ("delta", "gamma", "theta", "vega", "rho")


class Snapshot(NamedTuple):
    """A chain as somebody reported it."""

    as_of: datetime
    session: date
    price: float
    """The underlying's; NaN: not told."""
    source: str
    mark: str
    """Changes whenever anything of it does."""
    quotes: Sequence[OptionQuote]
    ages: Sequence[float] = ()
    """Seconds since each quote was made, where that is told."""


def fault_texts(codes: Iterable[str]) -> dict[str, str]:
    """Return what faults of quotes mean."""
    known = {
        "no_quote": gettext("nobody quotes it"),
        "crossed": gettext("the ask lies below the bid"),
        "zero_bid": gettext("nobody bids"),
        "stale": gettext("the quote is older than 15 minutes"),
        "wide": gettext("the spread is more than half of the price"),
        "below_bound": gettext("it can be bought for less than exercising it is worth"),
        "above_bound": gettext("it can be sold for more than it can ever be worth"),
        "not_monotone": gettext("a better strike costs less"),
        "not_convex": gettext("its neighbours cost less together"),
        "calendar": gettext("more time costs less"),
        "parity": gettext("call and put disagree about the underlying's price"),
    }
    return {code: known[code] for code in sorted(set(codes)) if code in known}


def fault_codes(faults: int) -> list[str]:
    """Return the names of a quote's faults."""
    return [name for bit, name in _NAMES if faults & bit] if faults else []


def columns_of(snapshot: Snapshot, years: dict[date, float]) -> QuoteColumns:
    """Return the quotes as columns, sorted as they are: by expiry, strike and right."""
    quotes = snapshot.quotes
    strike, bid, ask, close = (
        np.array([_float(getattr(each, name)) for each in quotes])
        for name in ("strike", "bid", "ask", "close")
    )
    return QuoteColumns(
        np.array([each.expiry.toordinal() for each in quotes], np.int64),
        np.array([years[each.expiry] for each in quotes], float),
        np.array([each.option_right == "C" for each in quotes], bool),
        strike,
        bid,
        ask,
        close,
        np.array(snapshot.ages or [math.nan] * len(quotes), float),
    )


def _float(value: Any) -> float:
    return math.nan if value is None else float(value)


def figure(value: float) -> float | None:
    """Return a figure as it is told: None for no answer, else without digits that mean nothing."""
    number = float(value)
    return float(f"{number:.10g}") if math.isfinite(number) else None


def expiry_answers(
    values: ChainValues, columns: QuoteColumns, underlying: str
) -> list[ExpiryAnswer]:
    """Return what is known of each expiry."""
    unfit = (values.faults & int(UNFIT)) != 0
    return [
        ExpiryAnswer(
            expiry=date.fromordinal(each.expiry),
            days=round(each.years * _DAYS_A_YEAR, 4),
            settles="open" if settles_in_the_morning(underlying, each.expiry) else "close",
            forward=figure(each.forward),
            rate=round(each.rate, 6),
            dividend_yield=figure(each.dividend_yield) or 0.0,
            pairs=each.pairs,
            volatility=figure(each.volatility),
            contracts=int((columns.expiry == each.expiry).sum()),
            faulty=int((unfit & (columns.expiry == each.expiry)).sum()),
        )
        for each in values.expiries
    ]


def quote_answers(
    snapshot: Snapshot, values: ChainValues, root: str | None, *, is_published_first: bool
) -> list[QuoteAnswer]:
    """Return each contract with its Greeks: published ones where there are, else ours."""
    nearest = _nearest_strikes(snapshot.quotes, values.spot)
    computed = np.array(values.greeks[1:]).T
    found = []
    for at, quote in enumerate(snapshot.quotes):
        is_told = (
            is_published_first and quote.delta is not None and (quote.implied_volatility or 0) > 0
        )
        ours = dict(zip(GREEKS, map(figure, computed[at]), strict=True))
        if is_told:
            theirs = {name: getattr(quote, name) for name in GREEKS}
            ours = {name: ours[name] if theirs[name] is None else theirs[name] for name in GREEKS}
        volatility = quote.implied_volatility if is_told else figure(values.volatility[at])
        origin = "published" if is_told else "smile" if values.is_from_smile[at] else "quote"
        found.append(
            QuoteAnswer(
                symbol=_name(root, quote),
                expiry=quote.expiry,
                strike=quote.strike,
                right=quote.option_right,
                bid=quote.bid,
                ask=quote.ask,
                last=quote.close,
                middle=figure(values.middle[at]),
                volume=quote.volume,
                open_interest=quote.open_interest,
                implied_volatility=volatility,
                **ours,
                greeks_from=None if volatility is None else origin,
                moneyness=_moneyness(quote, values.spot, nearest.get(quote.expiry)),
                faults=fault_codes(int(values.faults[at])),
            )
        )
    return found


def _nearest_strikes(quotes: Sequence[OptionQuote], spot: float) -> dict[date, Decimal]:
    found: dict[date, Decimal] = {}
    for each in quotes:
        best = found.get(each.expiry)
        if best is None or abs(float(each.strike) - spot) < abs(float(best) - spot):
            found[each.expiry] = each.strike
    return found


def _moneyness(quote: OptionQuote, spot: float, nearest: Decimal | None) -> str:
    if quote.strike == nearest:
        return "at"
    is_below = float(quote.strike) < spot
    return "in" if is_below == (quote.option_right == "C") else "out"


def _name(root: str | None, quote: OptionQuote) -> str | None:
    if root is None or quote.strike * 1000 != int(quote.strike * 1000):
        return None
    right: Literal["C", "P"] = "C" if quote.option_right == "C" else "P"
    return contract_name(root, quote.expiry.toordinal(), right, float(quote.strike))
