"""What a model may propose, and the check that it can be meant for this market."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple, Self, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.analysis.errors import ImplausibleError
from app.analysis.rules.market import Moment, rounded
from app.charts.schemas import (
    AddPriceTarget,
    DrawFibonacci,
    DrawSupportResistance,
    DrawTrendline,
    Operation,
)
from app.core.i18n import gettext

MOST_DRAWINGS = 8
LONGEST = 4_000
NEAREST_RISK, FARTHEST_RISK = 0.2, 10.0
"""A stop lies so many average true ranges from the entry."""
FARTHEST_ENTRY, FARTHEST_TARGET = 5.0, 20.0
FARTHEST_DRAWING = 60.0
COST_RATIO = 0.0002
"""What one side of a trade costs, spread and slippage, as a ratio of the price: our assumption."""


class Sketch(BaseModel):
    """One drawing as a model describes it; flat, since every provider understands that."""

    model_config = ConfigDict(extra="ignore")

    kind: Literal["support", "resistance", "trendline", "fibonacci"]
    price: float | None = Field(default=None, description="Of support or resistance.")
    start_at: int | None = Field(default=None, description="Seconds since 1970, of a bar.")
    start_price: float | None = None
    end_at: int | None = None
    end_price: float | None = None
    label: str = Field(default="", max_length=80)


class Said(BaseModel):
    """A proposal as a model answers it."""

    model_config = ConfigDict(extra="ignore")

    bias: Literal["long", "short", "neutral"]
    entry: float | None = Field(default=None, allow_inf_nan=False)
    target: float | None = Field(default=None, allow_inf_nan=False)
    stop: float | None = Field(default=None, allow_inf_nan=False)
    confidence: float = Field(
        ge=0, le=1, description="How likely the target is reached before stop and time."
    )
    horizon_bars: int = Field(ge=1, le=500, description="So many bars of the chart it has.")
    reasoning: str = Field(min_length=1, max_length=LONGEST)
    drawings: list[Sketch] = Field(default=[], max_length=40)


def said_of(moment: Moment) -> type[Said]:
    """Return what a model may answer about a moment: it is told what is wrong, and asked again."""

    class Plausible(Said):
        @model_validator(mode="after")
        def _can_be_meant(self) -> Self:
            try:
                checked(self, moment)
            except ImplausibleError as error:
                raise PydanticCustomError("implausible", "{why}", {"why": error.message}) from error
            return self

    return Plausible


class Proposal(NamedTuple):
    """A proposal that can be meant."""

    bias: str
    confidence: Decimal
    horizon_bars: int
    reasoning: str
    drawings: tuple[Operation, ...]
    dropped: int
    """Drawings that no chart could take."""
    entry: Decimal | None = None
    target: Decimal | None = None
    stop: Decimal | None = None


_operation: TypeAdapter[Any] = TypeAdapter(Operation)


def checked(said: Said, moment: Moment) -> Proposal:
    """Return a proposal whose prices can be meant, with those of its drawings that can be drawn.

    Raises:
        ImplausibleError: a price is missing, on the wrong side, or too far from the market.
    """
    drawings, dropped = _drawings(said, moment)
    common = (said.bias, round(Decimal(repr(said.confidence)), 4), said.horizon_bars)
    text = said.reasoning.strip()
    if said.bias == "neutral":
        return Proposal(*common, text, tuple(drawings), dropped)
    entry, target, stop = (
        _price(name, getattr(said, name), moment) for name in ("entry", "target", "stop")
    )
    _check_order(said.bias, entry, target, stop)
    _check_distances(moment, float(entry), float(target), float(stop))
    goal = AddPriceTarget(
        direction="long" if said.bias == "long" else "short",
        target=target, entry=entry, stop=stop, is_proposed=True,
    )  # fmt: skip
    return Proposal(*common, text, (goal, *drawings), dropped, entry, target, stop)


def _price(name: str, value: float | None, moment: Moment) -> Decimal:
    if value is None or not 0 < value < 1e9:  # noqa: PLR2004 - as prices of bars
        message = gettext("%(name)s: is missing, or no price.", name=name)
        raise ImplausibleError(message, field=name)
    return rounded(value, moment.digits)


def _check_order(bias: str, entry: Decimal, target: Decimal, stop: Decimal) -> None:
    rising = (stop, entry, target) if bias == "long" else (target, entry, stop)
    if not rising[0] < rising[1] < rising[2]:
        message = gettext("target: stop, entry and target do not stand in order.")
        raise ImplausibleError(message, field="target")


def _check_distances(moment: Moment, entry: float, target: float, stop: float) -> None:
    """Hold a proposal to distances that the market covers: in average true ranges."""
    atr = moment.atr
    if abs(entry - moment.price) > FARTHEST_ENTRY * atr:
        message = gettext("entry: lies too far from the market.")
        raise ImplausibleError(message, field="entry")
    if not NEAREST_RISK * atr <= abs(entry - stop) <= FARTHEST_RISK * atr:
        message = gettext("stop: lies too near to the entry, or too far from it.")
        raise ImplausibleError(message, field="stop")
    if not NEAREST_RISK * atr <= abs(target - entry) <= FARTHEST_TARGET * atr:
        message = gettext("target: lies too near to the entry, or too far from it.")
        raise ImplausibleError(message, field="target")


# --- Drawings ---


def _drawings(said: Said, moment: Moment) -> tuple[list[Operation], int]:
    found: list[Operation] = []
    dropped = 0
    for sketch in said.drawings:
        made = _drawn(sketch, moment) if len(found) < MOST_DRAWINGS else None
        if made is None:
            dropped += 1
        else:
            found.append(made)
    return found, dropped


def _drawn(sketch: Sketch, moment: Moment) -> Operation | None:
    """Return the operation that draws a sketch; None where no chart could take it."""
    try:
        made = _operation_of(sketch, moment)
    except (ValidationError, ValueError, OverflowError, OSError):
        return None
    reach = FARTHEST_DRAWING * moment.atr
    is_near = all(abs(float(each) - moment.price) <= reach for each in _prices(made))
    return made if is_near and _is_in_time(sketch, moment) else None


def _operation_of(sketch: Sketch, moment: Moment) -> Operation:
    more = {"label": sketch.label, "is_proposed": True}
    if sketch.kind in {"support", "resistance"}:
        price = rounded(sketch.price or 0.0, moment.digits)
        given = {"kind": "draw_support_resistance", "role": sketch.kind, "price": price}
        return cast("Operation", _operation.validate_python(given | more))
    points = {
        name: {
            "at": datetime.fromtimestamp(at or 0, UTC),
            "price": rounded(price or 0.0, moment.digits),
        }
        for name, at, price in (
            ("start", sketch.start_at, sketch.start_price),
            ("end", sketch.end_at, sketch.end_price),
        )
    }
    return cast(
        "Operation",
        _operation.validate_python({"kind": f"draw_{sketch.kind}", **points} | more),
    )


def _prices(operation: Operation) -> list[Decimal]:
    if isinstance(operation, DrawSupportResistance):
        return [operation.price]
    if isinstance(operation, DrawTrendline | DrawFibonacci):
        return [operation.start.price, operation.end.price]
    return []


def _is_in_time(sketch: Sketch, moment: Moment) -> bool:
    """Whether the points of a line lie among the bars that the model has seen."""
    if sketch.kind in {"support", "resistance"}:
        return True
    first, last = moment.bars[0][0], moment.at.timestamp()
    return all(at is not None and first <= at <= last for at in (sketch.start_at, sketch.end_at))


# --- What it is worth ---


def reward_to_risk(entry: Decimal, target: Decimal, stop: Decimal) -> Decimal:
    """Return what is won at the target in units of what is lost at the stop, both after costs.

    Formula: (|target - entry| - c (entry + target)) / (|entry - stop| + c (entry + stop)).
    """
    cost = Decimal(str(COST_RATIO))
    won = abs(target - entry) - cost * (entry + target)
    lost = abs(entry - stop) + cost * (entry + stop)
    return round(won / lost, 2)
