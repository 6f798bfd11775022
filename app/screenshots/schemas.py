"""What is read from a picture of positions, whoever reads it: a model or the offline reader."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")
Broker = Literal["tastytrade", "thinkorswim", "interactive_brokers", "robinhood", "webull"]
Right = Literal["call", "put", "shares"]
Unreadable = Literal["no_picture", "too_small", "too_large", "blank", "no_text", "no_positions"]


class Seen(BaseModel, Generic[T]):
    """One field as it was read."""

    model_config = ConfigDict(frozen=True)

    value: T | None = Field(default=None, description="Null: not to be seen.")
    confidence: float = Field(default=0, ge=0, le=1, description="0: a guess; 1: plainly legible.")


class Band(BaseModel):
    """Where in a picture something stands, as shares of its height."""

    model_config = ConfigDict(frozen=True)

    top: float = Field(ge=0, le=1)
    bottom: float = Field(ge=0, le=1)


class SeenPosition(BaseModel):
    """One position, or one leg of a spread."""

    model_config = ConfigDict(frozen=True)

    ticker: Seen[str] = Field(description="The underlying's symbol.")
    right: Seen[Right]
    strike: Seen[Decimal] = Field(default=Seen[Decimal](), description="Null for shares.")
    expiry: Seen[date] = Field(default=Seen[date](), description="Null for shares.")
    quantity: Seen[Decimal] = Field(description="Contracts or shares; below zero: sold.")
    entry_price: Seen[Decimal] = Field(
        default=Seen[Decimal](), description="Paid or taken for one share."
    )
    current_price: Seen[Decimal] = Field(default=Seen[Decimal](), description="Of one share.")
    spread: int | None = Field(
        default=None, description="Legs with the same number belong to one spread."
    )
    band: Band | None = Field(
        default=None, description="Where it stands, from 0 at the top to 1. Null: not known."
    )


class Reading(BaseModel):
    """All that a picture shows."""

    model_config = ConfigDict(frozen=True)

    broker: Seen[Broker] = Seen[Broker]()
    positions: tuple[SeenPosition, ...] = ()
    reason: Unreadable | None = Field(default=None, description="Why there are no positions.")
