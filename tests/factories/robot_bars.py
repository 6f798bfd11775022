"""Bars for tests: made by hand, by chance, or read from the real data."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from app.quant.bars import BarColumns

MARKET_DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "market"
DAY_US = 86_400_000_000
MINUTE_US = 60_000_000
START = date(2024, 1, 1).toordinal()


def columns(opened, high, low, close, volume=None, *, step=DAY_US, sessions=None) -> BarColumns:
    """Return bars one after the other; a session each unless `sessions` says otherwise."""
    prices = [np.asarray(each, np.float64) for each in (opened, high, low, close)]
    count = len(prices[0])
    first = (START - date(1970, 1, 1).toordinal()) * DAY_US
    times = first + np.arange(count, dtype=np.int64) * step
    days = START + np.arange(count) if sessions is None else START + np.asarray(sessions)
    sizes = np.full(count, 1000.0) if volume is None else np.asarray(volume, np.float64)
    return BarColumns(times, times + step, days.astype(np.int32), *prices, sizes)


def flat(closes, **options) -> BarColumns:
    """Return bars that open at the close before and reach no further than open and close."""
    closes = np.asarray(closes, np.float64)
    opened = np.concatenate((closes[:1], closes[:-1]))
    return columns(
        opened, np.maximum(opened, closes), np.minimum(opened, closes), closes, **options
    )


def walk(count, seed=1, start=100.0, scale=0.01, *, step=DAY_US, per_session=1) -> BarColumns:
    """Return bars of a random walk."""
    chance = np.random.default_rng(seed)
    closes = np.round(start * np.exp(np.cumsum(chance.normal(0, scale, count))), 2)
    opened = np.round(
        np.concatenate(([start], closes[:-1])) * (1 + chance.normal(0, scale / 4, count)), 2
    )
    reach = np.abs(chance.normal(0, scale / 2, (2, count)))
    high = np.round(np.maximum(opened, closes) * (1 + reach[0]), 2)
    low = np.round(np.minimum(opened, closes) * (1 - reach[1]), 2)
    volume = chance.integers(100, 5000, count)
    sessions = np.arange(count) // per_session
    return columns(opened, high, low, closes, volume, step=step, sessions=sessions)


def real(kind: str, symbol: str, last: int | None = None) -> BarColumns:
    """Return real bars, "daily" or "minute"; the test is skipped where they are not."""
    path = MARKET_DATA / kind / f"{symbol}.csv"
    if not path.exists():
        pytest.skip(f"real prices are not on this machine: {path.name}")
    with path.open() as file:
        rows = list(csv.DictReader(file))[-(last or 10**9) :]
    if kind == "daily":
        days = np.array([date.fromisoformat(row["session"]).toordinal() for row in rows])
        opened_at = (days.astype(np.int64) - date(1970, 1, 1).toordinal()) * DAY_US + 52_200_000_000
        length = 23_400_000_000
    else:
        at = [datetime.fromisoformat(row["opened_at"]).astimezone(UTC) for row in rows]
        opened_at = np.array([int(each.timestamp()) * 1_000_000 for each in at], np.int64)
        days, length = np.array([each.date().toordinal() for each in at]), MINUTE_US
    prices = [
        np.array([float(row[name]) for row in rows])
        for name in ("open", "high", "low", "close", "volume")
    ]
    return BarColumns(opened_at, opened_at + length, days.astype(np.int32), *prices)


def cut(bars: BarColumns, start: int | None, end: int | None) -> BarColumns:
    """Return a part of the bars."""
    return BarColumns(*(column[start:end] for column in bars))


def minutes(count_of_sessions=4, seed=3, start=100.0) -> BarColumns:
    """Return minutes from 9:20 to 16:10 in New York (summer time) of some sessions."""
    per_session = 410
    bars = walk(count_of_sessions * per_session, seed, start, 0.0006)
    at = np.arange(len(bars.close))
    days, minute = at // per_session, at % per_session
    first = (date(2024, 6, 3).toordinal() - date(1970, 1, 1).toordinal()) * DAY_US
    opened_at = first + days * DAY_US + (13 * 60 + 20 + minute) * MINUTE_US
    sessions = date(2024, 6, 3).toordinal() + days
    return bars._replace(
        opened_at=opened_at, closed_at=opened_at + MINUTE_US, session=sessions.astype(np.int32)
    )


def beside(bars: BarColumns, ratio) -> BarColumns:
    """Return bars at the same times whose prices are a ratio of the given ones."""
    prices = [np.round(getattr(bars, name) * ratio, 4) for name in ("open", "high", "low", "close")]
    opened, close = prices[0], prices[3]
    high = np.maximum.reduce([prices[1], opened, close])
    low = np.minimum.reduce([prices[2], opened, close])
    return bars._replace(open=opened, high=high, low=low, close=close)
