"""Chance alone, as the measure of everything else.

White, "A Reality Check for Data Snooping", 2000, is why it is here. Its coin grows out of its seed
and the bar, so it decides alike in a backtest, on paper and after a restart.
"""

import random

from pydantic import Field

from app.quant.robot import Parameters, Robot, buy


class Settings(Parameters):
    seed: int = Field(1, ge=0, le=1_000_000, title="Seed of the coin")
    chance: float = Field(0.1, gt=0, le=1, title="Chance to trade at a bar")
    share: float = Field(0.9, gt=0, le=1, title="Share of the account per trade")


class RandomNull(Robot):
    """Buys and sells by a coin."""

    Parameters = Settings

    def on_bar(self, bars, book):
        mine, held = bars[self.symbol], book.position(self.symbol)
        coin = random.Random(f"{self.parameters.seed} {self.symbol} {mine.opened_at[-1]}")
        if coin.random() >= self.parameters.chance:
            return None
        if held.qty:
            return [held.close(bars=1)]
        return [buy(self.symbol, book.equity * self.parameters.share // mine.close[-1], bars=1)]
