"""What the market slice gives to others."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict


class Instrument(BaseModel):
    """Something that can be traded, at one venue."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: int
    symbol: str
    asset_class: str
    multiplier: Decimal
    currency: str
    venue: str
    is_assumed: bool


class StoreResult(BaseModel):
    """What became of bars that were given to be kept."""

    model_config = ConfigDict(frozen=True)

    created: int = 0
    same: int = 0
    """Already there, and left as they are."""
    corrected: int = 0


class Series(BaseModel):
    """The kept bars of one instrument and timeframe."""

    model_config = ConfigDict(frozen=True)

    symbol: str
    asset_class: str
    venue: str
    timeframe: str
    first_at: datetime | None
    newest_at: datetime | None
    bar_count: int
    correction_count: int
