"""An invented economy: calendar, rate expectations, sectors and earnings from a seed. Pure.

Its regions, companies and figures are made up; all of it carries the source "simulated".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from app.market.rules import SIMULATED_PREFIX
from app.market.rules.macro import (
    BENCHMARK,
    Earnings,
    Fact,
    Kind,
    RateExpectation,
    Release,
    SectorClose,
)

_NEW_YORK = ZoneInfo("America/New_York")
_HALF_PAST_EIGHT, _TWO = time(8, 30), time(14)
# Name, day of the month it is near, importance, unit, usual value, how much it swings.
_RELEASES = (
    ("Nonfarm payrolls", 5, 3, "k", 180, 45),
    ("Unemployment rate", 5, 3, "%", 4.1, 0.1),
    ("Consumer prices, year on year", 12, 3, "%", 2.6, 0.2),
    ("Producer prices, month on month", 13, 2, "%", 0.2, 0.2),
    ("Retail sales, month on month", 16, 2, "%", 0.3, 0.4),
    ("Housing starts", 18, 1, "m", 1.36, 0.05),
    ("Consumer sentiment", 24, 1, "", 71, 3),
    ("Durable goods orders", 26, 2, "%", 0.4, 1.5),
    ("GDP, quarter on quarter", 28, 3, "%", 2.2, 0.6),
)
_SECTORS = (
    "Communication", "Consumer discretionary", "Consumer staples", "Energy", "Financials",
    "Health care", "Industrials", "Materials", "Real estate", "Technology", "Utilities",
)  # fmt: skip
_COMPANIES = 14
_STEP = Decimal("0.25")
_MEETING_GAP = timedelta(days=45)
_FIRST_MEETING = date(2020, 1, 29)
_EPOCH = date(2020, 1, 1)


def _dice(seed: str, *parts: object) -> np.random.Generator:
    digest = hashlib.sha256(":".join([seed, *map(str, parts)]).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def facts(
    kind: Kind, seed: str, sessions: Sequence[date], span: tuple[date, date], now: datetime
) -> list[Fact]:
    """Return what there is of a kind in a span of days, as it is known at `now`."""
    start, end = span
    if kind == "calendar":
        return [each for each in _releases(seed, start, end, now) if start <= each.at.date() <= end]
    if kind == "rates":
        return list(_rates(seed, end, now.astimezone(_NEW_YORK).date()))
    if kind == "sectors":
        today = now.astimezone(_NEW_YORK).date()
        return list(_sectors(seed, [day for day in sessions if day < today], start))
    return list(_earnings(seed, start, end, now.astimezone(_NEW_YORK).date()))


def _months(start: date, end: date) -> Iterator[date]:
    month = start.replace(day=1)
    while month <= end:
        yield month
        month = (month + timedelta(days=32)).replace(day=1)


def _workday(day: date) -> date:
    return day + timedelta(days=(0, 0, 0, 0, 0, 2, 1)[day.weekday()])


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, _NEW_YORK).astimezone(UTC)


def _releases(seed: str, start: date, end: date, now: datetime) -> Iterator[Release]:
    for month in _months(start, end):
        for name, near, importance, unit, usual, swing in _RELEASES:
            digits = 0 if swing >= 1 else 2
            values = [_value(seed, name, each, (usual, swing), digits) for each in _pair(month)]
            dice = _dice(seed, "forecast", name, month)
            forecast = round(float(values[1]) + swing * 0.6 * dice.standard_normal(), digits)
            released_at = _at(_workday(month + timedelta(days=near - 1)), _HALF_PAST_EIGHT)
            yield Release(
                released_at=released_at,
                name=name,
                importance=importance,
                period=f"{_pair(month)[0]:%b %Y}",
                unit=unit,
                previous=values[0],
                forecast=Decimal(str(forecast)),
                actual=values[1] if released_at <= now else None,
            )


def _pair(month: date) -> tuple[date, date]:
    """Return the month before and the month: a release tells of the one before."""
    return (month - timedelta(days=1)).replace(day=1), month


def _value(seed: str, name: str, month: date, shape: tuple[float, float], digits: int) -> Decimal:
    usual, swing = shape
    value = usual + swing * _dice(seed, "value", name, month).standard_normal()
    return Decimal(str(round(value, digits)))


def _rates(seed: str, end: date, today: date) -> Iterator[RateExpectation]:
    meeting, held = _FIRST_MEETING, Decimal("4.25")
    while meeting <= end:
        if meeting >= today:
            distance = (meeting - today).days / 365
            cut = min(0.9, 0.2 + 0.6 * distance + 0.1 * float(_dice(seed, meeting).random()))
            deep = cut * cut * 0.4
            cut, deep = round(cut, 4), round(deep, 4)
            ranges = [(0, 1 - cut), (1, cut - deep), (2, deep)]
            for steps, share in ranges:
                low = held - steps * _STEP
                yield RateExpectation(
                    as_of=today,
                    meeting_on=meeting,
                    low=low,
                    high=low + _STEP,
                    probability=round(share, 4),
                )
        meeting += _MEETING_GAP


def _sectors(seed: str, sessions: Sequence[date], start: date) -> Iterator[SectorClose]:
    known = [day for day in sessions if day >= _EPOCH]
    market = _dice(seed, BENCHMARK).standard_normal(len(known)) * 0.009 + 0.0003
    names = (BENCHMARK, *_SECTORS)
    for number, name in enumerate(names):
        own = _dice(seed, "sector", name).standard_normal(len(known)) * 0.006
        # A slow swing of each sector's own, so that they take turns.
        turn = 0.0008 * np.sin(np.arange(len(known)) / 40 + number * 2.1)
        moves = market if name == BENCHMARK else market + own + turn
        closes = 100 * np.exp(np.cumsum(moves))
        for day, close in zip(known, closes.tolist(), strict=True):
            if day >= start:
                symbol = f"{SIMULATED_PREFIX}ATED-{'M' if name == BENCHMARK else f'S{number}'}"
                value = Decimal(str(round(close, 2)))
                yield SectorClose(session=day, sector=name, symbol=symbol, close=value)


def _earnings(seed: str, start: date, end: date, today: date) -> Iterator[Earnings]:
    for month in _months(start - timedelta(days=31), end):
        if month.month % 3 != 1:
            continue
        for number in range(_COMPANIES):
            dice = _dice(seed, "earnings", month, number)
            day = _workday(month + timedelta(days=int(12 + 30 * dice.random())))
            if not start <= day <= end:
                continue
            estimate = Decimal(str(round(0.4 + 0.25 * number, 2)))
            actual = Decimal(
                str(round(float(estimate) * (1.02 + 0.07 * dice.standard_normal()), 2))
            )
            revenue = Decimal(round(200 + 310 * number)) * 1_000_000
            is_known = day < today
            told = month - timedelta(days=1)
            factor = Decimal(str(round(1 + 0.03 * dice.standard_normal(), 4)))
            yield Earnings(
                symbol=f"{SIMULATED_PREFIX}-E{number + 1}",
                company=f"Simulated company {number + 1}",
                report_on=day,
                hour="before" if dice.random() < 0.5 else "after",  # noqa: PLR2004 - a coin
                period=f"Q{(told.month + 2) // 3} {told.year}",
                eps_estimate=estimate,
                eps_actual=actual if is_known else None,
                revenue_estimate=revenue,
                revenue_actual=revenue * factor if is_known else None,
            )
