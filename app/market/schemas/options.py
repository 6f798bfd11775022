"""Questions for option chains and positions of several legs, and the answers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, model_validator

from app.core.i18n import gettext

Right = Literal["C", "P"]
Figure = float | None
MOST_LEGS = 12
MOST_DAYS = 1_100
MOST_MONEY = 10**9
Strike = Annotated[Decimal, Field(gt=0, le=MOST_MONEY, allow_inf_nan=False)]
Quoted = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
"""Exact within the service; a JSON number as all prices of the market are."""
Price = Annotated[Decimal, Field(ge=0, le=MOST_MONEY, allow_inf_nan=False)]


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Inputs(_Asked):
    """Which chain, and what is assumed where it does not tell by itself."""

    at: AwareDatetime | None = Field(
        default=None, description="The chain that was newest at this instant; without it, now."
    )
    rate: float | None = Field(
        default=None,
        ge=-0.1,
        le=0.5,
        examples=[0.04],
        description="Interest a year; by default what European options imply, else RISK_FREE_RATE.",
    )
    dividend_yield: float | None = Field(
        default=None,
        ge=-0.1,
        le=0.5,
        examples=[0.01],
        description="Dividends a year; by default what calls and puts imply, else 0.",
    )


class CurvesQuery(Inputs):
    """Which expiry's smile and deltas."""

    expiry: date | None = Field(default=None, description="The nearest by default.")


class ChainQuery(Inputs):
    """Which contracts, and whose Greeks."""

    expiry: date | None = Field(default=None, description="Contracts of this date alone.")
    strike_from: Strike | None = Field(default=None, description="Strikes from here on.")
    strike_to: Strike | None = Field(default=None, description="Strikes up to here.")
    greeks: Literal["published", "computed"] = Field(
        default="published",
        description="Published ones where there are some, or ours for every contract.",
    )

    @model_validator(mode="after")
    def _strikes_in_order(self) -> ChainQuery:
        if self.strike_from and self.strike_to and self.strike_to < self.strike_from:
            raise ValueError(gettext("strike_to lies below strike_from"))
        return self


class ExpiryAnswer(BaseModel):
    """One expiry of a chain."""

    expiry: date
    days: float = Field(description="Until the contracts settle, with hours.", examples=[17.25])
    settles: Literal["open", "close"] = Field(
        description="At which prices of its last day it settles: AM or PM."
    )
    forward: Figure = Field(description="The price that calls and puts imply for that day.")
    rate: float = Field(description="Interest a year.", examples=[0.041])
    dividend_yield: float = Field(description="Dividends a year that the forward implies.")
    pairs: int = Field(description="How many pairs told the forward; 0: it is assumed.")
    volatility: Figure = Field(description="Implied, at the forward.", examples=[0.182])
    contracts: int
    faulty: int = Field(description="Quotes that are left out of what is computed from many.")


class QuoteAnswer(BaseModel):
    """One contract; per unit of the underlying. Null: no answer."""

    symbol: str | None = Field(description="Its name.", examples=["AAPL260116C00250000"])
    expiry: date
    strike: Quoted
    right: Right
    bid: Quoted | None
    ask: Quoted | None
    last: Quoted | None = Field(description="The last trade or the close.")
    middle: Figure = Field(description="What it is about worth; null where the quote is dead.")
    volume: int | None
    open_interest: int | None
    implied_volatility: Figure = Field(description="A year: 0.2 is 20 %.")
    delta: Figure
    gamma: Figure
    theta: Figure = Field(description="A calendar day.")
    vega: Figure = Field(description="A point (0.01) of volatility.")
    rho: Figure = Field(description="A point (0.01) of interest.")
    greeks_from: Literal["published", "quote", "smile"] | None = Field(
        description="Published, computed from its quote, or from its neighbours' volatility."
    )
    moneyness: Literal["in", "at", "out"] = Field(description="Of the money.")
    faults: list[str] = Field(description="What is wrong with the quote; see `fault_texts`.")


class ChainAnswer(BaseModel):
    """The options of an underlying as they were quoted at one instant."""

    underlying: str = Field(description="Of an index the root of the contracts: SPX or SPXW.")
    other_roots: list[str] = Field(
        description="Roots of other contracts on the same index that have a chain of their own."
    )
    currency: str
    multiplier: Quoted = Field(description="Units of the underlying in a contract.")
    style: Literal["american", "european"]
    source: str = Field(description="Who reported it: csv, alpaca, massive, simulated.")
    is_simulated: bool = Field(description="Whether the quotes are invented.")
    as_of: datetime
    session: date
    age_seconds: int = Field(description="How old the quotes are.")
    price: Figure = Field(description="The underlying's.")
    is_price_implied: bool = Field(description="Whether calls and puts told it.")
    left_out: int = Field(description="Faulty quotes of the whole chain; shown, not learned from.")
    fault_texts: dict[str, str] = Field(description="What the faults of these quotes mean.")
    expiries: list[ExpiryAnswer]
    quotes: list[QuoteAnswer]


