"""A chart as one document: what is shown, what is drawn on it, and who drew it.

The same document is drawn by the browser, drawn on the server (a screenshot), read by a model and
changed through operations. Prices are Decimal, times aware UTC. Where a document of an older
`format` is read it is brought up; one of a newer format is refused.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

FORMAT = 1
LARGEST_DOCUMENT = 256 * 1024
"""Bytes of a document as JSON."""

Timeframe = Literal["M1", "M5", "M15", "H1", "H4", "D1", "W1", "MN"]
ChartType = Literal["candles", "bars", "line"]
IndicatorKind = Literal["sma", "ema", "rsi", "macd", "bollinger", "atr", "vwap", "volume_profile"]
LevelName = Literal[
    "pdh", "pdl", "pdc", "pmh", "pml", "pp", "r1", "r2", "r3", "s1", "s2", "s3", "vwap", "atr",
    "orh", "orl", "pwh", "pwl", "pwc", "pmoh", "pmol", "pmoc", "wpp", "poc", "vah", "val",
    "vwap_upper1", "vwap_upper2", "vwap_upper3", "vwap_lower1", "vwap_lower2", "vwap_lower3",
    "wr1", "wr2", "wr3", "ws1", "ws2", "ws3", "ema50w", "ema200w",
]  # fmt: skip
AssetClass = Literal["equity", "option", "future", "forex", "crypto", "index"]
Symbol = Annotated[
    str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True, to_upper=True)
]
# One line of visible characters; a note may have several.
Label = Annotated[
    str,
    StringConstraints(max_length=80, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$"),
]
Note = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=1000,
        strip_whitespace=True,
        pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$",
    ),
]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,16}$")]
Price = Annotated[Decimal, Field(gt=0, lt=10**10, decimal_places=8, allow_inf_nan=False)]
Ratio = Annotated[float, Field(ge=-10, le=10, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=0.5, allow_inf_nan=False)]
IndicatorSettings = Annotated[
    dict[Annotated[str, StringConstraints(max_length=20)], int | float | str],
    Field(max_length=8, examples=[{"period": 14}]),
]
FIRST_YEAR, LAST_YEAR = 1900, 2200


def _utc(at: datetime) -> datetime:
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise PydanticCustomError("no_such_time", "must be of the years 1900 to 2200")
    return at.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
"""A time with its zone, in UTC once it is read."""


class Part(BaseModel):
    """A piece of a document: it never changes, and holds nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Author(Part):
    """Who drew something."""

    kind: Literal["member", "program", "model", "replica"]
    name: Label = ""
    """Of a program its key's name, of a model the model's, of a replica its own; else empty."""


class Point(Part):
    """A place on the chart."""

    at: Instant
    price: Price


class Indicator(Part):
    """An indicator; `settings` are its own, such as {"period": 14}."""

    id: Id
    kind: IndicatorKind
    settings: IndicatorSettings = Field(default_factory=dict)
    by: Author


class _Drawing(Part):
    id: Id
    by: Author
    drawn_at: Instant
    label: Label = ""
    is_proposed: bool = False
    """Shown as a proposal until the member takes it over."""
    as_of: Instant | None = Field(default=None, exclude_if=lambda at: at is None)
    """Up to when the market was seen by who put it here, where that is not `drawn_at`.

    Of a drawing that was made in a replay: the moment at which the replay stood; of one that was
    moved since: when. Left out where there is nothing to say.
    """

    @property
    def known_at(self) -> datetime:
        """Return from when on it may be shown in a replay: before, it would tell of the future."""
        return self.as_of or self.drawn_at


class Line(Part):
    """Two points that are not one."""

    start: Point
    end: Point

    @model_validator(mode="after")
    def _has_two_points(self) -> Self:
        if self.start == self.end:
            raise PydanticCustomError("one_point", "end must be another point than start")
        return self


class Retracement(Line):
    """Two points of different prices."""

    @model_validator(mode="after")
    def _has_height(self) -> Self:
        if self.start.price == self.end.price:
            raise PydanticCustomError("no_height", "end must have another price than start")
        return self


class Target(Part):
    """Where somebody wants to get out, and in, and where to give up."""

    direction: Literal["long", "short"]
    target: Price
    entry: Price | None = None
    stop: Price | None = None
    by_when: Instant | None = None

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        order = [one for one in (self.stop, self.entry, self.target) if one is not None]
        if self.direction == "short":
            order.reverse()
        if any(low >= high for low, high in pairwise(order)):
            raise PydanticCustomError(
                "prices_out_of_order",
                "stop, entry and target must rise in this order when long, and fall when short",
            )
        return self


class Trendline(Line, _Drawing):
    """A straight line through two points, on to the right where `extends`."""

    kind: Literal["trendline"] = "trendline"
    extends: bool = False


class Fibonacci(Retracement, _Drawing):
    """Retracements between two points."""

    kind: Literal["fibonacci"] = "fibonacci"
    ratios: list[Ratio] = Field(
        default=[0, 0.236, 0.382, 0.5, 0.618, 0.786, 1], min_length=1, max_length=12
    )


class SupportResistance(_Drawing):
    """A horizontal line."""

    kind: Literal["support_resistance"] = "support_resistance"
    role: Literal["support", "resistance"]
    price: Price


class PriceTarget(Target, _Drawing):
    """A price that somebody expects, with entry and stop where told."""

    kind: Literal["price_target"] = "price_target"


class AnalysisNote(_Drawing):
    """A text, at a place of the chart or beside it."""

    kind: Literal["analysis_note"] = "analysis_note"
    text: Note
    at: Point | None = None


Drawing = Annotated[
    Trendline | Fibonacci | SupportResistance | PriceTarget | AnalysisNote,
    Field(discriminator="kind"),
]


class Settings(Part):
    """How the chart looks."""

    yaxis_padding: Share = 0.1
    """Free space above and below the prices, as a share of the height."""
    shows_volume: bool = True
    shows_sessions: bool = True
    shows_extended_hours: bool = True
    shows_trades: bool = True
    levels: list[LevelName] = Field(
        default=[
            "pdh", "pdl", "pdc", "pmh", "pml", "pp", "r1", "r2", "r3", "s1", "s2", "s3", "vwap",
        ],
        max_length=40,
    )  # fmt: skip


class Document(Part):
    """One chart."""

    format: Literal[1] = 1
    symbol: Symbol
    asset_class: AssetClass | None = None
    """None: whichever instrument the symbol means where it means one alone."""
    timeframe: Timeframe = "M5"
    chart_type: ChartType = "candles"
    indicators: list[Indicator] = Field(default=[], max_length=20)
    drawings: list[Drawing] = Field(default=[], max_length=300)
    settings: Settings = Settings()
