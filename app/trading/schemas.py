"""What the trading slice takes in and gives out."""

from __future__ import annotations

from datetime import datetime
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
