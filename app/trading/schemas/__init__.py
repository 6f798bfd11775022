"""What the trading slice takes in and gives out."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

# Printable and without blanks: what brokers give out, and no line that could end a header.
Key = Annotated[SecretStr, Field(min_length=8, max_length=512)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")
]  # fmt: skip


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BrokerAccountIn(_Strict):
    """A member's account at a broker, with the keys that the broker gave out for it."""

    broker: Literal["alpaca", "robinhood"]
    name: Name
    api_key: Key
    secret_key: Key
    account_type: Literal["paper", "live"]


class BrokerAccountChange(_Strict):
    """Whether an account may be used."""

    is_active: bool = Field(strict=True)


class BrokerAccountOut(BaseModel):
    """An account at a broker as its owner sees it: of the keys the last four characters."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: int
    broker: str
    name: str
    key_hint: str
    account_type: str
    is_active: bool
    created_at: datetime
    updated_at: datetime


class BrokerAccountList(BaseModel):
    """A member's accounts at brokers."""

    items: list[BrokerAccountOut]


Price = Annotated[Decimal, Field(gt=0, lt=10**9, decimal_places=8, allow_inf_nan=False)]


class PositionIn(BaseModel):
    """A position that a member writes down: how much of what was bought or sold, at which price."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    symbol: Annotated[
        str, StringConstraints(pattern=r"^\^?[A-Za-z0-9][A-Za-z0-9./:-]{0,19}$", to_upper=True)
    ]
    """The shares, or what an option is on."""
    right: Literal["call", "put", "shares"]
    strike: Price | None = None
    expiry: date | None = None
    side: Literal["buy", "sell"] = "buy"
    qty: Annotated[Decimal, Field(gt=0, lt=10**7, decimal_places=8, allow_inf_nan=False)]
    """Contracts or shares."""
    price: Price
    """What one share, or an option on one share, was bought or sold at."""
    opened_on: date


class NotedPosition(BaseModel):
    """A fill that a member wrote down, as it can be changed."""

    model_config = ConfigDict(frozen=True)

    key: str
    symbol: str
    right: Literal["call", "put", "shares"]
    strike: Decimal | None
    expiry: date | None
    side: str
    qty: Decimal
    price: Decimal
    opened_on: date
