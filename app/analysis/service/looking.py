"""Looking at the market for an analysis: one moment of an instrument, and a picture of its chart."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.analysis.rules.market import Moment, digits_of
from app.charts import service as charts
from app.charts.schemas import Document, PictureQuery
from app.core.citing.facts import Fact
from app.core.errors import AppError, ValidationError
from app.core.i18n import gettext
from app.market import service as market
from app.market.schemas import Instrument

if TYPE_CHECKING:
    from app.quant.bars import BarColumns

TOLD_BARS = 60
READ_BARS = 260
"""Enough for the slowest mean to have forgotten where it began."""
PERIODS = {"fast": 20, "slow": 50, "rsi": 14, "atr": 14}
PICTURE = PictureQuery(width=1024, height=640, theme="light")


def followed_by(instrument_id: int) -> str:
    """Return by which bars an instrument is followed: the shortest that are kept."""
    return "M1" if "M1" in market.kept_spans(instrument_id) else "D1"


def look(instrument: Instrument, document: Document, now: datetime) -> Moment:
    """Return an instrument as it is known by now, as its chart shows it.

    Raises:
        ValidationError: there are too few bars to say anything.
    """
    at = _newest_close(instrument, now)
    bars = market.read_many(
        [instrument.id], document.timeframe, last=READ_BARS, include_open=True, now=at,
        extended=document.settings.shows_extended_hours,
    ).get(instrument.id)  # fmt: skip
    if bars is None or len(bars.opened_at) < PERIODS["atr"]:
        message = gettext(
            "There are too few %(timeframe)s bars of %(symbol)s. Choose another length of bars.",
            timeframe=document.timeframe,
            symbol=instrument.symbol,
        )
        raise ValidationError(message, field="timeframe", code="unknown_timeframe")
    price = float(bars.close[-1])
    return Moment(
        symbol=instrument.symbol,
        timeframe=document.timeframe,
        at=at,
        price=round(price, digits_of(price)),
        bars=_rows(bars),
        indicators=_indicators(bars),
        levels=_levels(instrument, document, at),
        digits=digits_of(price),
        is_simulated=market.is_simulated(instrument.symbol),
    )


def _newest_close(instrument: Instrument, now: datetime) -> datetime:
    """Return until when the kept bars tell, so that the same bars always make the same moment."""
    timeframe = followed_by(instrument.id)
    read = market.read_many(
        [instrument.id], timeframe, last=1, include_open=timeframe == "M1", extended=True, now=now
    )
    bars = read.get(instrument.id)
    if bars is None or not len(bars.closed_at):
        message = gettext("There are no bars of %(symbol)s.", symbol=instrument.symbol)
        raise ValidationError(message, field="symbol", code="unknown_symbol")
    return min(now, market.instant(int(bars.closed_at[-1])))


def _rows(bars: BarColumns) -> list[list[float]]:
    seconds = (bars.opened_at // 1_000_000).tolist()
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    rows = zip(seconds, *(each.tolist() for each in columns), strict=True)
    return [list(row) for row in rows][-TOLD_BARS:]


def _indicators(bars: BarColumns) -> dict[str, float | None]:
    from app.quant.levels import means

    found = {
        "fast": means.ema(bars.close, PERIODS["fast"]),
        "slow": means.ema(bars.close, PERIODS["slow"]),
        "rsi": means.rsi(bars.close, PERIODS["rsi"]),
        "atr": means.atr(bars.high, bars.low, bars.close, PERIODS["atr"]),
    }
    last: dict[str, Any] = {name: float(values[-1]) for name, values in found.items()}
    known = {name: None if value != value else value for name, value in last.items()}  # noqa: PLR0124 - no number
    return known | {
        "high": float(bars.high[-TOLD_BARS:].max()),
        "low": float(bars.low[-TOLD_BARS:].min()),
    }


def _levels(instrument: Instrument, document: Document, at: datetime) -> dict[str, float]:
    try:
        told = market.read_levels(
            instrument.symbol, instrument.asset_class, document.timeframe, at
        ).levels
    except AppError:
        return {}  # an analysis without levels is still one
    return {name: level.price for name, level in told.items() if level.price is not None}


# --- The picture ---


def wordless(document: Document) -> Document:
    """Return a chart without what somebody wrote into it, and without what was only proposed.

    A model is shown prices and lines. What a note says is nobody's instruction.
    """
    drawings = [
        one.model_copy(update={"label": ""})
        for one in document.drawings
        if one.kind != "analysis_note" and not one.is_proposed
    ]
    return document.model_copy(update={"drawings": drawings})


def picture(document: Document, at: datetime) -> bytes:
    """Return the chart as a model sees it."""
    return charts.draw(document, PICTURE, now=at)


def data_key(instrument: Instrument, document: Document, moment: Moment) -> str:
    """Name the data that an analysis is about: the same chart over the same bars."""
    mark = market.series_marks([instrument.id]).get(instrument.id, "")
    parts = (document.model_dump_json(), mark, moment.at.isoformat())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def stored(fact: Fact) -> dict[str, Any]:
    """Return a fact as it is kept with the analysis that cites it."""
    return {
        "id": fact.id,
        "label": fact.label,
        "value": str(fact.told()["value"]),
        "unit": fact.unit,
        "symbol": fact.symbol,
        "source": fact.source,
        "link": fact.link,
    }


LATEST = timedelta(minutes=15)
"""An analysis that did not come within it was given up."""
