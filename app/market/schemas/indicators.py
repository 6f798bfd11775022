"""Indicators of a chart: the question with the settings of all kinds, and the answer."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from app.market.schemas.levels import LevelWarmUp
from app.market.schemas.reading import BarsQuery, Timeframe

IndicatorName = Literal["sma", "ema", "rsi", "macd", "bollinger", "atr", "vwap", "volume_profile"]
Source = Literal["open", "high", "low", "close", "hl2", "hlc3", "ohlc4"]


class IndicatorQuery(BarsQuery):
    """Over which bars, and by which settings; a kind takes its own only."""

    period: int | None = Field(default=None, description="Bars; of sma, ema, rsi, bollinger, atr.")
    source: Source | None = Field(default=None, description="Of sma, ema, rsi, macd, bollinger.")
    fast: int | None = Field(default=None, description="Bars; of macd.")
    slow: int | None = Field(default=None, description="Bars; of macd.")
    signal: int | None = Field(default=None, description="Bars; of macd.")
    deviations: float | None = Field(default=None, description="Width; of bollinger.")
    lower: float | None = Field(default=None, description="A line to compare with; of rsi.")
    upper: float | None = Field(default=None, description="A line to compare with; of rsi.")
    bands: int | None = Field(default=None, description="How many on each side; of vwap.")
    rows: int | None = Field(default=None, description="Rows of prices; of volume_profile.")
    value_area: float | None = Field(default=None, description="Share; of volume_profile.")

    def settings(self) -> dict[str, Any]:
        """Return the settings that were sent."""
        names = self.model_fields_set - set(BarsQuery.model_fields)
        return {name: getattr(self, name) for name in sorted(names)}


class IndicatorAnswer(BaseModel):
    """An indicator over the bars of an instrument."""

    symbol: str
    asset_class: str
    timeframe: Timeframe
    is_simulated: bool = Field(description="Whether the prices are invented.")
    kind: IndicatorName
    settings: dict[str, Any] = Field(description="As used, with what was left out.")
    columns: list[str] = Field(
        description=(
            "What the numbers of a row are: opened_at (Unix seconds) and the lines; of "
            "volume_profile low, high and volume."
        ),
        examples=[["opened_at", "value"]],
    )
    rows: list[list[float | None]] = Field(examples=[[[1798727400, 54.2]]])
    lines: dict[str, float] = Field(
        description="Of volume_profile: poc, vah, val and share.", examples=[{}]
    )
    warm_up: LevelWarmUp = Field(
        description="The bars before the first one shown that its value was made of, too."
    )
    reason: str | None = Field(description="Why there is no value at all.", examples=[None])
    code: str | None = Field(description="The same in one word.", examples=[None])
