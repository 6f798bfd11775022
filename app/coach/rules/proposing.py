"""What an answer would have a chart show: data, until the member applies it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.charts.schemas import (
    AddAnalysisNote,
    AddIndicator,
    DrawFibonacci,
    DrawSupportResistance,
    DrawTrendline,
    LevelName,
    Timeframe,
)

MOST_DRAWN = 20
Drawn = Annotated[
    DrawSupportResistance | DrawTrendline | DrawFibonacci | AddAnalysisNote | AddIndicator,
    Field(discriminator="kind"),
]
"""What the coach may propose. No price target: it predicts nothing."""


class ChartProposal(BaseModel):
    """What an answer would have a chart show."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["show", "draw"]
    """show: open the chart in the panel; draw: put drawings on it once the member says so."""
    symbol: str = Field(min_length=1, max_length=40)
    timeframe: Timeframe | None = None
    """None: as the chart is."""
    levels: tuple[LevelName, ...] = Field(default=(), max_length=20)
    """Levels to make stand out."""
    operations: tuple[Drawn, ...] = Field(default=(), max_length=MOST_DRAWN)


def read_proposals(given: Any) -> tuple[ChartProposal, ...]:
    """Return proposals as they were kept with an answer."""
    return tuple(ChartProposal.model_validate(one) for one in given or ())


def kept(proposals: Iterable[ChartProposal]) -> list[dict[str, Any]]:
    """Return proposals as they are kept with an answer."""
    return [one.model_dump(mode="json", exclude_none=True) for one in proposals]
