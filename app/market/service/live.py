"""What the feed process heard last of an instrument, from Redis (docs/adr/0017)."""

from __future__ import annotations

import json
import math
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from app.core import cache, clock, ticks
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


class LivePrice(NamedTuple):
    """A price that the feed told just now."""

    price: Decimal
    at: datetime
    age_seconds: int


def live_price(instrument_id: int) -> LivePrice | None:
    """Return the feed's last price of an instrument; None where it has none that is live."""
    told = live_bar(instrument_id)
    if told is None:
        return None
    # Its module loads numpy: a web process without a feed never needs it.
    from app.market.rules.state import LIVE_SECONDS

    now = clock.now()
    if not math.isfinite(told.close) or told.close <= 0:
        return None
    age = max(0.0, (now - told.sent_at).total_seconds())
    if age > LIVE_SECONDS:
        return None
    return LivePrice(Decimal(repr(told.close)), min(told.sent_at, now), int(age))
