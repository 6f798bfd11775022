"""Use cases of the market: instruments, sessions, bars."""

from app.market.service.bars import (
    closed_bars_since,
    list_series,
    read_bars,
    read_many,
    series_marks,
    store_bars,
)
from app.market.service.instruments import (
    ASSET_CLASSES,
    CURRENCIES,
    VENUES,
    find_instruments,
    get_instrument,
    instruments_by_id,
    is_symbol,
)
from app.market.service.sessions import (
    Calendar,
    calendar,
    hours,
    instant,
    last_completed_session,
    microseconds,
    session_finder,
    session_on,
)

__all__ = [
    "ASSET_CLASSES",
    "CURRENCIES",
    "VENUES",
    "Calendar",
    "calendar",
    "closed_bars_since",
    "find_instruments",
    "get_instrument",
    "hours",
    "instant",
    "instruments_by_id",
    "is_symbol",
    "last_completed_session",
    "list_series",
    "microseconds",
    "read_bars",
    "read_many",
    "series_marks",
    "session_finder",
    "session_on",
    "store_bars",
]
