"""Back to the mean from outside of a band of deviations.

The bands are John Bollinger's, "Bollinger on Bollinger Bands", 2001. The stop is ours: a price
that leaves the band for good has to end somewhere.
"""

from pydantic import Field

from app.quant.indicators import z_score
from app.quant.robot import Parameters, Robot, buy, sell


class Settings(Parameters):
    n: int = Field(20, ge=3, le=400, title="Bars of the mean")
    width: float = Field(2, gt=0, le=6, title="Width of the band in deviations")
    stop: float = Field(0.08, gt=0, lt=1, title="Stop-loss as a share of the entry price")
    short: bool = Field(False, title="Sell short above the band as well")
    share: float = Field(0.9, gt=0, le=1, title="Share of the account per trade")


class BollingerReversion(Robot):
    """Enters outside of the band, leaves at the mean or at the stop."""

    Parameters = Settings

    def indicators(self):
        return {"z": z_score(self.parameters.n)}

    def on_bar(self, bars, book):
        mine, held = bars[self.symbol], book.position(self.symbol)
        z, width = mine["z"][-1], self.parameters.width
        if held.qty:
            return [held.close(bars=1)] if z * held.qty >= 0 else None
        qty = book.equity * self.parameters.share // mine.close[-1]
        stop = {"stop_loss_ratio": self.parameters.stop, "bars": 1}
        if z < -width:
            return [buy(self.symbol, qty, **stop)]
        if self.parameters.short and z > width:
            return [sell(self.symbol, qty, **stop)]
        return None
