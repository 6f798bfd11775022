"""A picture of a chart, drawn from its document and bars, with no browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from app.charts import queries, rules
from app.charts.schemas import Document, PictureQuery
from app.charts.service.charts import read
from app.charts.service.data import DAILY, instrument_of
from app.charts.service.history import bars_known
from app.core import clock
from app.core.errors import ValidationError
from app.core.formatters import NEW_YORK
from app.core.i18n import gettext
from app.market import service as market
from app.market.schemas import Instrument

if TYPE_CHECKING:
    from datetime import datetime

    from app.charts.rules.picture import Mark
    from app.charts.rules.series import Lines
    from app.quant.bars import BarColumns

# Pillow and numpy are loaded inside of the functions: few web processes draw.

LONGEST_PAST = 6_000
"""So many bars before the first one that is shown are read at most."""
PIXELS_A_BAR = 6.5
FEWEST, MOST = 40, 500
Theme = Literal["dark", "light"]


def screenshot(
    user_id: int,
    chart_id: int,
    asked: PictureQuery | None = None,
    *,
    now: datetime | None = None,
) -> bytes:
    """Return a chart of a member's as PNG, at an instant of a replay as it was by then.

    Raises:
        ChartNotFoundError: the member has no such chart.
        ValidationError: there are no bars to draw.
    """
    document = read(queries.get_chart(user_id, chart_id))
    return draw(document, asked or PictureQuery(), now=now)


def draw(document: Document, asked: PictureQuery, *, now: datetime | None = None) -> bytes:
    """Return a document as PNG, with what is known at an instant (the present one by default)."""
    from app.charts.rules.picture import Scene, Size, paint

    at = now or clock.now()
    instrument = instrument_of(document.symbol, document.asset_class)
    document = rules.as_known(document, now)
    bars = bars_of(instrument, document, MOST + past_of(document), now)
    if not len(bars.opened_at):
        message = gettext(
            "There are no %(timeframe)s bars of %(symbol)s to draw.",
            timeframe=document.timeframe,
            symbol=document.symbol,
        )
        raise ValidationError(message, field="timeframe", code="unknown_timeframe")
    regular = regular_of(instrument, document.timeframe, bars)
    count = asked.bars or max(FEWEST, min(MOST, int((asked.width - 200) / PIXELS_A_BAR)))
    first = max(0, len(bars.opened_at) - count)
    zone = NEW_YORK if instrument.venue != "24/7" else ZoneInfo("UTC")
    scene = Scene(
        document=document,
        bars=bars.rows(first),
        regular=regular[first:],
        lines=lines_of(document, bars, regular, first),
        marks=_marks(document, now, float(bars.close[-1])),
        zone=zone,
        is_daily=document.timeframe in DAILY,
        is_simulated=market.is_simulated(document.symbol),
        as_of=_as_of(bars, at, zone),
        words=_words(),
    )
    return paint(scene, Size(asked.width, asked.height, asked.scale), asked.theme)


def bars_of(
    instrument: Instrument, document: Document, count: int, at: datetime | None
) -> BarColumns:
    """Return the newest bars that a document shows, the open one included, as of an instant."""
    from app.quant.bars import empty_columns

    extended = document.settings.shows_extended_hours
    if at is not None:
        return bars_known(instrument, document.timeframe, at, count, extended=extended)
    found = market.read_many(
        [instrument.id],
        document.timeframe,
        last=count,
        extended=extended,
        include_open=True,
    )
    return found.get(instrument.id, empty_columns())


def past_of(document: Document) -> int:
    """Return how many bars before the first one that is shown the indicators depend on."""
    from app.quant import chart_lines

    past = [chart_lines.warm_up(one.kind, one.settings) for one in document.indicators]
    # VWAP begins with its session, which may lie before the first bar that is shown.
    day = 960 if any(one.kind == "vwap" for one in document.indicators) else 0
    return min(LONGEST_PAST, max([0, day, *past]))


def regular_of(instrument: Instrument, timeframe: str, bars: BarColumns) -> Any:
    """Return which bars lie in the regular hours of their market."""
    import numpy as np

    from app.quant import frames

    if timeframe in DAILY:
        return np.ones(len(bars.opened_at), bool)
    hours = market.hours(instrument.venue)
    return frames.is_regular(hours, frames.locate(hours, bars.opened_at), bars.opened_at)


def lines_of(document: Document, bars: BarColumns, regular: Any, first: int) -> list[Lines]:
    """Return the indicators over the bars that are shown."""
    from app.charts.rules import series

    found = []
    for indicator in document.indicators:
        if indicator.kind == "volume_profile":
            found.append(series.lines_of(indicator, bars.rows(first), regular[first:]))
        else:
            whole = series.lines_of(indicator, bars, regular)
            shown = {name: values[first:] for name, values in whole.lines.items()}
            found.append(whole._replace(lines=shown))
    return found


def _marks(document: Document, at: datetime | None, last: float) -> list[Mark]:
    """Return the levels that the document shows, and that there are."""
    from app.charts.rules.picture import Mark

    wanted = rules.shown_levels(document)
    if not wanted:
        return []
    told = market.read_levels(document.symbol, document.asset_class, document.timeframe, at)
    found = []
    for name in wanted:
        level = told.levels.get(name)
        if level is not None and level.price is not None:
            tone = rules.level_tone(name, level.price, last)
            found.append(Mark(rules.SHORT[name], level.price, tone))
    return found


def _as_of(bars: BarColumns, now: datetime, zone: ZoneInfo) -> str:
    closed = min(market.instant(int(bars.closed_at[-1])), now).astimezone(zone)
    place = gettext("New York") if zone is NEW_YORK else "UTC"
    return gettext(
        "As of %(day)s, %(time)s %(zone)s",
        day=f"{closed:%Y-%m-%d}",
        time=f"{closed:%H:%M}",
        zone=place,
    )


def _words() -> dict[str, str]:
    return {
        "last": gettext("Last"),
        "simulated": gettext("Simulated"),
        "few": gettext("too few bars"),
        "hidden": gettext("No room for all indicators"),
        "trendline": gettext("Trend line"),
        "fibonacci": gettext("Fibonacci"),
        "support": gettext("Support"),
        "resistance": gettext("Resistance"),
        "target": gettext("Target"),
        "entry": gettext("Entry"),
        "stop": gettext("Stop"),
        "long": gettext("Long"),
        "short": gettext("Short"),
        "note": gettext("Note"),
        "proposed": gettext("proposed"),
        "program": gettext("Program"),
        "model": gettext("Model"),
        "replica": gettext("Replica"),
    }
