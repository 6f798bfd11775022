"""The spread of two cointegrated prices.

Gatev, Goetzmann and Rouwenhorst, "Pairs Trading: Performance of a Relative-Value Arbitrage Rule",
2006; the test is Engle and Granger's, "Co-Integration and Error Correction", 1987, with
MacKinnon's critical values.
"""

from pydantic import Field

from app.quant.cointegration import engle_granger
from app.quant.robot import Parameters, Robot, buy, sell


class Settings(Parameters):
    ORDERED = (("out", "into"), ("into", "broken"))

    n: int = Field(120, ge=30, le=1000, title="Bars over which the pair is fitted")
    critical: float = Field(-3.34, ge=-6, le=0, title="Test statistic that it must lie below")
    into: float = Field(2, gt=0, le=5, title="Spread in deviations at which it enters")
    out: float = Field(0.5, ge=0, le=4, title="Spread at which it leaves")
    broken: float = Field(4, gt=0, le=20, title="Spread at which it gives up")
    longest: int = Field(60, ge=1, le=500, title="Bars after which it leaves anyway")
    share: float = Field(0.4, gt=0, le=0.5, title="Share of the account in each of the two")


class PairsTrading(Robot):
    """Sells the spread when it is wide and buys it when it is wide the other way."""

    Parameters = Settings

    @property
    def lookback(self):
        return self.parameters.n

    def on_bar(self, bars, book):
        one, two = self.symbols[:2]
        if bars[one].opened_at[-1] != bars[two].opened_at[-1]:
            return None
        fit = engle_granger(bars[one].close, bars[two].close)
        if book.positions:
            return self.leave(fit.z, book)
        is_wide = self.parameters.into < abs(fit.z) < self.parameters.broken
        if not is_wide or fit.statistic > self.parameters.critical or fit.beta <= 0:
            return None
        money = book.equity * self.parameters.share
        # The larger leg gets the share, the other what the slope of the fit says.
        legs = money / max(fit.beta, 1), money / max(1 / fit.beta, 1)
        qty = [leg // bars[symbol].close[-1] for leg, symbol in zip(legs, (one, two))]
        if min(qty) < 1:
            return None
        if fit.z > 0:
            return [sell(one, qty[0], bars=1), buy(two, qty[1], bars=1)]
        return [buy(one, qty[0], bars=1), sell(two, qty[1], bars=1)]

    def leave(self, z, book):
        held = book.position(self.symbol)
        is_back = abs(z) < self.parameters.out or z * held.qty > 0
        is_over = abs(z) > self.parameters.broken or held.bars_held >= self.parameters.longest
        # One leg alone is no pair: the other was rejected, or is filled later.
        if is_back or is_over or len(book.positions) == 1:
            return [each.close(bars=1) for each in book.positions.values()]
        return None
