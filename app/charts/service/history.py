"""Bars as they were known at an instant: nothing later is in them, whatever is kept by now."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from app.charts.service.data import DAILY
from app.market import service as market
from app.market.schemas import Instrument

if TYPE_CHECKING:
    from app.quant.bars import BarColumns

_DAYS_IN = {"D1": 1, "W1": 5, "MN": 23}


def bars_known(
    instrument: Instrument, timeframe: str, at: datetime, count: int, *, extended: bool = True
) -> BarColumns:
    """Return the newest bars as they were at a whole minute, the open one of the minutes seen.

    A day that is kept whole counts only once its session is over: before, it is made of minutes.
    """
    if timeframe in DAILY:
        return _days(instrument, timeframe, at, count)
    return _read(instrument, timeframe, at, last=count, extended=extended)


def _read(
    instrument: Instrument,
    timeframe: str,
    end: datetime,
    *,
    start: datetime | None = None,
    last: int | None = None,
    extended: bool = False,
) -> BarColumns:
    from app.quant.bars import empty_columns

    # A minute that opens at `end` is not over: bars are read that open before it.
    found = market.read_many(
        [instrument.id],
        timeframe,
        start=start,
        end=end,
        last=last,
        extended=extended,
        include_open=True,
        now=end,
    )
    return found.get(instrument.id, empty_columns())


def _days(instrument: Instrument, timeframe: str, at: datetime, count: int) -> BarColumns:
    from app.quant import frames
    from app.quant.bars import join

    hours = market.hours(instrument.venue)
    session = int(hours.closes.searchsorted(market.microseconds(at), side="right"))
    opening = market.instant(int(hours.opens[min(session, len(hours.opens) - 1)]))
    each = _DAYS_IN[timeframe]
    parts = [_read(instrument, "D1", min(opening, at), last=(count + 1) * each)]
    if opening < at:
        minutes = _read(instrument, "M1", at, start=opening)
        parts.append(frames.resample(minutes, hours, "D1"))
    days = join(parts)
    bars = days if timeframe == "D1" else frames.resample(days, hours, timeframe)
    return bars.rows(max(0, len(bars.opened_at) - count))
