"""Charts for tests: a symbol with bars, and who draws on a chart of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.core.db import transaction
from app.market import service as market
from tests.factories.bars import minutes_from

START = datetime(2026, 5, 20, 13, 30, tzinfo=UTC)
"""An opening in New York."""


def with_minutes(symbol: str = "AAPL", sessions: int = 2, count: int = 390, **options) -> int:
    """Keep minutes of the first sessions of a week; return the instrument's id."""
    with transaction():
        instrument = market.get_instrument(symbol)
        for day in range(sessions):
            start = START + timedelta(days=day)
            bars = minutes_from(start, count, price=100 + day, **options)
            market.store_bars(instrument.id, "M1", bars, "massive")
    return instrument.id


def support(price: str = "100", **more) -> dict:
    """Return an operation that draws a horizontal line."""
    return {"kind": "draw_support_resistance", "role": "support", "price": price, **more}
