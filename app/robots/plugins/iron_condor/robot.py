"""A short strangle between long wings, on the option chain of an index.

McMillan, "Options as a Strategic Investment", 1980 (5th edition 2012), on combined credit spreads.
The four legs are one combo: filled together or not at all. What it can lose is known when it is
opened, and lies in cash. It is closed when a share of its credit is earned, some days before its
end, or ends in cash.
"""

from typing import Literal

from pydantic import Field

from app.quant.robot import Cancel, Parameters, Robot, buy, sell

NAME = "condor"


class Settings(Parameters):
    ORDERED = (("roll", "nearest"), ("nearest", "furthest"))

    by: Literal["delta", "distance"] = Field("delta", title="How the sold legs are chosen")
    delta: float = Field(0.16, ge=0.02, le=0.45, title="Delta of the sold legs")
    away: float = Field(0.05, ge=0.005, le=0.5, title="Distance of the sold strikes from the price")
    wing: float = Field(0.025, ge=0.002, le=0.3, title="Width of each wing as a share of the price")
    nearest: int = Field(20, ge=2, le=200, title="Days that it must have left when opened")
    furthest: int = Field(60, ge=3, le=400, title="Days that it may have left at most")
    roll: int = Field(0, ge=0, le=100, title="Days before its end when it is closed, 0: never")
    gain: float = Field(0.5, gt=0, le=1, title="Share of the credit at which it is closed")
    lots: int = Field(1, ge=1, le=1000, title="Contracts of each leg")


class IronCondor(Robot):
    """Opens one at a time, from a chain of the day alone."""

    Parameters = Settings

    @property
    def lookback(self):
        return 1

    def on_bar(self, bars, book):
        mine = bars[self.symbol]
        # What found no chain on the next bar was meant for the prices of the one before.
        orders = [Cancel(name) for name in book.orders]
        chain = book.chains.get(self.symbol)
        if chain is None or chain.session != mine.session[-1]:
            return orders
        if book.positions:
            held = list(book.positions.values())
            if self.is_over(chain, held):
                orders += [each.close(bars=1, combo=NAME) for each in held]
            return orders
        legs = self.chosen(chain, mine.close[-1])
        lots = self.parameters.lots
        for quote, place in legs or ():
            place_order = sell if place == "short" else buy
            orders.append(place_order(quote.symbol, lots, bars=1, combo=NAME))
        return orders

    def is_over(self, chain, held):
        quotes = [chain.quote(position.symbol) for position in held]
        if not all(quotes):
            return False
        days = min(quote.expiry for quote in quotes) - chain.session
        credit = -sum(position.qty * position.entry_price for position in held)
        cost = -sum(
            position.qty * quote.middle for position, quote in zip(held, quotes, strict=True)
        )
        return days <= self.parameters.roll or cost <= credit * (1 - self.parameters.gain)

    def chosen(self, chain, price):
        """Return the four legs of the nearest expiry that has them, the bought ones first."""
        given = self.parameters
        for expiry in chain.expiries(given.nearest, given.furthest):
            found = []
            for right, side in (("P", -1), ("C", 1)):
                options = [each for each in chain.of(expiry, right) if self.has_price(each)]
                out = [each for each in options if side * (each.strike - price) > 0]
                sold = self.nearest_to(out, price * (1 + side * given.away), given.delta)
                if sold is None:
                    break
                edge = sold.strike + side * given.wing * price
                beyond = [each for each in out if side * (each.strike - sold.strike) > 0]
                if not beyond:
                    break
                bought = min(beyond, key=lambda each: abs(each.strike - edge))
                found += [(bought, "long"), (sold, "short")]
            if (
                len(found) == 4
                and sum(
                    quote.middle if place == "short" else -quote.middle for quote, place in found
                )
                > 0
            ):
                return sorted(found, key=lambda each: each[1])
        return None

    def has_price(self, quote):
        is_quoted = quote.bid > 0 and quote.ask > 0
        return is_quoted or (quote.bid != quote.bid and quote.last > 0 and quote.volume > 0)

    def nearest_to(self, options, strike, delta):
        if self.parameters.by == "delta":
            known = [each for each in options if each.delta == each.delta]
            return min(known, key=lambda each: abs(abs(each.delta) - delta), default=None)
        return min(options, key=lambda each: abs(each.strike - strike), default=None)
