"""Arithmetic of the fake: periods, proration to the second, fees, currencies."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from fractions import Fraction

ZERO_DECIMALS = {"jpy", "krw", "clp", "vnd", "xaf", "xof"}
THREE_DECIMALS = {"kwd", "bhd", "jod", "omr", "tnd"}
TWO_DECIMALS = {"usd", "eur", "gbp", "chf", "cad", "aud", "pln", "sek", "nok", "dkk"}
CURRENCIES = ZERO_DECIMALS | THREE_DECIMALS | TWO_DECIMALS
FEE_PER_MILLE = 29
FIXED_FEE = 30
DISPUTE_FEE = 1500
DAY = 86_400


def step(currency: str) -> int:
    """The smallest amount: cards have no third decimal, so Stripe asks for multiples of ten."""
    return 10 if currency in THREE_DECIMALS else 1


def fee(amount: int, currency: str) -> int:
    """Return the processing fee: 2.9 % and 30 of the currency's hundredths."""
    fixed = {1: FIXED_FEE, 10: FIXED_FEE * 10}[step(currency)]
    if currency in ZERO_DECIMALS:
        fixed = FIXED_FEE
    return min(amount, (amount * FEE_PER_MILLE + 500) // 1000 + fixed)


def share(part: Fraction, currency: str) -> int:
    """Return a part of an amount, rounded half away from zero to what the currency can pay."""
    size = step(currency)
    rounded = int(abs(part) / size + Fraction(1, 2)) * size
    return rounded if part >= 0 else -rounded


def percent(amount: int, rate: float) -> int:
    """Return a tax, rounded half up."""
    return int((amount * round(rate * 10_000) + 500_000) // 1_000_000)


def shown(amount, currency) -> str:
    """Return an amount as people read it."""
    digits = 0 if currency in ZERO_DECIMALS else 3 if currency in THREE_DECIMALS else 2
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), 10**digits)
    tail = f".{rest:0{digits}d}" if digits else ""
    return f"{sign}{whole:,}{tail} {currency.upper()}"


def moment(seconds: int) -> datetime:
    """Return a timestamp as UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def add_interval(anchor: int, interval: str, count: int) -> int:
    """Return the anchor moved by some intervals; the 31st becomes the last day of a short month."""
    start = moment(anchor)
    if interval in ("day", "week"):
        days = count * (7 if interval == "week" else 1)
        return int((start + timedelta(days=days)).timestamp())
    months = start.month - 1 + count * (12 if interval == "year" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())


def next_end(anchor: int, interval: str, count: int, after: int) -> int:
    """Return the first end of a period, counted from the anchor, that lies after a moment."""
    turns = 1
    while (end := add_interval(anchor, interval, count * turns)) <= after:
        turns += 1
    return end
