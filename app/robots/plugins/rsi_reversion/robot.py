"""Weak days inside a rise, by Wilder's relative strength index.

The index is from J. Welles Wilder, "New Concepts in Technical Trading Systems", 1978; the short
form with a long average beside it from Connors and Alvarez, "Short Term Trading Strategies That
Work", 2008.
"""

from pydantic import Field

from app.quant.indicators import rsi, sma
from app.quant.robot import Parameters, Robot, buy


class Settings(Parameters):
    ORDERED = (("low", "high"),)

    n: int = Field(2, ge=2, le=50, title="Bars of the index")
    low: float = Field(10, ge=1, le=50, title="Buy below")
    high: float = Field(60, ge=30, le=99, title="Sell above")
    trend: int = Field(200, ge=2, le=400, title="Bars of the average that the price must be above")
    longest: int = Field(10, ge=1, le=100, title="Bars after which it leaves anyway")
    share: float = Field(0.9, gt=0, le=1, title="Share of the account per trade")


class RsiReversion(Robot):
    """Buys at a low index above the long average, sells at a high one or when time is up."""

    Parameters = Settings

    def indicators(self):
        return {"rsi": rsi(self.parameters.n), "trend": sma(self.parameters.trend)}

    def on_bar(self, bars, book):
        mine, held = bars[self.symbol], book.position(self.symbol)
        index, close = mine["rsi"][-1], mine.close[-1]
        if held.qty:
            is_over = index > self.parameters.high or held.bars_held >= self.parameters.longest
            return [held.close(bars=1)] if is_over else None
        if index < self.parameters.low and close > mine["trend"][-1]:
            return [buy(self.symbol, book.equity * self.parameters.share // close, bars=1)]
        return None
