"""Changes of a chart: what the desk, the API and MCP ask for, each by one operation."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.charts.schemas.document import (
    AssetClass,
    ChartType,
    Drawing,
    Id,
    IndicatorKind,
    IndicatorSettings,
    Label,
    Line,
    Note,
    Part,
    Point,
    Price,
    Ratio,
    Retracement,
    Settings,
    Share,
    Symbol,
    Target,
    Timeframe,
)


class AddIndicator(Part):
    """Add an indicator; its id comes back."""

    kind: Literal["add_indicator"] = "add_indicator"
    indicator: IndicatorKind
    settings: IndicatorSettings = Field(default_factory=dict)


class RemoveIndicator(Part):
    """Remove an indicator by its id, or every one of a kind."""

    kind: Literal["remove_indicator"] = "remove_indicator"
    id: Id | None = None
    indicator: IndicatorKind | None = None

    @model_validator(mode="after")
    def _names_one_way(self) -> Self:
        if (self.id is None) == (self.indicator is None):
            raise PydanticCustomError("one_of_two", "name the indicator by id or by kind")
        return self


class DrawTrendline(Line):
    """Draw a trend line."""

    kind: Literal["draw_trendline"] = "draw_trendline"
    extends: bool = False
    label: Label = ""
    is_proposed: bool = False


class DrawFibonacci(Retracement):
    """Draw retracements."""

    kind: Literal["draw_fibonacci"] = "draw_fibonacci"
    ratios: list[Ratio] | None = Field(default=None, min_length=1, max_length=12)
    label: Label = ""
    is_proposed: bool = False


class DrawSupportResistance(Part):
    """Draw a horizontal line."""

    kind: Literal["draw_support_resistance"] = "draw_support_resistance"
    role: Literal["support", "resistance"]
    price: Price
    label: Label = ""
    is_proposed: bool = False


class AddPriceTarget(Target):
    """Add a price target."""

    kind: Literal["add_price_target"] = "add_price_target"
    label: Label = ""
    is_proposed: bool = False


class AddAnalysisNote(Part):
    """Add a note."""

    kind: Literal["add_analysis_note"] = "add_analysis_note"
    text: Note
    at: Point | None = None
    is_proposed: bool = False


class MoveDrawing(Part):
    """Put a drawing elsewhere: the same kind with other places; its id and author stay."""

    kind: Literal["move_drawing"] = "move_drawing"
    drawing: Drawing


class RemoveDrawing(Part):
    """Remove a drawing."""

    kind: Literal["remove_drawing"] = "remove_drawing"
    id: Id


class TakeOver(Part):
    """Make a proposal part of the chart."""

    kind: Literal["take_over"] = "take_over"
    id: Id


class SetYaxisPadding(Part):
    """Set the free space above and below the prices."""

    kind: Literal["set_yaxis_padding"] = "set_yaxis_padding"
    padding: Share


class SetChartType(Part):
    """Show candles, bars or a line."""

    kind: Literal["set_chart_type"] = "set_chart_type"
    chart_type: ChartType


class SetSymbol(Part):
    """Show another instrument, on a chart without drawings: those stay with their symbol."""

    kind: Literal["set_symbol"] = "set_symbol"
    symbol: Symbol
    asset_class: AssetClass | None = None


class SetTimeframe(Part):
    """Show another timeframe."""

    kind: Literal["set_timeframe"] = "set_timeframe"
    timeframe: Timeframe


class ChangeSettings(Part):
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
