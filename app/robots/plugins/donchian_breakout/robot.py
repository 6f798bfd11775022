"""A close beyond the range of the last weeks.

Richard Donchian's four-week rule, with the shorter way out that the Turtles used: Curtis Faith,
"Way of the Turtle", 2007.
"""

from pydantic import Field

from app.quant.indicators import highest, lowest
from app.quant.robot import Parameters, Robot, buy, sell


class Settings(Parameters):
    ORDERED = (("out", "into"),)

    into: int = Field(20, ge=2, le=500, title="Bars of the range that is broken")
    out: int = Field(10, ge=1, le=499, title="Bars of the range that ends the trade")
    short: bool = Field(False, title="Sell short below as well")
    share: float = Field(0.9, gt=0, le=1, title="Share of the account per trade")


class DonchianBreakout(Robot):
    """Goes with a close beyond the range of the bars before, leaves at the shorter range."""

    Parameters = Settings

    def indicators(self):
        into, out = self.parameters.into, self.parameters.out
        return {
            "top": highest(into), "bottom": lowest(into),
            "high": highest(out), "low": lowest(out),
        }  # fmt: skip

    def on_bar(self, bars, book):
        mine, held = bars[self.symbol], book.position(self.symbol)
        close = mine.close[-1]
        if held.qty > 0:
            return [held.close(bars=1)] if close < mine["low"][-2] else None
        if held.qty < 0:
            return [held.close(bars=1)] if close > mine["high"][-2] else None
        qty = book.equity * self.parameters.share // close
        if close > mine["top"][-2]:
            return [buy(self.symbol, qty, bars=1)]
        if self.parameters.short and close < mine["bottom"][-2]:
            return [sell(self.symbol, qty, bars=1)]
        return None
