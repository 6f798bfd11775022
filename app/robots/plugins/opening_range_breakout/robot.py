"""The side on which the price leaves the range of the session's beginning.

Toby Crabel, "Day Trading with Short Term Price Patterns and Opening Range Breakout", 1990.
"""

from pydantic import Field

from app.quant.hours import new_york_minute
from app.quant.robot import Parameters, Robot, buy, sell

OPENS = 570
"""9:30 in New York, in minutes of the day; what trades before is no part of the range."""


class Settings(Parameters):
    ORDERED = (("enter_until", "leave_at"),)

    minutes: int = Field(30, ge=1, le=180, title="Minutes of the opening range")
    enter_until: int = Field(
        840, ge=571, le=955, title="Last minute of the day to enter (New York)"
    )
    leave_at: int = Field(955, ge=572, le=959, title="Minute of the day to leave (New York)")
    short: bool = Field(False, title="Sell short below the range as well")
    share: float = Field(0.9, gt=0, le=1, title="Share of the account per trade")


class OpeningRangeBreakout(Robot):
    """Buys the first close above the opening range, with a stop at its other side."""

    Parameters = Settings

    def on_bar(self, bars, book):
        mine, held = bars[self.symbol], book.position(self.symbol)
        minute = new_york_minute(mine.opened_at[-1])
        if minute >= self.parameters.leave_at or minute < OPENS:
            book.memory.clear()
            return [held.close(bars=1)] if held.qty else None
        self.remember(mine, minute, book.memory)
        is_time = OPENS + self.parameters.minutes <= minute <= self.parameters.enter_until
        if held.qty or not is_time or "high" not in book.memory or "done" in book.memory:
            return None
        return self.enter(mine.close[-1], book)

    def remember(self, mine, minute, memory):
        """Keep the range of a session that was seen from its beginning."""
        begins = mine.session[-2] != mine.session[-1] or new_york_minute(mine.opened_at[-2]) < OPENS
        if begins:
            memory.clear()
            memory.update(high=mine.high[-1], low=mine.low[-1])
        elif minute < OPENS + self.parameters.minutes and "high" in memory:
            memory["high"] = max(memory["high"], mine.high[-1])
            memory["low"] = min(memory["low"], mine.low[-1])

    def enter(self, close, book):
        high, low = book.memory["high"], book.memory["low"]
        qty = book.equity * self.parameters.share // close
        if close > high:
            book.memory["done"] = True
            return [buy(self.symbol, qty, stop_loss=low, bars=1)]
        if self.parameters.short and close < low:
            book.memory["done"] = True
            return [sell(self.symbol, qty, stop_loss=high, bars=1)]
        return None
