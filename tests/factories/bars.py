"""Bars for tests: columns from few numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from app.core.db import transaction
from app.core.types import EPOCH
from app.market import service as market
from app.quant.bars import ScaledBars, price_units

MINUTE = 60_000_000


def us(instant: datetime) -> int:
    """Return an aware instant in microseconds since 1970."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def bars_at(opened_at, price=100.0, volume=10.0, step=0.01) -> ScaledBars:
    """Return bars that open at instants in microseconds; the price climbs by `step` a bar."""
    at = np.asarray(opened_at, np.int64)
    base = price + step * np.arange(len(at))
    return ScaledBars(
        at,
        price_units(base),
        price_units(base + 0.5),
        price_units(base - 0.5),
        price_units(base + 0.25),
        np.full(len(at), float(volume)),
    )


def minutes_from(start: datetime, count: int, **options) -> ScaledBars:
    """Return `count` minute bars in a row."""
    return bars_at(us(start) + MINUTE * np.arange(count), **options)


def keep_days(symbol: str) -> None:
    """Keep five daily bars of a symbol, for charts."""
    opens = [datetime(2026, 5, day, 13, 30, tzinfo=UTC) for day in (18, 19, 20, 21, 22)]
    with transaction():
        instrument = market.get_instrument(symbol)
        market.store_bars(instrument.id, "D1", bars_at([us(one) for one in opens]), "massive")
