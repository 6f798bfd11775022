"""What the market slice gives to others."""

from __future__ import annotations

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
