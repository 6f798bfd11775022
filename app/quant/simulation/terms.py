"""What a simulation is told and what it gives back."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from app.quant.robot import OrderKind, Side


class Costs(BaseModel):
    """What trading costs; all zero unless said. Ratios are shares of the traded value."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    commission_per_order: float = Field(default=0, ge=0)
    commission_per_unit: float = Field(default=0, ge=0)
    commission_ratio: float = Field(default=0, ge=0, lt=1)
    spread_ratio: float = Field(default=0, ge=0, lt=1)
    """The whole spread as a share of the price; each fill pays half of it."""
    slippage_ratio: float = Field(default=0, ge=0, lt=1)
    volume_share: float = Field(default=1, gt=0, le=1)
    """The largest share of a bar's volume that is filled; 1 means: without limit."""
    borrow_rate: float = Field(default=0, ge=0)
    """A year, on the value held short over a session's close."""


class Terms(BaseModel):
    """The account of a simulation."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    cash: float = Field(default=10_000, gt=0, le=1e9)
    margin_ratio: float = Field(default=1, gt=0, le=1)
    """The share of a position's value that has to be covered: 1 is a cash account."""
    costs: Costs = Costs()


class Market(NamedTuple):
    """How a symbol is traded."""

    multiplier: float = 1.0
    step: float = 1e-8
    """The smallest quantity: 1 for shares, orders are rounded down to it."""
    is_delivered: bool = False
    """Its options end in shares, as those of shares do; those of an index end in cash."""


OUTSIDE = ("expiry", "assignment", "exercise")
"""Reasons of fills that no order asked for and whose price is no price of a bar."""


class SimulatedFill(NamedTuple):
    """An order, or a part of one, that was filled."""

    number: int
    """Counts the fills of the run from 1: with the run it is the fill's external id."""
    order_number: int
    at_us: int
    bar_opened_at: int
    symbol: str
    side: Side
    qty: float
    price: float
    fee: float
    reason: str
    """open, limit, stop, stop_loss, take_profit, trailing, margin; of options quote (at the bid or
    ask), last (where a chain tells neither), expiry, assignment, exercise."""
    spread: float = 0.0
    """Money that went to half the spread of a quote; of bars the ratio in `Costs` tells."""


class OrderRecord(NamedTuple):
    """What became of an order."""

    number: int
    name: str
    symbol: str
    side: Side
    qty: float
    kind: OrderKind
    price: float | None
    given_at: int
    state: Literal["working", "filled", "partial", "cancelled", "expired", "rejected"]
    """partial: the rest goes on working. One that ended otherwise may have been filled in part."""
    reason: str
    """Why it was rejected or cancelled: cash, margin, replaced, robot, nothing_to_close, expiry,
    options (what they may cost would not be covered by cash)."""
    filled_qty: float


class Step(NamedTuple):
    """What a simulation did with the bars that it was given, and how it stands now."""

    fills: list[SimulatedFill]
    orders: list[OrderRecord]
    """Those that were new or changed."""
    marks: list[tuple[int, str, float, float]]
    """(session, symbol, position, close) for each session's close at which something is held.

    The last session may go on with later bars: then the next step has its mark anew, also when
    nothing is held any more (position 0). One key (session, symbol) is given once a step.
    """
    charges: list[tuple[int, str, float]]
    """(session, what for, money): borrow costs, as soon as a bar of a later session is there."""
    state: dict[str, Any]
    """JSON: give it back with the next bars to go on."""
