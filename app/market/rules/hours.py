"""The hours of sessions as columns. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.quant.frames import Hours
from app.quant.sessions import UNIX_EPOCH_DAY, SessionCalendar

NEW_YORK = ZoneInfo("America/New_York")
EXTENDED_VENUES = frozenset({"XNYS"})
EARLY, LATE, LATE_ON_HALF_DAYS = time(4), time(20), time(17)
"""From when until when US equities trade before and after the market."""
USUAL_OPEN, USUAL_CLOSE = time(9, 30), time(16)
DAY = 86_400_000_000


def venue_hours(calendar: SessionCalendar) -> Hours:
    """Return the sessions of a venue, for US equities with the hours around the market."""
    opens = np.array(calendar.opens_us, np.int64)
    closes = np.array(calendar.closes_us, np.int64)
    days = np.array(calendar.days, np.int32)
    if calendar.venue not in EXTENDED_VENUES:
        return Hours(days, opens, opens, closes, closes)
    starts = _at(calendar.days, [EARLY] * len(days))
    usual = _at(calendar.days, [USUAL_CLOSE] * len(days))
    ends = [LATE_ON_HALF_DAYS if half else LATE for half in (closes < usual).tolist()]
    return Hours(days, starts, opens, closes, _at(calendar.days, ends))


def usual_hours(days: Iterable[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return when days without a session of their own would open and close in New York."""
    days = list(days)
    return _at(days, [USUAL_OPEN] * len(days)), _at(days, [USUAL_CLOSE] * len(days))


def _at(days: Iterable[int], times: Iterable[time]) -> NDArray[np.int64]:
    """Return the instants of times of the clock of New York on days."""
    seconds = [
        int(datetime.combine(date.fromordinal(day), each, NEW_YORK).timestamp())
        for day, each in zip(days, times, strict=True)
    ]
    return np.array(seconds, np.int64) * 1_000_000


def utc_days(until: date) -> Hours:
    """Return the UTC days from 1970 on: the sessions of what trades around the clock."""
    days = np.arange(UNIX_EPOCH_DAY, until.toordinal() + 1, dtype=np.int32)
    opens = (days.astype(np.int64) - UNIX_EPOCH_DAY) * DAY
    return Hours(days, opens, opens, opens + DAY, opens + DAY)
