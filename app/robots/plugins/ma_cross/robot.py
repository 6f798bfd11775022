"""Two moving averages that cross.

The oldest rule of trend following, tested on the Dow Jones by Brock, Lakonishok and LeBaron,
"Simple Technical Trading Rules and the Stochastic Properties of Stock Returns", 1992.
"""

import numpy as np
from pydantic import Field

from app.quant.indicators import sma
from app.quant.robot import Parameters, Robot, buy, sell

UNIT = 1e8


class MovingAverages(Parameters):
    ORDERED = (("fast", "slow"),)

    fast: int = Field(10, ge=1, le=5000, title="Bars of the fast average")
    slow: int = Field(30, ge=2, le=5000, title="Bars of the slow average")
    short: bool = Field(False, title="Sell short below instead of standing aside")
    qty: float = Field(1, gt=0, le=1_000_000, title="Shares per trade")


class MovingAverageCross(Robot):
    """Buys when the fast average crosses above the slow one, leaves when it crosses below."""

    Parameters = MovingAverages

    @property
    def lookback(self):
        return self.parameters.slow + 1

    def indicators(self):
        return {"fast": sma(self.parameters.fast), "slow": sma(self.parameters.slow)}

    def on_bar(self, bars, book):
        mine = bars[self.symbol]
        now = self.side(mine, 0)
        if not now or self.side(mine, 1) != -now:
            return None
        held, qty = book.position(self.symbol), self.parameters.qty
        if now > 0:
            leave, enter, may = held.qty < 0, buy(self.symbol, qty), held.qty <= 0
        else:
            leave, enter = held.qty > 0, sell(self.symbol, qty)
            may = self.parameters.short and held.qty >= 0
        return ([held.close()] if leave else []) + ([enter] if may else [])

    def side(self, mine, ago):
        """Say on which side the fast average was: a touch is 0, whatever floats make of it."""
        fast, slow = mine["fast"][-1 - ago], mine["slow"][-1 - ago]
        if abs(fast - slow) > 1e-9 * slow:
            return 1 if fast > slow else -1
        units = [round(price * UNIT) for price in list(mine.close)[: len(mine.close) - ago]]
        n, m = self.parameters.fast, self.parameters.slow
        exact = sum(units[-n:]) * m - sum(units[-m:]) * n
        return (exact > 0) - (exact < 0)

    def signals(self, columns):
        n, m = self.parameters.fast, self.parameters.slow
        sides = np.zeros(len(columns.close), np.int64)
        if len(sides) < m:
            return sides.astype(np.float64)
        total = np.concatenate(([0], np.cumsum(np.rint(columns.close * UNIT).astype(np.int64))))
        fast = (total[m:] - total[m - n : len(total) - n]) * m
        sides[m - 1 :] = np.sign(fast - (total[m:] - total[:-m]) * n)
        crossed = np.zeros(len(sides), bool)
        crossed[1:] = (sides[1:] != 0) & (sides[1:] == -sides[:-1])
        last = np.maximum.accumulate(np.where(crossed, np.arange(len(sides)), 0))
        wanted = np.where(crossed[last], sides[last], 0)
        wanted = wanted if self.parameters.short else np.maximum(wanted, 0)
        return wanted * self.parameters.qty
