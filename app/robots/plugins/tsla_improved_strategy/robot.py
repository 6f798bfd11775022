"""A trend by two averages, held by a stop of the average true range.

The range and the stop are J. Welles Wilder's, "New Concepts in Technical Trading Systems", 1978;
the trailing form is known as the chandelier exit: Alexander Elder, "Come into My Trading Room",
2002, after Chuck LeBeau.
"""

from pydantic import Field

from app.quant.indicators import atr, ema
from app.quant.robot import Parameters, Robot, buy, sell


class Settings(Parameters):
    ORDERED = (("fast", "slow"),)

    fast: int = Field(12, ge=2, le=80, title="Bars of the fast average")
    slow: int = Field(40, ge=3, le=120, title="Bars of the slow average")
    n: int = Field(14, ge=2, le=60, title="Bars of the average true range")
    room: float = Field(3, gt=0, le=20, title="Distance of the stop in average true ranges")
    risk: float = Field(0.02, gt=0, le=0.2, title="Share of the account that a stop may cost")


class AtrTrend(Robot):
    """Buys when the averages rise, risks a fixed share, and lets a trailing stop end it."""

    Parameters = Settings

    def indicators(self):
        given = self.parameters
        return {"fast": ema(given.fast), "slow": ema(given.slow), "range": atr(given.n)}

    def on_bar(self, bars, book):
        mine, held = bars[self.symbol], book.position(self.symbol)
        trail = self.parameters.room * mine["range"][-1]
        is_up = mine["fast"][-1] > mine["slow"][-1]
        was_up = mine["fast"][-2] > mine["slow"][-2]
        if held.qty:
            return self.hold(held, book, trail, is_up)
        if not is_up or was_up or not trail > 0:
            return None
        close = mine.close[-1]
        qty = min(book.equity * self.parameters.risk // trail, book.equity * 0.95 // close)
        if close <= trail or qty < 1:
            return None
        return [buy(self.symbol, qty, stop_loss=close - trail, bars=1)]

    def hold(self, held, book, trail, is_up):
        if not is_up:
            return [held.close(bars=1)]
        if "stop" in book.orders or not trail > 0:
            return None
        stop = {"kind": "trailing", "trail": trail, "reduce_only": True, "name": "stop"}
        return [sell(self.symbol, held.qty, **stop)]
