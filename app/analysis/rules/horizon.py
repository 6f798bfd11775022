"""When the time of a prediction is over: so many bars of its chart, in regular hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.quant.frames import Hours

MINUTE_US = 60_000_000
MINUTES = {"M1": 1, "M5": 5, "M15": 15, "H1": 60, "H4": 240}
SESSIONS = {"D1": 1, "W1": 5, "MN": 21}


def ends_at(hours: Hours, timeframe: str, at: int, bars: int) -> int:
    """Return the instant after so many bars' worth of regular trading, in microseconds.

    Halts are not known before and do not stretch it; beyond the known calendar it ends with it.
    """
    first = int(hours.closes.searchsorted(at, side="right"))
    last = len(hours.closes) - 1
    if timeframe in SESSIONS:
        return int(hours.closes[min(last, first + bars * SESSIONS[timeframe] - 1)])
    left = bars * MINUTES[timeframe] * MINUTE_US
    for session in range(first, last + 1):
        begins = max(at, int(hours.opens[session]))
        length = int(hours.closes[session]) - begins
        if length >= left:
            return begins + left
        left -= length
    return int(hours.closes[last])
