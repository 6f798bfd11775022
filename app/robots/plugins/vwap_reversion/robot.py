"""Back to the session's volume-weighted average price.

The average as a measure of what a day's trading cost: Berkowitz, Logue and Noser, "The Total Cost
of Transactions on the NYSE", 1988. That a price returns to it within the day is the bet.
"""

from pydantic import Field

from app.quant.hours import new_york_minute
from app.quant.indicators import deviation, session_vwap
from app.quant.robot import Parameters, Robot, buy, sell


class Settings(Parameters):
    ORDERED = (("enter_from", "leave_at"),)

    n: int = Field(30, ge=5, le=400, title="Bars of the deviation")
    width: float = Field(2.5, gt=0, le=10, title="Distance from the average in deviations")
    enter_from: int = Field(
        600, ge=570, le=900, title="First minute of the day to enter (New York)"
    )
    leave_at: int = Field(950, ge=600, le=959, title="Minute of the day to leave (New York)")
    stop: float = Field(0.005, gt=0, lt=1, title="Stop-loss as a share of the entry price")
    short: bool = Field(False, title="Sell short above as well")
    share: float = Field(0.9, gt=0, le=1, title="Share of the account per trade")


class VwapReversion(Robot):
    """Enters far from the session's average price and leaves at it, or before the close."""

    Parameters = Settings

    def indicators(self):
        return {"vwap": session_vwap(), "spread": deviation(self.parameters.n)}

    def on_bar(self, bars, book):
        mine, held = bars[self.symbol], book.position(self.symbol)
        minute, close = new_york_minute(mine.opened_at[-1]), mine.close[-1]
        away = close - mine["vwap"][-1]
        if held.qty:
            is_over = away * held.qty >= 0 or not self.is_time(minute)
            return [held.close(bars=1)] if is_over else None
        far = self.parameters.width * mine["spread"][-1]
        if not self.is_time(minute) or not abs(away) > far:
            return None
        qty, stop = book.equity * self.parameters.share // close, self.parameters.stop
        if away < 0:
            return [buy(self.symbol, qty, stop_loss_ratio=stop, bars=1)]
        return (
            [sell(self.symbol, qty, stop_loss_ratio=stop, bars=1)]
            if self.parameters.short
            else None
        )

    def is_time(self, minute):
        return self.parameters.enter_from <= minute < self.parameters.leave_at
