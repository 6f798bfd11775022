"""Shares, and a call sold against each hundred of them.

Whaley, "Return and Risk of CBOE Buy Write Monthly Index", 2002. The first symbol is the share, the
others are the calls to choose from, named as the options exchanges do: root, date, C, and the
strike in thousandths of a dollar (AAPL140719C00095000). A call without a bar of the day is left out.
"""

from pydantic import Field

from app.quant.options import read_contract
from app.quant.robot import Parameters, Robot, buy, sell

LOT = 100


class Settings(Parameters):
    ORDERED = (("roll", "nearest"), ("nearest", "furthest"))

    above: float = Field(0.03, ge=0, le=0.5, title="Distance of the strike above the price")
    nearest: int = Field(15, ge=2, le=200, title="Days that a call must have left when sold")
    furthest: int = Field(60, ge=3, le=400, title="Days that it may have left at most")
    roll: int = Field(2, ge=0, le=100, title="Days before its end when it is bought back")
    lots: int = Field(1, ge=1, le=1000, title="Hundreds of shares")


class CoveredCall(Robot):
    """Buys the shares first, then sells the call nearest to the wanted strike, and rolls it."""

    Parameters = Settings

    @property
    def lookback(self):
        return 1

    def on_bar(self, bars, book):
        share, given = bars[self.symbol], self.parameters
        now, today = share.opened_at[-1], share.session[-1]
        held = book.position(self.symbol)
        if held.qty < LOT * given.lots:
            return [buy(self.symbol, LOT * given.lots - held.qty, bars=1)]
        sold = [symbol for symbol in book.positions if symbol != self.symbol]
        if sold:
            return [
                book.position(symbol).close(bars=1)
                for symbol in sold
                if read_contract(symbol).expiry - today <= given.roll
            ]
        wanted = share.close[-1] * (1 + given.above)
        calls = [self.usable(symbol, bars[symbol], now, today) for symbol in self.symbols[1:]]
        known = [call for call in calls if call]
        if not known:
            return None
        best = min(known, key=lambda call: (abs(call[1].strike - wanted), call[1].expiry, call[0]))
        return [sell(best[0], given.lots, bars=1)]

    def usable(self, symbol, mine, now, today):
        contract = read_contract(symbol)
        days = contract.expiry - today
        is_near = self.parameters.nearest <= days <= self.parameters.furthest
        is_there = mine.opened_at[-1] == now and mine.close[-1] > 0
        return (symbol, contract) if is_near and is_there and contract.right == "C" else None
