"""What the feed process heard last of an instrument, from Redis (docs/adr/0017)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import NamedTuple

from app.core import cache, ticks
from app.market.service.sessions import instant

_SECOND = 1_000_000


class LiveBar(NamedTuple):
    """The newest minute of an instrument as the feed told it."""

    opened_at: int
    """Microseconds."""
    open: float
    high: float
    low: float
    close: float
    volume: float
    sent_at: datetime
    source: str
    is_closed: bool


def live_bar(instrument_id: int) -> LiveBar | None:
    """Return the newest minute that the feed told; None without a feed, or where it told rubbish."""
    told = cache.field_of(ticks.LAST, str(instrument_id))
    if told is None:
        return None
    try:
        message = json.loads(told)
        opened_at, *values = message["b"]
        opens, high, low, close, volume = (float(each) for each in values)
        return LiveBar(
            opened_at=int(opened_at) * _SECOND,
            open=opens,
            high=high,
            low=low,
            close=close,
            volume=volume,
            sent_at=instant(int(message["sent"])),
            source=str(message["source"])[:20],
            is_closed=bool(message["closed"]),
        )
    except (ValueError, TypeError, KeyError):
        return None
