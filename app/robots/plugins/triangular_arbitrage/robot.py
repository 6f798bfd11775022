"""Three prices of which any two give the third.

Aiba, Hatano, Takayasu and others, "Triangular Arbitrage as an Interaction among Foreign Exchange
Rates", 2002.

An account of a simulation has one currency, so the way round comes as one symbol: BTCEUR/USD is
BTCEUR times EURUSD of the same minute, that is two trades, and the costs count three in all. With
a EURUSD that is not of the same minute, let `mean` take out what is wrong with it.
"""

from pydantic import Field

from app.quant.robot import Parameters, Robot, buy, sell

TRADES = 3


class Settings(Parameters):
    toll_ratio: float = Field(
        0.0005, ge=0, le=0.05, title="Cost of each of the three trades, as a ratio"
    )
    gain: float = Field(0.001, gt=0, le=0.1, title="Gap beyond the costs at which it enters")
    out: float = Field(0, ge=0, le=0.05, title="Gap at which it leaves")
    mean: int = Field(0, ge=0, le=2000, title="Bars whose mean gap counts as none (0: none)")
    longest: int = Field(120, ge=1, le=5000, title="Bars after which it leaves anyway")
    share: float = Field(0.45, gt=0, le=0.5, title="Share of the account in each of the two")


class TriangularArbitrage(Robot):
    """Sells the way that is dear and buys the way that is cheap, until they agree."""

    Parameters = Settings

    @property
    def lookback(self):
        return max(self.parameters.mean, 2)

    def on_bar(self, bars, book):
        direct, around = (bars[symbol] for symbol in self.symbols[:2])
        if direct.opened_at[-1] != around.opened_at[-1]:
            return None
        gap = around.close[-1] / direct.close[-1] - 1 - self.usual(direct, around)
        held = book.position(self.symbol)
        if book.positions:
            is_back = gap * (held.qty or 1) <= self.parameters.out * abs(held.qty)
            is_over = held.bars_held >= self.parameters.longest or len(book.positions) == 1
            return (
                [each.close(bars=1) for each in book.positions.values()]
                if is_back or is_over
                else None
            )
        if abs(gap) <= TRADES * self.parameters.toll_ratio + self.parameters.gain:
            return None
        qty = round(book.equity * self.parameters.share / direct.close[-1], 6)
        cheap, dear = self.symbols[:2] if gap > 0 else self.symbols[1::-1]
        return [buy(cheap, qty, bars=1), sell(dear, qty, bars=1)]

    def usual(self, direct, around):
        """Return the mean gap of the last bars, each with the last price of the other."""
        count = self.parameters.mean
        if not count:
            return 0.0
        pairs = list(zip(direct.close, around.close))[-count:]
        return sum(there / here - 1 for here, there in pairs) / len(pairs)
