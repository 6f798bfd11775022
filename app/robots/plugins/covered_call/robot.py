"""Shares, and a call sold against each hundred of them, chosen from the option chain.

Whaley, "Return and Risk of CBOE Buy Write Monthly Index", 2002. The call is the one whose strike,
or whose delta, is nearest to the wanted one, of the nearest expiry that is far enough away. It is
bought back some days before its end, or held to it: then it ends worthless or takes the shares.
"""

from typing import Literal

from pydantic import Field

from app.quant.robot import Cancel, Parameters, Robot, buy, sell

LOT = 100


class Settings(Parameters):
    ORDERED = (("roll", "nearest"), ("nearest", "furthest"))

    by: Literal["distance", "delta"] = Field("distance", title="How the call is chosen")
    above: float = Field(0.03, ge=0, le=0.5, title="Distance of the strike above the price")
    delta: float = Field(0.3, ge=0.02, le=0.6, title="Delta of the call")
    nearest: int = Field(15, ge=2, le=200, title="Days that a call must have left when sold")
    furthest: int = Field(60, ge=3, le=400, title="Days that it may have left at most")
    roll: int = Field(2, ge=0, le=100, title="Days before its end when it is bought back")
    lots: int = Field(1, ge=1, le=1000, title="Hundreds of shares")


class CoveredCall(Robot):
    """Buys the shares first, then sells the call nearest to the wanted one, and rolls it."""

    Parameters = Settings

    @property
    def lookback(self):
        return 1

    def on_bar(self, bars, book):
        share, given = bars[self.symbol], self.parameters
        today, held = share.session[-1], book.position(self.symbol)
        # What found no chain on the next bar was meant for the prices of the one before.
        orders = [Cancel(name) for name in book.orders]
        chain = book.chains.get(self.symbol)
        sold = [symbol for symbol in book.positions if symbol != self.symbol]
        if sold:
            near = given.roll and chain and chain.session == today
            late = [each for each in sold if near and self.days_left(chain, each) <= given.roll]
            return orders + [book.position(symbol).close(bars=1) for symbol in late]
        if held.qty < LOT * given.lots:
            return [*orders, buy(self.symbol, LOT * given.lots - held.qty, bars=1)]
        if chain is None or chain.session != today:
            return orders
        call = self.chosen(chain, share.close[-1])
        return orders if call is None else [*orders, sell(call.symbol, given.lots, bars=1)]

    def days_left(self, chain, symbol):
        quote = chain.quote(symbol)
        return quote.expiry - chain.session if quote else 10_000

    def chosen(self, chain, price):
        given = self.parameters
        for expiry in chain.expiries(given.nearest, given.furthest):
            calls = [call for call in chain.of(expiry, "C") if call.middle > 0]
            if given.by == "delta":
                calls = [call for call in calls if call.delta == call.delta]
                wanted = [abs(call.delta - given.delta) for call in calls]
            else:
                wanted = [abs(call.strike - price * (1 + given.above)) for call in calls]
            if calls:
                return min(zip(wanted, calls), key=lambda each: (each[0], each[1].strike))[1]
        return None
