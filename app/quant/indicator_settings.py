"""What each indicator is told: its settings, their ranges and what they are when left out."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

Source = Literal["open", "high", "low", "close", "hl2", "hlc3", "ohlc4"]
LONGEST = 500
"""Bars that one indicator may look back."""


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Average(_Settings):
    """A moving average, simple or exponential."""

    period: int = Field(default=20, ge=1, le=LONGEST)
    source: Source = "close"


class Rsi(_Settings):
    """Relative strength, by Wilder."""

    period: int = Field(default=14, ge=2, le=LONGEST)
    source: Source = "close"
    lower: float = Field(default=30, ge=0, le=50)
    upper: float = Field(default=70, ge=50, le=100)


class Macd(_Settings):
    """The difference of two exponential averages, and an average of that."""

    fast: int = Field(default=12, ge=1, le=LONGEST)
    slow: int = Field(default=26, ge=2, le=LONGEST)
    signal: int = Field(default=9, ge=1, le=LONGEST)
    source: Source = "close"

    @model_validator(mode="after")
    def _fast_is_faster(self) -> Self:
        if self.fast >= self.slow:
            raise PydanticCustomError(
                "fast_not_below_slow",
                "fast ({fast}) must be below slow ({slow})",
                {"fast": self.fast, "slow": self.slow},
            )
        return self


class Bollinger(_Settings):
    """A simple average, with bands of so many standard deviations around it."""

    period: int = Field(default=20, ge=2, le=LONGEST)
    deviations: float = Field(default=2, gt=0, le=10)
    source: Source = "close"


class Atr(_Settings):
    """Average true range, by Wilder."""

    period: int = Field(default=14, ge=1, le=LONGEST)


class Vwap(_Settings):
    """The price weighted by volume since the opening, and bands around it."""

    bands: int = Field(default=0, ge=0, le=3)
    """So many bands on each side, one standard deviation apart."""


class VolumeProfile(_Settings):
    """Volume by price over the bars that are shown."""

    rows: int = Field(default=24, ge=5, le=200)
    value_area: float = Field(default=0.7, ge=0.1, le=0.95)
    """Which share of the volume the value area holds."""


MODELS: dict[str, type[_Settings]] = {
    "sma": Average,
    "ema": Average,
    "rsi": Rsi,
    "macd": Macd,
    "bollinger": Bollinger,
    "atr": Atr,
    "vwap": Vwap,
    "volume_profile": VolumeProfile,
}
OWN_PANE = ("rsi", "macd", "atr")
"""Indicators that have no price and are drawn below the chart."""


def read(kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return an indicator's settings, with what was left out as it then is.

    Raises:
        pydantic.ValidationError: a setting is unknown or out of its range.
        KeyError: there is no such indicator.
    """
    return MODELS[kind].model_validate(settings).model_dump()