class SmilePoint(BaseModel):
    """Volatility at a strike."""

    strike: Quoted
    log_moneyness: float = Field(description="ln(strike / forward).")
    volatility: float
    right: Right = Field(description="The side that is out of the money told it.")


class DeltaPoint(BaseModel):
    """Delta of call and put at a strike."""

    strike: Quoted
    call: Figure
    put: Figure


class CurvesAnswer(BaseModel):
    """Smile, deltas and term structure of a chain, from good quotes alone."""

    underlying: str
    is_simulated: bool
    as_of: datetime
    expiry: date
    forward: Figure
    smile: list[SmilePoint]
    deltas: list[DeltaPoint]
    term_structure: list[ExpiryAnswer]


class LegIn(_Asked):
    """One leg of a position."""

    kind: Literal["call", "put", "stock"]
    quantity: int = Field(ge=-100_000, le=100_000, description="Below zero: short.", examples=[-1])
    strike: Strike | None = Field(default=None, description="Of an option, as the chain has it.")
    expiry: date | None = Field(default=None, description="Of an option, as the chain has it.")
    price: Price | None = Field(
        default=None, description="What it was opened at; the middle of the quote otherwise."
    )

    @model_validator(mode="after")
    def _fits_its_kind(self) -> LegIn:
        if not self.quantity:
            raise ValueError(gettext("quantity must not be zero"))
        if self.kind != "stock" and (self.strike is None or self.expiry is None):
            raise ValueError(gettext("an option needs strike and expiry"))
        if self.kind == "stock" and (self.strike is not None or self.expiry is not None):
            raise ValueError(gettext("stock has neither strike nor expiry"))
        return self


class WhatIf(_Asked):
    """Another day and another market."""

    price: Price | None = Field(default=None, description="Of the underlying; as it is otherwise.")
    days: float = Field(default=0, ge=0, le=MOST_DAYS, description="So many days later.")
    points: float = Field(
        default=0, ge=-300, le=300, description="Points of volatility more on each leg: 5 is 5 %."
    )


class AnalysisIn(Inputs):
    """A position of options on one underlying."""

    underlying: str = Field(min_length=1, max_length=40, examples=["AAPL"])
    legs: list[LegIn] = Field(min_length=1, max_length=MOST_LEGS)
    what_if: WhatIf | None = None
    project_days: list[Annotated[float, Field(ge=0, le=MOST_DAYS)]] = Field(
        default=[], max_length=24, description="Days from now on which Greeks are told too."
    )


class PositionGreeks(BaseModel):
    """Worth and Greeks of the whole position, in money. Null: a leg has no volatility."""

    worth: Figure
    delta: Figure
    gamma: Figure
    theta: Figure
    vega: Figure
    rho: Figure


class LegAnswer(BaseModel):
    """A leg as it was reckoned with."""

    kind: Literal["call", "put", "stock"]
    quantity: int
    strike: Quoted | None
    expiry: date | None
    price: float
    implied_volatility: Figure
    greeks: PositionGreeks


class Limit(BaseModel):
    """The most that can be won or lost at expiry."""

    amount: Figure = Field(description="Null where it is unlimited.")
    is_unlimited: bool


class WhatIfAnswer(BaseModel):
    """The position under another market."""

    price: float
    profit: Figure
    greeks: PositionGreeks


class ProjectionPoint(BaseModel):
    """The position on a later day, with price and volatility as they are."""

    days: float
    greeks: PositionGreeks


class AnalysisAnswer(BaseModel):
    """What a position pays, risks and becomes; money in the underlying's currency."""

    underlying: str
    currency: str
    is_simulated: bool
    as_of: datetime
    price: float
    first_expiry: date | None
    cost: float = Field(description="Below zero: a credit.")
    legs: list[LegAnswer]
    greeks: PositionGreeks
    breakevens: list[float]
    max_gain: Limit
    max_loss: Limit
    probability_of_profit: Figure = Field(
        description="The market's, not a forecast: see docs/metrics.md."
    )
    columns: tuple[str, ...] = ("price", "at_expiry", "now")
    curve: list[Annotated[list[Figure], Field(min_length=3, max_length=3)]] = Field(
        description="Profit by price of the underlying.", examples=[[[90.0, -310.0, -120.5]]]
    )
    what_if: WhatIfAnswer | None = None
    projection: list[ProjectionPoint] = []
