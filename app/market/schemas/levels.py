"""Key levels as they are answered."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from app.market.schemas.reading import AssetQuery, Instant, Timeframe


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class LevelsQuery(AssetQuery):
    """Which levels."""

    timeframe: Timeframe = Field(
        default="M5",
        description=(
            "Of the chart: up to H4 the volume profile is of the session before, on D1 of the last "
            "250 days, on W1 and MN of all days. The other levels are the same on every timeframe."
        ),
    )
    at: Instant | None = Field(default=None, description="As they were known then; now by default.")


class LevelBars(_Frozen):
    """The bars that a level came from."""

    timeframe: Timeframe
    first_at: datetime = Field(alias="from", description="When the first of them opened.")
    last_at: datetime = Field(alias="to", description="When the last of them closed.")
    bar_count: int = Field(alias="count", description="How many there are.")
    at: datetime | None = Field(description="Of a high or a low: when its bar opened.")


class LevelWarmUp(_Frozen):
    """How far an indicator with a long past has come in."""

    bars: int = Field(description="So many bars of history there are.")
    wanted: int = Field(description="So many make it independent of where it began.")
    is_done: bool


class Level(_Frozen):
    """A level, or why there is none."""

    price: float | None = Field(examples=[187.6])
    reason: str | None = Field(description="Why there is no price, for people.", examples=[None])
    code: str | None = Field(description="The same in one word.", examples=[None])
    bars: LevelBars | None
    warm_up: LevelWarmUp | None = Field(description="Of atr, ema50w and ema200w.")


class LevelsAnswer(_Frozen):
    """The key levels of an instrument at an instant."""

    symbol: str
    asset_class: str
    venue: str
    currency: str
    timeframe: Timeframe
    at: datetime = Field(description="As of when.")
    session: date = Field(description="The session that is on, else the next one.")
    is_simulated: bool = Field(description="Whether the prices are invented.")
    levels: dict[str, Level] = Field(
        description=(
            "pdh, pdl, pdc (day before), pmh, pml (before the market), pp, r1 to r3, s1 to s3 "
            "(floor pivots), wpp, wr1 to ws3 (of the week before), vwap with vwap_upper1 to "
            "vwap_lower3, atr, orh, orl (opening range), pwh, pwl, pwc (week before), pmoh, pmol, "
            "pmoc (month before), poc, vah, val (volume profile), ema50w, ema200w."
        )
    )
