"""Going through history bar by bar: what is asked and answered."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.charts.schemas.api import Version
from app.charts.schemas.document import AssetClass, Drawing, Instant, Part, Symbol, Timeframe

COLUMNS = ("opened_at", "open", "high", "low", "close", "volume")


class ReplayIn(Part):
    """Which history."""

    model_config = ConfigDict(populate_by_name=True)

    symbol: Symbol
    asset_class: AssetClass | None = None
    timeframe: Timeframe = "M5"
    from_at: Instant = Field(alias="from", examples=["2026-05-20T13:30:00Z"])
    to_at: Instant | None = Field(default=None, alias="to", examples=["2026-05-21T20:00:00Z"])
    """The end of the newest bar when left out."""

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if self.to_at is not None and self.to_at <= self.from_at:
            raise PydanticCustomError("no_length", "to must be later than from")
        return self


class StepIn(Part):
    """How far to go on."""

    bars: int = Field(default=1, ge=1, le=500)
    """Bars of the replay's timeframe."""
    version: Version | None = None


class ReplayQuery(Part):
    """What is shown of the history that is known at the replay's position."""

    timeframe: Timeframe | None = Field(default=None, description="The replay's when left out.")
    chart_id: int | None = Field(
        default=None,
        ge=1,
        description="A chart of yours: its indicators are computed, its drawings shown in time.",
    )
    count: int = Field(default=500, ge=1, le=5_000, description="So many of the newest bars.")


class Replay(BaseModel):
    """A replay: from when to when, and how far it is."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: int
    symbol: str
    asset_class: str | None
    timeframe: Timeframe
    from_at: datetime
    to_at: datetime
    position: datetime
    """Nothing later than this is told."""
    version: int
    is_over: bool
    created_at: datetime
    changed_at: datetime


class ReplayList(BaseModel):
    """Replays of a member, the one that was used last first."""

    items: list[Replay]


class ReplayLines(BaseModel):
    """An indicator at each of the bars."""

    id: str
    kind: str
    title: str
    lines: dict[str, list[float | None]]


class ReplayState(BaseModel):
    """What is known at a replay's position."""

    model_config = ConfigDict(frozen=True)

    replay: Replay
    timeframe: Timeframe
    columns: tuple[str, ...] = Field(examples=[list(COLUMNS)])
    bars: list[list[float]] = Field(examples=[[[1798727400, 187.2, 187.9, 187.1, 187.6, 120400]]])
    is_last_closed: bool
    """Whether the last bar is whole; else it is made of what has been seen of it."""
    levels: dict[str, float | None] = Field(examples=[{"pdh": 188.4, "vwap": None}])
    indicators: list[ReplayLines]
    drawings: list[Drawing] = Field(examples=[[]])
    """Those of the chart that were there by then, or that were made in a replay of then."""
