"""Times of exchanges for robots, which have no clock and no calendar of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE_US, DAY_MINUTES = 60_000_000, 1_440


def new_york_minute(at_us: int) -> int:
    """Return the minute of the day in New York: 570 is 9:30, in summer and in winter."""
    minutes = at_us // MINUTE_US
    # The clocks there change at full hours of UTC.
    return (minutes + _offset(minutes // 60)) % DAY_MINUTES


@lru_cache(maxsize=4096)
def _offset(hour: int) -> int:
    at = EPOCH + timedelta(hours=hour)
    away = at.astimezone(NEW_YORK).utcoffset()
    return 0 if away is None else int(away.total_seconds()) // 60
