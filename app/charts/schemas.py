"""A chart as one document: what is shown, what is drawn on it, and who drew it.

The same document is drawn by the browser, drawn on the server (a screenshot), read by a model and
changed through operations. Prices are Decimal, times aware UTC. Where a document of an older
`format` is read it is brought up; one of a newer format is refused.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

FORMAT = 1
LARGEST_DOCUMENT = 256 * 1024
"""Bytes of a document as JSON."""

Timeframe = Literal["M1", "M5", "M15", "H1", "H4", "D1", "W1", "MN"]
ChartType = Literal["candles", "bars", "line"]
IndicatorKind = Literal["sma", "ema", "rsi", "macd", "bollinger", "atr", "vwap", "volume_profile"]
LevelName = Literal[
    "pdh", "pdl", "pdc", "pmh", "pml", "pp", "r1", "r2", "r3", "s1", "s2", "s3", "vwap", "atr",
    "orh", "orl", "pwh", "pwl", "pwc", "pmoh", "pmol", "pmoc", "wpp", "poc", "vah", "val",
]  # fmt: skip
Label = Annotated[str, StringConstraints(max_length=80, strip_whitespace=True)]
Note = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]
Id = Annotated[str, StringConstraints(pattern=r"\A[a-z0-9]{1,16}\z")]
Price = Annotated[Decimal, Field(gt=0, lt=10**10, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Author(_Part):
    """Who drew something."""

    kind: Literal["member", "program", "model", "replica"]
    name: Label = ""
    """Of a program its key's name, of a model the model's, of a replica its own; else empty."""


class Point(_Part):
    """A place on the chart."""

    at: datetime
    price: Price


class Indicator(_Part):
    """An indicator; `settings` are its own, such as {"period": 14}."""

    id: Id
    kind: IndicatorKind
    settings: dict[str, int | float | str] = Field(default_factory=dict, max_length=8)
    by: Author


class _Drawing(_Part):
    id: Id
    by: Author
    drawn_at: datetime
    label: Label = ""
    is_proposed: bool = False
    """Shown as a proposal until the member takes it over."""


class Trendline(_Drawing):
    """A straight line through two points, on to the right where `extends`."""

    kind: Literal["trendline"] = "trendline"
    start: Point
    end: Point
    extends: bool = False


class Fibonacci(_Drawing):
    """Retracements between two points."""

    kind: Literal["fibonacci"] = "fibonacci"
    start: Point
    end: Point
    ratios: list[float] = Field(
        default=[0, 0.236, 0.382, 0.5, 0.618, 0.786, 1], min_length=1, max_length=12
    )


class SupportResistance(_Drawing):
    """A horizontal line."""

    kind: Literal["support_resistance"] = "support_resistance"
    role: Literal["support", "resistance"]
    price: Price


class PriceTarget(_Drawing):
    """A price that somebody expects, with entry and stop where told."""

    kind: Literal["price_target"] = "price_target"
    direction: Literal["long", "short"]
    target: Price
    entry: Price | None = None
    stop: Price | None = None
    by_when: datetime | None = None


class AnalysisNote(_Drawing):
    """A text, at a place of the chart or beside it."""

    kind: Literal["analysis_note"] = "analysis_note"
    text: Note
    at: Point | None = None


Drawing = Annotated[
    Trendline | Fibonacci | SupportResistance | PriceTarget | AnalysisNote,
    Field(discriminator="kind"),
]


class Settings(_Part):
    """How the chart looks."""

    yaxis_padding: float = Field(default=0.1, ge=0, le=0.5)
    """Free space above and below the prices, as a share of the height."""
    shows_volume: bool = True
    shows_sessions: bool = True
    shows_extended_hours: bool = True
    shows_trades: bool = True
    levels: list[LevelName] = Field(
        default=[
            "pdh",
            "pdl",
            "pdc",
            "pmh",
            "pml",
            "pp",
            "r1",
            "r2",
            "r3",
            "s1",
            "s2",
            "s3",
            "vwap",
        ],
        max_length=40,
    )


class Document(_Part):
    """One chart."""

    format: Literal[1] = 1
    symbol: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    asset_class: Literal["equity", "option", "future", "forex", "crypto", "index"] | None = None
    """None: whichever instrument the symbol means where it means one alone."""
    timeframe: Timeframe = "M5"
    chart_type: ChartType = "candles"
    indicators: list[Indicator] = Field(default=[], max_length=20)
    drawings: list[Drawing] = Field(default=[], max_length=300)
    settings: Settings = Settings()


# --- Changes: what the desk, the API and MCP ask for, each by one operation ---


class _Operation(_Part):
    pass


class AddIndicator(_Operation):
    """Add an indicator; its id comes back."""

    kind: Literal["add_indicator"] = "add_indicator"
    indicator: IndicatorKind
    settings: dict[str, int | float | str] = Field(default_factory=dict, max_length=8)


class RemoveIndicator(_Operation):
    """Remove an indicator by its id, or every one of a kind."""

    kind: Literal["remove_indicator"] = "remove_indicator"
    id: Id | None = None
    indicator: IndicatorKind | None = None


class DrawTrendline(_Operation):
    """Draw a trend line."""

    kind: Literal["draw_trendline"] = "draw_trendline"
    start: Point
    end: Point
    extends: bool = False
    label: Label = ""
    is_proposed: bool = False


class DrawFibonacci(_Operation):
    """Draw retracements."""

    kind: Literal["draw_fibonacci"] = "draw_fibonacci"
    start: Point
    end: Point
    ratios: list[float] | None = Field(default=None, min_length=1, max_length=12)
    label: Label = ""
    is_proposed: bool = False


class DrawSupportResistance(_Operation):
    """Draw a horizontal line."""

    kind: Literal["draw_support_resistance"] = "draw_support_resistance"
    role: Literal["support", "resistance"]
    price: Price
    label: Label = ""
    is_proposed: bool = False


class AddPriceTarget(_Operation):
    """Add a price target."""

    kind: Literal["add_price_target"] = "add_price_target"
    direction: Literal["long", "short"]
    target: Price
    entry: Price | None = None
    stop: Price | None = None
    by_when: datetime | None = None
    label: Label = ""
    is_proposed: bool = False


class AddAnalysisNote(_Operation):
    """Add a note."""

    kind: Literal["add_analysis_note"] = "add_analysis_note"
    text: Note
    at: Point | None = None
    is_proposed: bool = False


class MoveDrawing(_Operation):
    """Put a drawing elsewhere: the same kind with other places; its id and author stay."""

    kind: Literal["move_drawing"] = "move_drawing"
    drawing: Drawing


class RemoveDrawing(_Operation):
    """Remove a drawing."""

    kind: Literal["remove_drawing"] = "remove_drawing"
    id: Id


class TakeOver(_Operation):
    """Make a proposal part of the chart."""

    kind: Literal["take_over"] = "take_over"
    id: Id


class SetYaxisPadding(_Operation):
    """Set the free space above and below the prices."""

    kind: Literal["set_yaxis_padding"] = "set_yaxis_padding"
    padding: float = Field(ge=0, le=0.5)


class SetChartType(_Operation):
    """Show candles, bars or a line."""

    kind: Literal["set_chart_type"] = "set_chart_type"
    chart_type: ChartType


class SetSymbol(_Operation):
    """Show another instrument; drawings stay with the symbol they were drawn on (another chart)."""

    kind: Literal["set_symbol"] = "set_symbol"
    symbol: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    asset_class: Literal["equity", "option", "future", "forex", "crypto", "index"] | None = None


class SetTimeframe(_Operation):
    """Show another timeframe."""

    kind: Literal["set_timeframe"] = "set_timeframe"
    timeframe: Timeframe


class ChangeSettings(_Operation):
    """Change how the chart looks, as a whole."""

    kind: Literal["change_settings"] = "change_settings"
    settings: Settings


Operation = Annotated[
    AddIndicator
    | RemoveIndicator
    | DrawTrendline
    | DrawFibonacci
    | DrawSupportResistance
    | AddPriceTarget
    | AddAnalysisNote
    | MoveDrawing
    | RemoveDrawing
    | TakeOver
    | SetYaxisPadding
    | SetChartType
    | SetSymbol
    | SetTimeframe
    | ChangeSettings,
    Field(discriminator="kind"),
]


class Chart(BaseModel):
    """A chart as it is kept."""

    model_config = ConfigDict(frozen=True)

    id: int
    user_id: int
    title: str
    version: int
    """Rises by one with each change; a change may name the version that it saw."""
    document: Document
    created_at: datetime
    changed_at: datetime
    is_shared: bool
