"""Which day, week and month it is, and how far back a range goes."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from app.core.formatters import NEW_YORK
from app.performance.schemas import Period

RANGE_DAYS = {"1m": 31, "3m": 92, "6m": 183}


def period_start(period: Period, now: datetime) -> date:
    """Return the first day of the period that `now` is in, by the exchange's calendar day."""
    today = now.astimezone(NEW_YORK).date()
    if period == "daily":
        return today
    if period == "weekly":
        return today - timedelta(days=today.weekday())
    return today.replace(day=1) if period == "monthly" else date.min


def since(range_name: str, now: datetime) -> date | None:
    """Return the first day of a range of the chart; None for all."""
    days = RANGE_DAYS.get(range_name)
    return None if days is None else now.astimezone(NEW_YORK).date() - timedelta(days=days)
