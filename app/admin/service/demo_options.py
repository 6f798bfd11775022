"""The demo member's options: a spread, an income position and a long call of many months.

They are written down as a member writes them, at the middle of the invented market's own quotes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from flask import current_app

from app.core import clock
from app.core.db import transaction
from app.core.formatters import NEW_YORK
from app.market import service as market
from app.market.schemas.options import QuoteAnswer
from app.trading import service as trading
from app.trading.schemas import PositionIn

LONGEST_WEEKEND = timedelta(days=5)


class Leg(NamedTuple):
    """A contract as the demo chooses it."""

    right: str
    side: str
    qty: int
    days: int
    """About so many days left."""
    away: float
    """Strike by price of the underlying."""


LEGS = (
    Leg("call", "buy", 2, 35, 1.00),
    Leg("call", "sell", 2, 35, 1.03),
    Leg("put", "sell", 1, 35, 0.94),
    Leg("put", "buy", 1, 35, 0.91),
    Leg("call", "buy", 1, 400, 0.90),
)


def seed_options(user_id: int) -> int:
    """Write the positions down; how many.

    Nothing happens where there is no invented market, or where the user has written some down.
    """
    if not current_app.config["MARKET_SIMULATED"] or trading.noted_positions(user_id):
        return 0
    now, instrument = clock.now(), market.simulated_instruments()[0]
    # Its chain is made of its newest minute.
    market.fill(instrument, "M1", now - LONGEST_WEEKEND, now)
    symbol = instrument.symbol
    chain = market.valued_chain(symbol)
    if chain.price is None:
        return 0
    today = now.astimezone(NEW_YORK).date()
    chosen = [nearest(chain.quotes, leg, chain.price, today) for leg in LEGS]
    with transaction():
        for leg, quote in zip(LEGS, chosen, strict=True):
            if quote is not None:
                trading.note_position(user_id, _position(symbol, leg, quote, today))
    return sum(quote is not None for quote in chosen)


def nearest(
    quotes: Iterable[QuoteAnswer], leg: Leg, price: float, today: date
) -> QuoteAnswer | None:
    """Return the well quoted contract that is nearest to what a leg asks for."""
    sound = [
        each
        for each in quotes
        if each.right == leg.right[0].upper() and each.middle and not each.faults
    ]
    return min(
        sound,
        key=lambda each: (
            abs((each.expiry - today).days - leg.days),
            abs(float(each.strike) - leg.away * price),
        ),
        default=None,
    )


def _position(symbol: str, leg: Leg, quote: QuoteAnswer, today: date) -> PositionIn:
    return PositionIn.model_validate(
        {
            "symbol": symbol,
            "right": leg.right,
            "strike": quote.strike,
            "expiry": quote.expiry,
            "side": leg.side,
            "qty": leg.qty,
            "price": Decimal(str(round(quote.middle or 0, 2))),
            "opened_on": today,
        }
    )
