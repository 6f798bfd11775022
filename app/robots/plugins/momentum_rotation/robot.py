"""The strongest of a few, as long as it rises at all.

Jegadeesh and Titman, "Returns to Buying Winners and Selling Losers", 1993; with cash as the way
out: Gary Antonacci, "Dual Momentum Investing", 2014.
"""

import math

from pydantic import Field

from app.quant.indicators import momentum
from app.quant.robot import Parameters, Robot, buy


class Settings(Parameters):
    n: int = Field(126, ge=2, le=400, title="Bars over which the rise is measured")
    every: int = Field(20, ge=1, le=250, title="Bars between two looks")
    least: float = Field(0, ge=-0.5, le=1, title="Rise below which it stays in cash")
    share: float = Field(0.95, gt=0, le=1, title="Share of the account")


class MomentumRotation(Robot):
    """Sells what is no longer the strongest, and buys the strongest with what that brought."""

    Parameters = Settings

    def indicators(self):
        return {"rise": momentum(self.parameters.n)}

    def on_bar(self, bars, book):
        if len({bars[symbol].opened_at[-1] for symbol in self.symbols}) > 1:
            return None
        memory = book.memory
        memory["wait"] = memory.get("wait", 0) - 1
        if memory["wait"] < 0:
            rises = {symbol: bars[symbol]["rise"][-1] for symbol in self.symbols}
            if any(math.isnan(rise) for rise in rises.values()):
                return None
            best = max(self.symbols, key=rises.get)
            memory["wait"] = self.parameters.every - 1
            memory["best"] = best if rises[best] > self.parameters.least else ""
        return self.go_to(memory.get("best", ""), bars, book)

    def go_to(self, best, bars, book):
        """Sell first: a buyer's cash is there when the sale is done."""
        others = [held.close(bars=1) for symbol, held in book.positions.items() if symbol != best]
        if others or not best or best in book.positions:
            return others
        return [buy(best, book.equity * self.parameters.share // bars[best].close[-1], bars=1)]
