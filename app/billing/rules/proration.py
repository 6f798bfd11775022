"""What a switch to another price costs for the rest of a period.

The second source beside the provider's own preview: when both differ by more than a unit, one of
them reads the period wrongly.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from math import floor

MICROSECOND = timedelta(microseconds=1)


def rest(old_minor: int, new_minor: int, start: datetime, end: datetime, at: datetime) -> int:
    """Return what a switch at a moment of the period costs; negative: what is left as a credit.

    The difference of both prices for the part of the period that is left, to the second as the
    provider counts, rounded once and half away from zero: so it differs from the exact amount by
    half a unit at most, and switching back at the same moment costs the same with another sign.
    """
    if not start < end:
        message = "a period ends after it begins"
        raise ValueError(message)
    left = max(timedelta(0), end - max(start, at))
    exact = Fraction((new_minor - old_minor) * (left // MICROSECOND), (end - start) // MICROSECOND)
    return _rounded(exact)


def _rounded(exact: Fraction) -> int:
    half = Fraction(1, 2)
    return floor(exact + half) if exact >= 0 else -floor(-exact + half)
