"""A chart's bars and the lines of its indicators as a file."""

from __future__ import annotations

import csv
import io
from datetime import datetime

from app.charts import queries
from app.charts.service.charts import read
from app.charts.service.data import instrument_of
from app.charts.service.screenshot import bars_of, lines_of, past_of, regular_of
from app.core.cells import safe_row
from app.market import service as market

DIGITS = 8


def bars_csv(user_id: int, chart_id: int, count: int, *, as_of: datetime | None = None) -> str:
    """Return the newest bars of a member's chart as CSV; no spreadsheet takes a cell for a formula.

    They are those of now, or those that were known at the instant of a replay.
    A bar has its opening in UTC; where an indicator has no answer its cell is empty.
    """
    document = read(queries.get_chart(user_id, chart_id))
    instrument = instrument_of(document.symbol, document.asset_class)
    bars = bars_of(instrument, document, count + past_of(document), as_of)
    first = max(0, len(bars.opened_at) - count)
    found = lines_of(document, bars, regular_of(instrument, document.timeframe, bars), first)
    columns = {
        (each.title if name == "value" else f"{each.title} {name}"): values
        for each in found
        if each.indicator.kind != "volume_profile"
        for name, values in each.lines.items()
    }
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(safe_row(["opened_at", "open", "high", "low", "close", "volume", *columns]))
    shown = bars.rows(first)
    for number, opened in enumerate(shown.opened_at.tolist()):
        at = market.instant(opened).strftime("%Y-%m-%dT%H:%M:%SZ")
        prices = [_number(float(column[number])) for column in shown[3:8]]
        values = [_number(float(values[number])) for values in columns.values()]
        writer.writerow(safe_row([at, *prices, *values]))
    return target.getvalue()


def _number(value: float) -> str:
    if value != value:  # noqa: PLR0124 - NaN
        return ""
    return f"{value:.{DIGITS}f}".rstrip("0").rstrip(".")
