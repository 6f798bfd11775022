"""The key levels once more, by another method: rows one after the other, decimals, a clock on the wall.

Nothing here comes from the service: no numpy but for handing columns to TA-Lib (ATR and EMA), no
exchange calendar (the trading days are those of a file of daily prices), hours by zoneinfo.
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import talib

NEW_YORK = ZoneInfo("America/New_York")
EARLY, OPEN, CLOSE, LATE = time(4), time(9, 30), time(16), time(20)
ROWS, SHARE, ATR_BARS = 100, Decimal("0.7"), 14
Found = dict[str, Decimal | float | None]


class Bar(NamedTuple):
    """A minute or a day."""

    at: datetime
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


class Source(NamedTuple):
    """What is known of a symbol."""

    minutes: list[Bar]
    days: dict[date, Bar]
    trading_days: list[date]
    """Empty: it trades around the clock."""
    is_index: bool


def read_minutes(path: Path) -> list[Bar]:
    """Return the rows of a file of minutes."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            _bar(datetime.fromisoformat(row["opened_at"]).astimezone(UTC), row)
            for row in csv.DictReader(file)
        ]


def read_days(path: Path) -> dict[date, Bar]:
    """Return the rows of a file of days by their dates."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    days = [date.fromisoformat(row["session"]) for row in rows]
    return {
        day: _bar(datetime.combine(day, OPEN, NEW_YORK), row)
        for day, row in zip(days, rows, strict=True)
    }


def _bar(at: datetime, row: dict[str, str]) -> Bar:
    return Bar(at, *(Decimal(row[name]) for name in ("high", "low", "close", "volume")))


# --- The clock ---


def _local(source: Source, at: datetime) -> datetime:
    return at.astimezone(NEW_YORK) if source.trading_days else at


def _session(source: Source, at: datetime) -> date:
    here = _local(source, at)
    if not source.trading_days:
        return here.date()
    day = here.date() if here.time() < LATE else here.date() + timedelta(days=1)
    return source.trading_days[bisect_left(source.trading_days, day)]


def _day_before(source: Source, day: date) -> date:
    if not source.trading_days:
        return day - timedelta(days=1)
    return source.trading_days[bisect_left(source.trading_days, day) - 1]


def _is_regular(source: Source, bar: Bar, day: date) -> bool:
    here = _local(source, bar.at)
    if here.date() != day:
        return False
    return not source.trading_days or OPEN <= here.time() < CLOSE


def _is_early(source: Source, bar: Bar, day: date) -> bool:
    here = _local(source, bar.at)
    return bool(source.trading_days) and here.date() == day and EARLY <= here.time() < OPEN


# --- The levels ---


def second_levels(source: Source, at: datetime) -> Found:
    """Return the levels of a source at an instant; None where there is none."""
    day = _session(source, at)
    known = [bar for bar in source.minutes if bar.at + timedelta(minutes=1) <= at]
    own = [bar for bar in known if _is_regular(source, bar, day)]
    before = _day_before(source, day)
    days = _days(source, day)
    found: Found = {}
    found |= _high_low_close(("pdh", "pdl", "pdc"), [days[before]] if before in days else [])
    found |= _pivots("", found, ("pdh", "pdl", "pdc"))
    week = _period(source, days, day, lambda each: each.isocalendar()[:2])
    month = _period(source, days, day, lambda each: (each.year, each.month))
    found |= _high_low_close(("pwh", "pwl", "pwc"), week)
    found |= _pivots("w", found, ("pwh", "pwl", "pwc"))
    found |= _high_low_close(("pmoh", "pmol", "pmoc"), month)
    early = [bar for bar in known if _is_early(source, bar, day)]
    found |= _high_low_close(("pmh", "pml", ""), early)
    found |= _opening(source, own, at)
    found |= _vwap([] if source.is_index else own)
    found |= _long_means(days, before, day)
    yesterday = [bar for bar in known if _is_regular(source, bar, before)]
    found |= _profile([] if source.is_index else yesterday)
    found.pop("", None)
    return found


def _days(source: Source, before: date) -> dict[date, Bar]:
    """Return the days before a session: those of the file, and those made of minutes."""
    days = {day: bar for day, bar in source.days.items() if day < before}
    by_day: dict[date, list[Bar]] = {}
    for bar in source.minutes:
        day = _local(source, bar.at).date()
        if day < before and day not in days and _is_regular(source, bar, day):
            by_day.setdefault(day, []).append(bar)
    for day, bars in by_day.items():
        high, low = max(bar.high for bar in bars), min(bar.low for bar in bars)
        days[day] = Bar(bars[0].at, high, low, bars[-1].close, sum_of(b.volume for b in bars))
    return dict(sorted(days.items()))


def sum_of(values: Iterable[Decimal]) -> Decimal:
    """Add up decimals."""
    return sum(values, Decimal(0))


def _period(
    source: Source, days: dict[date, Bar], day: date, key: Callable[[date], tuple[int, ...]]
) -> list[Bar]:
    """Return the days of the week or month before that of a session; none where one is missing."""
    last = _day_before(source, day)
    while key(last) == key(day):
        last = _day_before(source, last)
    wanted, each = [last], _day_before(source, last)
    while key(each) == key(last):
        wanted.insert(0, each)
        each = _day_before(source, each)
    if any(each not in days for each in wanted):
        return []
    return [days[each] for each in wanted]


def _high_low_close(names: tuple[str, str, str], bars: list[Bar]) -> Found:
    if not bars:
        return dict.fromkeys(names)
    values = (max(b.high for b in bars), min(b.low for b in bars), bars[-1].close)
    return dict(zip(names, values, strict=True))


def _pivots(prefix: str, found: Found, of: tuple[str, str, str]) -> Found:
    names = [f"{prefix}{name}" for name in ("pp", "r1", "r2", "r3", "s1", "s2", "s3")]
    high, low, close = (found[name] for name in of)
    if not (isinstance(high, Decimal) and isinstance(low, Decimal) and isinstance(close, Decimal)):
        return dict.fromkeys(names)
    pp = (high + low + close) / 3
    r1, s1 = pp + (pp - low), pp - (high - pp)
    r2, s2 = pp + (r1 - s1), pp - (r1 - s1)
    r3, s3 = r1 + (high - low), s1 - (high - low)
    return dict(zip(names, (pp, r1, r2, r3, s1, s2, s3), strict=True))


def _opening(source: Source, own: list[Bar], at: datetime) -> Found:
    start = datetime.combine(_session(source, at), OPEN, NEW_YORK)
    if not source.trading_days:
        start = datetime.combine(at.date(), time(0), UTC)
    end = start + timedelta(minutes=30)
    bars = [bar for bar in own if bar.at < end] if at >= end else []
    return _high_low_close(("orh", "orl", ""), bars)


def _vwap(bars: list[Bar]) -> Found:
    names = ["vwap", *(f"vwap_{side}{n}" for n in (1, 2, 3) for side in ("upper", "lower"))]
    traded = sum_of(bar.volume for bar in bars)
    if not traded:
        return dict.fromkeys(names)
    typical = [(bar.high + bar.low + bar.close) / 3 for bar in bars]
    pairs = list(zip(typical, (bar.volume for bar in bars), strict=True))
    mean = sum_of(price * volume for price, volume in pairs) / traded
    width = (sum_of(volume * (price - mean) ** 2 for price, volume in pairs) / traded).sqrt()
    bands = [mean + side * n * width for n in (1, 2, 3) for side in (1, -1)]
    return dict(zip(names, [mean, *bands], strict=True))


def _long_means(days: dict[date, Bar], before: date, day: date) -> Found:
    found: Found = {"atr": None, "ema50w": None, "ema200w": None}
    bars = list(days.values())[-250:]
    if len(bars) > ATR_BARS and max(days) == before:
        high, low, close = (
            np.array([float(getattr(bar, name)) for bar in bars])
            for name in ("high", "low", "close")
        )
        found["atr"] = float(talib.ATR(high, low, close, ATR_BARS)[-1])
    closes: dict[tuple[int, ...], float] = {}
    for each, bar in days.items():
        if each.isocalendar()[:2] != day.isocalendar()[:2]:
            closes[each.isocalendar()[:2]] = float(bar.close)
    weekly = np.array(list(closes.values()))
    for n in (50, 200):
        if len(weekly) >= n:
            found[f"ema{n}w"] = float(talib.EMA(weekly, n)[-1])
    return found


def _profile(bars: list[Bar]) -> Found:
    traded = sum_of(bar.volume for bar in bars)
    if not traded:
        return {"poc": None, "vah": None, "val": None}
    bottom, top = min(bar.low for bar in bars), max(bar.high for bar in bars)
    step = (top - bottom) / ROWS
    rows = [Decimal(0)] * ROWS
    for bar in bars:
        first = min(int((bar.low - bottom) / step), ROWS - 1)
        if bar.high == bar.low:
            rows[first] += bar.volume
            continue
        last = min(int((bar.high - bottom) / step), ROWS - 1)
        for at in range(first, last + 1):
            floor = bottom + at * step
            inside = min(bar.high, floor + step) - max(bar.low, floor)
            rows[at] += bar.volume * max(inside, Decimal(0)) / (bar.high - bar.low)
    most = max(range(ROWS), key=lambda at: (rows[at], -at))
    low, high, held = most, most, rows[most]
    while held < SHARE * traded:
        above = rows[high + 1] if high + 1 < ROWS else Decimal(-1)
        below = rows[low - 1] if low else Decimal(-1)
        if above >= below:
            high, held = high + 1, held + above
        else:
            low, held = low - 1, held + below
    return {
        "poc": bottom + (most + Decimal("0.5")) * step,
        "vah": bottom + (high + 1) * step,
        "val": bottom + low * step,
    }
