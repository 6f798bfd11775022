"""When an option stops being one, and how long that is."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from typing import Any

import numpy as np

from app.quant.frames import Hours
from app.quant.greeks.european import DAYS_A_YEAR

MORNING_ROOTS = frozenset({"SPX", "NDX", "RUT", "DJX"})
"""Indices whose monthly contracts settle at the opening prices of their last day (SET)."""
_US_A_YEAR = DAYS_A_YEAR * 86_400_000_000
_FRIDAY, _SATURDAY = 5, 6
_THIRD_WEEK = range(15, 22)


def years_until(settles_at: Any, now: int) -> Any:
    """Return the time from an instant to others (microseconds), in years of 365 days; 0 once past.

    Hours and minutes count; nights, weekends and holidays count as every other hour.
    """
    found = np.maximum(np.asarray(settles_at, np.int64) - now, 0) / _US_A_YEAR
    return found if found.ndim else float(found)


def is_monthly(expiry: int) -> bool:
    """Whether a date (ordinal) is that of monthly contracts: the third Friday.

    Until February 2015 they were dated the Saturday after it; where that Friday is a holiday they
    end on the Thursday, which is not told from the date alone.
    """
    day = date.fromordinal(expiry)
    if day.isoweekday() == _SATURDAY:
        day = date.fromordinal(expiry - 1)
    return day.isoweekday() == _FRIDAY and day.day in _THIRD_WEEK


def settles_in_the_morning(root: str, expiry: int) -> bool:
    """Whether a contract settles at the opening: monthly ones of some indices; SPXW does not."""
    return root in MORNING_ROOTS and is_monthly(expiry)


def settles_at(expiry: int, hours: Hours, *, in_the_morning: bool = False) -> int | None:
    """Return when a contract's worth is fixed, in microseconds; None beyond the known sessions.

    The close of the session of its date, or of the last one before it where the date has none;
    in the morning: that session's opening.
    """
    at = bisect_right(hours.days, expiry) - 1
    if at < 0 or at == len(hours.days) - 1:
        return None
    return int(hours.opens[at] if in_the_morning else hours.closes[at])
