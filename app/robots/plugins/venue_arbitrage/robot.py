"""The same thing at two prices.

Makarov and Schoar, "Trading and Arbitrage in Cryptocurrency Markets", 2020. Nothing is moved
between the venues: both legs are opened and closed where they are, so the gap has to close.
The two venues are two symbols of one pair, such as BTC/USD and BTC-USD.
"""

from pydantic import Field

from app.quant.robot import Parameters, Robot, buy, sell


class Settings(Parameters):
    ORDERED = (("out", "into"),)

    into: float = Field(0.004, gt=0, le=0.5, title="Gap at which it enters, as a ratio")
    out: float = Field(0.0005, ge=0, le=0.4, title="Gap at which it leaves")
    longest: int = Field(240, ge=1, le=5000, title="Bars after which it leaves anyway")
    share: float = Field(0.45, gt=0, le=0.5, title="Share of the account at each venue")


class VenueArbitrage(Robot):
    """Long at the cheap venue, short at the dear one, until the gap has closed."""

    Parameters = Settings

    def on_bar(self, bars, book):
        here, there = self.symbols[:2]
        if bars[here].opened_at[-1] != bars[there].opened_at[-1]:
            return None
        one, two = bars[here].close[-1], bars[there].close[-1]
        gap = two / one - 1
        if book.positions:
            return self.leave(gap, book)
        if abs(gap) < self.parameters.into:
            return None
        qty = round(book.equity * self.parameters.share / max(one, two), 6)
        cheap, dear = (here, there) if gap > 0 else (there, here)
        return [buy(cheap, qty, bars=1), sell(dear, qty, bars=1)]

    def leave(self, gap, book):
        held = book.position(self.symbol)
        # Long here means that the gap was above zero; beyond the other side it is closed too.
        is_closed = (gap if held.qty > 0 else -gap) <= self.parameters.out
        is_over = held.bars_held >= self.parameters.longest or len(book.positions) == 1
        return (
            [each.close(bars=1) for each in book.positions.values()]
            if is_closed or is_over
            else None
        )
