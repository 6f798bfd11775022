"""A member's own figures, as far as their plan shows them: which periods, and how far back.

Public records are never narrowed, and neither are backtests: they are no history of anybody's.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from app.billing import service as billing
from app.core import clock
from app.core.formatters import NEW_YORK
from app.performance.schemas import EquityCurve, MetricsRow, Period
from app.performance.service.reading import (
    equity_curve,
    get_metrics,
    list_metrics,
    period_start,
)
from app.quant.sessions import period_bounds

WIDEST: tuple[Period, ...] = ("all_time", "monthly", "weekly", "daily")
BACKTEST = "backtest"


def own_periods(user_id: int) -> frozenset[str]:
    """Return the periods over which a member's plan shows figures."""
    return billing.entitlements(user_id).members("periods")


def widest_period(user_id: int) -> Period:
    """Return the longest period over which a member's plan shows figures."""
    periods = own_periods(user_id)
    return next((period for period in WIDEST if period in periods), "daily")


def own_metrics(
    user_id: int, period: Period, *, on: date | None = None, **narrow: Any
) -> MetricsRow:
    """Return a member's figures of one period: the newest, or the one that `on` lies in.

    Raises:
        EntitlementError: the plan does not show this period, or does not reach so far back.
    """
    if narrow.get("kind") == BACKTEST:
        return get_metrics(user_id, period, on=on, **narrow)
    since = _since(user_id, period)
    if on is not None and since is not None and _ends(period, on) < since:
        raise billing.needed(user_id, "history_days")
    row = get_metrics(user_id, period, on=on, **narrow)
    if row.on is not None and since is not None and _ends(period, row.on) < since:
        # The newest there is lies further back than the plan shows: there is nothing since.
        today = clock.now().astimezone(NEW_YORK).date()
        return get_metrics(user_id, period, on=today, **narrow)
    return row


def own_history(
    user_id: int, period: Period, *, since: date | None = None, **narrow: Any
) -> list[MetricsRow]:
    """Return a member's history of one kind of period, oldest first, as far as the plan shows it.

    Raises:
        EntitlementError: the plan does not show this period.
    """
    if narrow.get("kind") != BACKTEST:
        first = _since(user_id, period)
        if first is not None:
            start = period_start(period, first)
            since = start if since is None else max(since, start)
    return list_metrics(user_id, period, since=since, **narrow)


def own_curve(user_id: int, plugin_id: str | None, since: date | None) -> EquityCurve:
    """Return the daily closes of a member's scope, as far back as the plan shows them.

    What was won or lost before counts from nothing there: it would tell of what is not shown.
    """
    first = billing.history_since(user_id)
    if first is None:
        return equity_curve(user_id, plugin_id, since=since)
    whole = equity_curve(user_id, plugin_id)
    begins = first if since is None else max(since, first)
    before = [point.pnl for point in whole.points if point.on < first]
    base = before[-1] if before else Decimal(0)
    shown = [point._replace(pnl=point.pnl - base) for point in whole.points if point.on >= begins]
    return whole.model_copy(update={"points": shown})


def _since(user_id: int, period: Period) -> date | None:
    """Return the first day that is shown; None: all, which all time always is."""
    if period not in own_periods(user_id):
        raise billing.needed(user_id, "periods")
    return None if period == "all_time" else billing.history_since(user_id)


def _ends(period: Period, day: date) -> date:
    """Return the last day of the period that `day` lies in."""
    return date.fromordinal(period_bounds(period, day.toordinal())[1])
