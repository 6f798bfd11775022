"""Analyses as they are shown and answered."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.charts.schemas import Operation, Symbol, Timeframe

Bias = Literal["long", "short", "neutral"]
State = Literal["waiting", "writing", "done", "failed", "stopped"]
Result = Literal["open", "target", "stop", "time", "not_entered", "no_data", "none"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Source(_Frozen):
    """A fact that a reasoning cites."""

    id: str
    label: str
    value: str
    unit: str
    symbol: str
    source: str
    link: str


class Piece(_Frozen):
    """A stretch of a reasoning, and the number of the source that it cites; 0 for plain text."""

    text: str
    source: int = 0


class AnalysisView(_Frozen):
    """One analysis: what was proposed, by whom, and what became of it."""

    id: int
    chart_id: int | None
    chart_version: int = Field(description="The version that was looked at; 0: none was kept.")
    symbol: str
    timeframe: str
    is_simulated: bool = Field(description="Whether the prices are invented.")
    state: State
    reason: str = Field(description="Why there is no proposal, in one word.")
    asked_at: datetime
    ended_at: datetime | None
    model: str = Field(description='"offline": no model was used, but plain rules.')
    is_offline: bool
    prompt: str
    is_from_cache: bool = Field(description="Whether the same had been asked just before.")
    price: Decimal | None = Field(description="Of the market when it was made.")
    priced_at: datetime | None
    bias: Bias | None
    entry: Decimal | None
    target: Decimal | None
    stop: Decimal | None
    reward_to_risk: Decimal | None = Field(description="After assumed costs of 0.02 % a side.")
    confidence: Decimal | None = Field(
        description="0 to 1: how likely the target is said to be reached before stop and time."
    )
    horizon_bars: int | None
    ends_at: datetime | None
    reasoning: str
    pieces: list[Piece] = Field(description="The reasoning with the sources of its numbers.")
    sources: list[Source]
    removed_count: int = Field(description="Sentences left out: their numbers are not proven.")
    drawings: list[Operation] = Field(description="Operations of charts that draw it.")
    dropped_count: int = Field(description="Drawings that no chart could take.")
    applied_version: int | None = Field(description="The chart's version that has the drawings.")
    is_dismissed: bool
    result: Result = Field(description="none: there is nothing to follow.")
    result_at: datetime | None
    risk_multiple: Decimal | None = Field(
        description="Won in units of what was risked, after costs."
    )
    account_id: int | None = Field(description="The account of the ledger that holds it.")
    doing: str = ""
    """What is done at the moment, while it is still to come."""
    ahead: int | None = Field(
        default=None, description="Jobs that wait before it; null once it does not wait."
    )

    @property
    def is_open(self) -> bool:
        """Whether a proposal is still to come."""
        return self.state in {"waiting", "writing"}


class AnalysisList(BaseModel):
    """Analyses, the newest first."""

    items: list[AnalysisView]
    next_before: int | None = Field(description="Give it as `before` for older ones.")


class AnalysisQuery(BaseModel):
    """Which analyses are listed."""

    model_config = ConfigDict(extra="forbid")

    symbol: Symbol | None = Field(default=None, description="Only analyses of this symbol.")
    text: str = Field(default="", max_length=100, description="Stands in the reasoning.")
    before: int | None = Field(
        default=None, ge=1, le=2**62, description="Only those with a smaller id."
    )
    limit: int = Field(default=20, ge=1, le=100)


class AnalysisIn(BaseModel):
    """What is to be analysed: a chart of yours, or a symbol."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"symbol": "AAPL", "timeframe": "M15"}]}
    )

    chart_id: int | None = Field(default=None, ge=1, le=2**31 - 1, examples=[None])
    symbol: Symbol | None = Field(default=None, examples=["AAPL"])
    timeframe: Timeframe | None = Field(default=None, examples=["M15"])
    key: str = Field(
        default="", max_length=40, description="The same key asks once.", examples=["morning-1"]
    )


# --- How they did ---


class CalibrationBin(_Frozen):
    """Predictions of about the same confidence."""

    low: float
    high: float
    n: int
    hits: int
    said: float = Field(description="Their mean confidence.")
    came: float = Field(description="The share that reached its target.")
    interval_low: float = Field(description="Of that share, 95 %, by Wilson.")
    interval_high: float


class Calibration(_Frozen):
    """How one model with one version of its prompt did."""

    model: str
    is_offline: bool
    prompt: str
    is_simulated: bool = Field(description="Whether the prices were invented.")
    n: int = Field(description="Predictions that were entered and are over.")
    not_entered: int
    hits: int
    brier: float | None = Field(description="Lower is better; 0.25 is always saying one half.")
    expectancy: float | None = Field(description="Mean result in units of risk, after costs.")
    expectancy_low: float | None = Field(description="Of its 95 % interval.")
    expectancy_high: float | None
    bins: list[CalibrationBin]


class CalibrationAnswer(BaseModel):
    """How analyses did, by model, version of the prompt and kind of market."""

    of: Literal["own", "all"]
    items: list[Calibration]


class CalibrationQuery(BaseModel):
    """Whose analyses."""

    model_config = ConfigDict(extra="forbid")

    of: Literal["own", "all"] = Field(default="own", description="all: every member's, no names.")
