"""How each broker writes a contract, a date and a number."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.fakes.screens.world import Leg

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def plain(value: Decimal) -> str:
    """Return a strike or a count without needless zeros."""
    return f"{value.normalize():f}"


def money(value: Decimal, places: int = 2) -> str:
    """Return 1,234.50 or -1,234.50."""
    return f"{value:,.{places}f}"


def dollars(value: Decimal, *, plus: bool = False) -> str:
    """Return $1,234.50, -$1,234.50 or, where asked, +$1,234.50."""
    sign = "-" if value < 0 else "+" if plus else ""
    return f"{sign}${abs(value):,.2f}"


def is_third_friday(day: date) -> bool:
    """Whether it is the month's usual expiry."""
    return 15 <= day.day <= 21


def tastytrade(leg: Leg, seen_on: date) -> str:
    """Dec 19 21d 450 C; with '26 where it is not this year."""
    expiry = _expiry(leg)
    year = f" '{expiry:%y}" if expiry.year != seen_on.year else ""
    days = (expiry - seen_on).days
    return f"{MONTHS[expiry.month - 1]} {expiry.day}{year} {days}d {_strike(leg)} {leg.right[0].upper()}"


def thinkorswim(leg: Leg) -> str:
    """100 (Weeklys) 19 DEC 25 450 CALL."""
    expiry = _expiry(leg)
    weekly = "" if is_third_friday(expiry) else " (Weeklys)"
    day = f"{expiry.day} {MONTHS[expiry.month - 1].upper()} {expiry:%y}"
    return f"100{weekly} {day} {_strike(leg)} {leg.right.upper()}"


def workstation(leg: Leg) -> str:
    """Dec19'25 450 CALL, as Interactive Brokers' workstation writes it."""
    expiry = _expiry(leg)
    month = MONTHS[expiry.month - 1]
    return f"{month}{expiry.day:02}'{expiry:%y} {_strike(leg)} {leg.right.upper()}"


def portal(leg: Leg) -> str:
    """DEC 19 '25 450 Call, as Interactive Brokers' pages write it."""
    expiry = _expiry(leg)
    month = MONTHS[expiry.month - 1].upper()
    return f"{month} {expiry.day:02} '{expiry:%y} {_strike(leg)} {leg.right.title()}"


def occ(leg: Leg) -> str:
    """SPY 251219C00450000: the clearing house's own name."""
    strike = int((leg.strike or Decimal(0)) * 1000)
    return f"{leg.ticker} {_expiry(leg):%y%m%d}{leg.right[0].upper()}{strike:08}"


def robinhood(leg: Leg) -> str:
    """AAPL $450 Call."""
    return f"{leg.ticker} ${_strike(leg)} {leg.right.title()}"


def short_date(leg: Leg, seen_on: date) -> str:
    """12/19, or 12/19/2026 where it is not this year."""
    expiry = _expiry(leg)
    year = f"/{expiry.year}" if expiry.year != seen_on.year else ""
    return f"{expiry.month}/{expiry.day}{year}"


def webull_date(leg: Leg) -> str:
    """19 Dec 25 (W)."""
    expiry = _expiry(leg)
    weekly = "" if is_third_friday(expiry) else " (W)"
    return f"{expiry.day:02} {MONTHS[expiry.month - 1]} {expiry:%y}{weekly}"


def _expiry(leg: Leg) -> date:
    if leg.expiry is None:
        message = "shares do not expire"
        raise ValueError(message)
    return leg.expiry


def _strike(leg: Leg) -> str:
    return plain(leg.strike or Decimal(0))
