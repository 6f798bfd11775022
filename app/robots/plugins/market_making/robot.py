"""Quotes on both sides around a price that leans against the inventory.

Avellaneda and Stoikov, "High-frequency Trading in a Limit Order Book", 2008: the reservation price
is s - q g v h and the spread g v h + 2/g ln(1 + g/k), with the inventory q in trades, the variance
v of a bar, the horizon h in bars, the aversion g and the decay k of fills with distance.

On bars alone nobody knows the queue: a limit is filled when the bar reaches it. Real fills are
fewer and worse.
"""

import math
from itertools import pairwise

from pydantic import Field

from app.quant.robot import Cancel, Parameters, Robot, buy, sell


class Settings(Parameters):
    aversion: float = Field(0.5, gt=0, le=50, title="Aversion to holding (gamma)")
    decay: float = Field(40, gt=0, le=1000, title="Decay of fills with distance (kappa)")
    horizon: int = Field(5, ge=1, le=400, title="Horizon in bars")
    n: int = Field(30, ge=5, le=500, title="Bars of the variance")
    most: int = Field(5, ge=1, le=100, title="Trades that it holds at most, either way")
    qty: float = Field(10, gt=0, le=1_000_000, title="Quantity of each quote")


class MarketMaking(Robot):
    """Replaces its two quotes at each bar; a side that would hold too much is not quoted."""

    Parameters = Settings

    @property
    def lookback(self):
        return self.parameters.n + 1

    def on_bar(self, bars, book):
        given, mine = self.parameters, bars[self.symbol]
        held = book.position(self.symbol).qty / given.qty
        risk = given.aversion * self.variance(mine.close) * given.horizon
        middle = mine.close[-1] - held * risk
        half = risk / 2 + math.log(1 + given.aversion / given.decay) / given.aversion
        bid, ask = round(middle - half, 4), round(middle + half, 4)
        quotes = []
        if held < given.most and bid > 0:
            quotes.append(buy(self.symbol, given.qty, kind="limit", price=bid, name="bid"))
        if held > -given.most and ask > 0:
            quotes.append(sell(self.symbol, given.qty, kind="limit", price=ask, name="ask"))
        told = {quote.name for quote in quotes}
        return [Cancel(name) for name in ("bid", "ask") if name not in told] + quotes

    def variance(self, closes):
        prices = list(closes)
        moves = [after - before for before, after in pairwise(prices)]
        mean = sum(moves) / len(moves)
        return sum((move - mean) ** 2 for move in moves) / len(moves)
