"""Geometry of the server-drawn charts: pure functions from numbers to what an SVG needs."""

from __future__ import annotations

from app.embed.rules.axes import Axis, Tick, day_labels, nice_step, value_axis
from app.embed.rules.candles import (
    Candle,
    CandleChart,
    Deal,
    candle_chart,
    candle_data,
)
from app.embed.rules.charts import (
    Chart,
    Drawdown,
    Line,
    MonthRow,
    Point,
    Series,
    Strip,
    chart,
    chart_data,
    cumulative_returns,
    falls,
    month_rows,
)
from app.embed.rules.forms import (
    SEARCH_PREFIX,
    FormField,
    is_number,
    parameter_errors,
    schema_fields,
    schema_values,
    search_values,
)
from app.embed.rules.marks import Bar, Heat, Interval, Spark, bar, heat_step, interval, spark

__all__ = [
    "SEARCH_PREFIX",
    "Axis",
    "Bar",
    "Candle",
    "CandleChart",
    "Chart",
    "Deal",
    "Drawdown",
    "FormField",
    "Heat",
    "Interval",
    "Line",
    "MonthRow",
    "Point",
    "Series",
    "Spark",
    "Strip",
    "Tick",
    "bar",
    "candle_chart",
    "candle_data",
    "chart",
    "chart_data",
    "cumulative_returns",
    "day_labels",
    "falls",
    "heat_step",
    "interval",
    "is_number",
    "month_rows",
    "nice_step",
    "parameter_errors",
    "schema_fields",
    "schema_values",
    "search_values",
    "spark",
    "value_axis",
]
