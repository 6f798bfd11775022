"""What an analysis knows of the market: one moment of it, with the facts that a text may tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from app.core.citing.facts import Fact
from app.market.schemas.level_names import LEVEL_NAMES

WHOLE, CENTS, SIX = Decimal(1), 2, 6
PERCENT = 100
INDICATORS: dict[str, tuple[str, tuple[str, ...]]] = {
    "atr": ("ATR of the chart", ("chart's ATR",)),
    "fast": ("EMA 20", ("EMA(20)", "20 EMA", "20-bar EMA")),
    "slow": ("EMA 50", ("EMA(50)", "50 EMA", "50-bar EMA")),
    "rsi": ("RSI 14", ("RSI(14)", "RSI")),
    "high": ("highest high of the chart", ("chart's high",)),
    "low": ("lowest low of the chart", ("chart's low",)),
}
"""Each indicator as texts call it; English in every language, as the models write."""


class Moment(NamedTuple):
    """One instrument at one moment, as an analysis sees it."""

    symbol: str
    timeframe: str
    at: datetime
    """When the newest bar that is known closed."""
    price: float
    bars: Sequence[Sequence[float]]
    """Of the chart, the oldest first: opened at (seconds), open, high, low, close, volume."""
    indicators: Mapping[str, float | None]
    """By the names of INDICATORS."""
    levels: Mapping[str, float]
    """Those key levels that there are, by name."""
    digits: int
    """Of the prices as they are shown."""
    is_simulated: bool = False

    @property
    def atr(self) -> float:
        """The average true range of the chart's bars; the height of the last ones where too few."""
        known = self.indicators.get("atr")
        if known:
            return known
        heights = [row[2] - row[3] for row in self.bars[-14:]]
        return max(sum(heights) / len(heights) if heights else 0.0, self.price / 10_000)


def digits_of(price: float) -> int:
    """Return how many decimals the prices of an instrument are told with."""
    return CENTS if price >= 1 else SIX


def rounded(value: float, digits: int) -> Decimal:
    """Return a price as it is told."""
    return round(Decimal(repr(value)), digits)


def facts_of(moment: Moment) -> list[Fact]:
    """Return what is known of a moment, each figure once."""
    stamp = f"as of {moment.at:%Y-%m-%d %H:%M} UTC"
    bars = f"{len(moment.bars)} bars of {moment.symbol}, {moment.timeframe}, {stamp}"
    levels = f"Levels of {moment.symbol}, {stamp}"
    link = f"desk?symbol={moment.symbol}&timeframe={moment.timeframe}"

    def fact(key: str, names: tuple[str, tuple[str, ...]], value: float, source: str) -> Fact:
        unit = "ratio" if key == "rsi" else "price"
        shown = rounded(value, 1 if key == "rsi" else moment.digits)
        return Fact(key, names[0], shown, unit, moment.symbol, names[1], source, link)

    found = [fact("price", ("price", ("last price", "close")), moment.price, bars)]
    found += [
        fact(key, names, value, bars)
        for key, names in INDICATORS.items()
        if (value := moment.indicators.get(key)) is not None
    ]
    found += [
        fact(f"level.{key}", LEVEL_NAMES[key], value, levels)
        for key, value in moment.levels.items()
        if key in LEVEL_NAMES
    ]
    return found


def told(moment: Moment, facts: Sequence[Fact]) -> dict[str, object]:
    """Return what a model is told of a moment."""
    return {
        "symbol": moment.symbol,
        "timeframe": moment.timeframe,
        "as_of": moment.at.isoformat(),
        "prices_are_simulated": moment.is_simulated,
        "facts": [one.told() for one in facts],
        "bars": {
            "columns": ["opened_at_seconds", "open", "high", "low", "close", "volume"],
            "rows": [
                [int(row[0]), *(float(rounded(each, moment.digits)) for each in row[1:5]), row[5]]
                for row in moment.bars
            ],
        },
    }
