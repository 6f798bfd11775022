"""Questions for bars, prices and the hours of a market, and the answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from app.core.i18n import gettext
from app.core.types import EPOCH

Timeframe = Literal["M1", "M5", "M15", "H1", "H4", "D1", "W1", "MN"]
AssetClass = Literal["equity", "option", "future", "forex", "crypto", "index"]
VenueName = Literal["XNYS", "CMES", "24/7"]
PriceState = Literal["live", "delayed", "closed", "stale"]
MarketState = Literal["pre_market", "open", "after_hours", "closed"]
LARGEST_COUNT = 20_000
USUAL_COUNT = 500
BAR_COLUMNS = ("opened_at", "open", "high", "low", "close", "volume")


def _since_1970(at: datetime) -> datetime:
    if at < EPOCH:
        message = gettext("must not lie before 1970")
        raise ValueError(message)
    return at


Instant = Annotated[AwareDatetime, AfterValidator(_since_1970)]
"""An instant of which there may be bars."""


class AssetQuery(BaseModel):
    """Which of the instruments of a symbol."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asset_class: AssetClass | None = Field(
        default=None, description="Where one symbol means several; by its form otherwise."
    )


class BarsQuery(AssetQuery):
    """Which bars."""

    timeframe: Timeframe = Field(default="M5", description="How long a bar is.")
    start: Instant | None = Field(default=None, description="Bars open from here on.")
    end: Instant | None = Field(default=None, description="Bars open before this.")
    count: int | None = Field(
        default=None,
        ge=1,
        le=LARGEST_COUNT,
        description=f"The newest so many; {USUAL_COUNT}, or {LARGEST_COUNT} with a start.",
    )
    extended: bool = Field(
        default=True, description="With the hours before and after the market, up to H4."
    )
    adjust: bool = Field(default=True, description="Work splits into the bars before them.")


class BarsAnswer(BaseModel):
    """Bars of an instrument, in order of time."""

    symbol: str
    asset_class: str
    venue: str
    currency: str
    timeframe: Timeframe
    source: str | None = Field(
        description="Who reported the newest bar: csv, alpaca, massive, simulated.",
        examples=["alpaca"],
    )
    is_simulated: bool = Field(description="Whether the prices are invented.")
    as_of: datetime | None = Field(description="Until when the bars tell; null without any.")
    delay_seconds: int | None = Field(
        description="How far that is behind the present; null while the market is closed."
    )
    columns: tuple[str, ...] = Field(
        description="What the numbers of a bar are; opened_at in Unix seconds.",
        examples=[list(BAR_COLUMNS)],
    )
    bars: list[Annotated[list[float], Field(min_length=6, max_length=6)]] = Field(
        examples=[[[1798727400, 187.2, 187.9, 187.1, 187.6, 120400]]]
    )
    is_last_closed: bool = Field(
        description="Whether the last bar has closed; until then it changes."
    )


class PriceAnswer(BaseModel):
    """The newest price of an instrument."""

    model_config = ConfigDict(frozen=True)

    symbol: str
    asset_class: str
    venue: str
    currency: str
    price: float = Field(description="The newest known one.", examples=[187.6])
    at: datetime = Field(description="Of when it is.")
    age_seconds: int = Field(description="How old it is.")
    state: PriceState = Field(
        description=(
            "live: at most 90 seconds old; delayed: at most 20 minutes; stale: older though the "
            "market trades; closed: the market does not trade."
        )
    )
    source: str | None = Field(description="Who reported it.", examples=["alpaca"])
    is_simulated: bool = Field(description="Whether it is invented.")


class StatusQuery(BaseModel):
    """Which market."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    venue: VenueName = Field(
        default="XNYS", description="XNYS (US equities), CMES (futures) or 24/7 (around the clock)."
    )


class StatusAnswer(BaseModel):
    """Whether a market trades."""

    model_config = ConfigDict(frozen=True)

    venue: VenueName
    state: MarketState = Field(description="What it is now.")
    at: datetime = Field(description="Of when this is.")
    next_state: MarketState | None = Field(description="What it is next; null: it never changes.")
    next_change_at: datetime | None = Field(description="When that is.")
    session: date | None = Field(description="The session that is on, else the next one.")
    opens_at: datetime | None = Field(description="When its regular hours begin.")
    closes_at: datetime | None = Field(description="When they end.")
    is_half_day: bool = Field(description="Whether it is shorter than usual.")
