"""A member's open positions and what they are worth, risk and would become: asked and told."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.market.schemas.options import Limit

BookKind = Literal["live", "paper", "journal", "copy"]
KINDS: tuple[BookKind, ...] = ("live", "journal", "copy", "paper")
"""In the order in which they are shown where none is asked for."""
Figure = float | None


class PortfolioQuery(BaseModel):
    """Whose positions: those of one kind of account, never mixed, or of one account."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: BookKind | None = Field(
        default=None,
        description="Without it: the first of live, journal, copy, paper that holds any.",
    )
    account_id: int | None = Field(default=None, ge=1, le=2**31 - 1)


def _is_number(given: object) -> object:
    """Refuse true and false, which pydantic would take for 1 and 0."""
    if isinstance(given, bool):
        raise PydanticCustomError("number", "Input should be a valid number")
    return given


Number = Annotated[float, BeforeValidator(_is_number)]


class WhatIfIn(PortfolioQuery):
    """Another market and another day."""

    underlying: str | None = Field(default=None, max_length=40, description="This one alone.")
    move: Number = Field(
        default=0, ge=-99, le=500, allow_inf_nan=False, description="Percent that prices move by."
    )
    points: Number = Field(
        default=0, ge=-300, le=300, allow_inf_nan=False, description="Points of volatility more."
    )
    days: Number = Field(
        default=0, ge=0, le=1100, allow_inf_nan=False, description="So many days later."
    )


class Net(BaseModel):
    """How money moves. Null: no answer, because of what is left out."""

    model_config = ConfigDict(frozen=True)

    delta: Figure = Field(description="Shares that move as the positions do.")
    delta_money: Figure = Field(description="Delta at the price: money moved by, times 100 %.")
    gamma: Figure = Field(description="Change of delta when the price moves by 1.")
    gamma_money: Figure = Field(description="Change of delta_money when the price moves by 1 %.")
    theta: Figure = Field(description="Money a calendar day.")
    vega: Figure = Field(description="Money a point of volatility.")
    rho: Figure = Field(description="Money a point of interest.")


class Position(BaseModel):
    """What an account holds of one instrument, valued at the newest quote."""

    model_config = ConfigDict(frozen=True)

    account_id: int
    account: str
    kind: str
    is_simulated: bool
    symbol: str
    underlying: str
    right: Literal["call", "put", "shares", "other"]
    strike: Decimal | None
    expiry: date | None
    days: Figure = Field(description="Until it settles.")
    qty: Decimal = Field(description="Below zero: short.")
    multiplier: Decimal
    currency: str
    entry_price: Decimal
    entry_at: datetime
    price: Figure = Field(description="The middle of the quote, or the newest price.")
    volatility: Figure
    value: Figure
    pnl: Figure = Field(description="Value less what was paid, fees left out.")
    greeks: Net | None
    notes: list[str] = Field(description="Why there is no answer, or why it may be off.")


class Combination(BaseModel):
    """The legs of one underlying that end together, with shares where they cover."""

    model_config = ConfigDict(frozen=True)

    expiry: date | None
    structure: str
    name: str
    legs: int


class Risk(BaseModel):
    """At the first expiry, with what it cost taken off."""

    model_config = ConfigDict(frozen=True)

    first_expiry: date | None
    max_loss: Limit
    max_gain: Limit
    breakevens: list[float]
    probability_of_profit: Figure = Field(description="The market's, not a forecast.")


class Underlying(BaseModel):
    """All positions on one underlying."""

    model_config = ConfigDict(frozen=True)

    symbol: str
    currency: str
    price: Figure
    as_of: datetime | None
    is_simulated: bool
    positions: list[Position]
    combinations: list[Combination]
    cost: float
    value: Figure
    pnl: Figure
    net: Net
    risk: Risk | None = Field(description="Null where a leg has no answer; see `notes`.")
    notes: list[str]


class Total(BaseModel):
    """All positions in one currency. What has no answer is left out, and counted."""

    model_config = ConfigDict(frozen=True)

    currency: str
    positions: int
    left_out: int = Field(description="Positions without a value or Greeks.")
    value: Figure = Field(description="Null: no position has an answer.")
    cost: Figure
    pnl: Figure
    net: Net


class Portfolio(BaseModel):
    """A member's open positions of one kind of account."""

    model_config = ConfigDict(frozen=True)

    kind: str | None = Field(description="Null where nothing is held.")
    kinds: list[str] = Field(description="Kinds of accounts that hold something.")
    is_simulated: bool
    underlyings: list[Underlying]
    totals: list[Total]


class UnderlyingNet(BaseModel):
    """One underlying's net Greeks."""

    symbol: str
    currency: str
    net: Net


class NetGreeks(BaseModel):
    """Net Greeks alone."""

    kind: str | None
    totals: list[Total]
    by_underlying: list[UnderlyingNet]


class WhatIfUnderlying(BaseModel):
    """One underlying under another market."""

    symbol: str
    currency: str
    price: Figure
    price_then: Figure
    value: Figure
    value_then: Figure
    change: Figure
    net: Net


class WhatIfTotal(BaseModel):
    """All of one currency under another market; what has no answer is left out."""

    currency: str
    change: Figure = Field(description="Null: none of them has an answer.")
    counted: int
    left_out: int


class WhatIfAnswer(BaseModel):
    """The positions under another market."""

    kind: str | None
    underlyings: list[WhatIfUnderlying]
    totals: list[WhatIfTotal]
