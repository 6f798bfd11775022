"""Figures for readers: one period, a history, a curve, a robot's record."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from app.core.types import from_scaled
from app.performance import queries, rules
from app.performance.models import PerformanceScope
from app.performance.schemas import (
    CurvePoint,
    EquityCurve,
    Metrics,
    MetricsRow,
    Period,
)
from app.performance.service.calendars import risk_free_rate
from app.quant.sessions import period_bounds
from app.quant.stats import profit_factor_interval, sharpe_interval, wilson_interval

CENT, UNIT4 = Decimal("0.01"), Decimal("0.0001")
NO_TRADES = dict.fromkeys(rules.FIGURES) | dict.fromkeys(
    ("trade_count", "win_count", "loss_count", "day_count"), 0
)


def _decimal(value: Any, unit: Decimal) -> Decimal | None:
    if value is None or isinstance(value, Decimal):
        return value
    return Decimal(f"{value:.2f}" if unit is CENT else f"{value:.4f}")


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _mean(total: Decimal, count: int, unit: Decimal = CENT) -> Decimal | None:
    return (total / count).quantize(unit, ROUND_HALF_EVEN) if count else None


def _ends(interval: tuple[float, float] | None) -> tuple[float | None, float | None]:
    return (None, None) if interval is None else (round(interval[0], 4), round(interval[1], 4))


def make_metrics(row: Any, calendar: str = rules.EXCHANGE) -> Metrics:
    """Shape the stored figures of a row (a mapping of FIGURES) with what follows from them.

    `calendar` is the scope's: it says how many sessions a year the Sharpe ratio is over.
    """
    trades, wins, losses = row["trade_count"], row["win_count"], row["loss_count"]
    profit = _decimal(row["gross_profit"], CENT) or Decimal("0.00")
    loss = _decimal(row["gross_loss"], CENT) or Decimal("0.00")
    total = _decimal(row["total_pnl"], CENT) or Decimal("0.00")
    average_win, average_loss = _mean(profit, wins), _mean(loss, losses)
    payoff = None
    if wins and loss:
        payoff = (profit * losses / (loss * wins)).quantize(UNIT4, ROUND_HALF_EVEN)
    interval = wilson_interval(wins, trades) if trades else None
    factor, sharpe = _number(row["profit_factor"]), _number(row["sharpe_ratio"])
    factor_ends = profit_factor_interval(factor, row["profit_factor_margin"])
    sharpe_ends = sharpe_interval(sharpe, row["day_count"], rules.sessions_a_year(calendar))
    low, high = _ends(sharpe_ends)
    factor_low, factor_high = _ends(factor_ends)
    return Metrics(
        trade_count=trades,
        win_count=wins,
        loss_count=losses,
        win_rate=_decimal(row["win_rate"], CENT),
        total_pnl=total,
        profit_factor=_decimal(row["profit_factor"], UNIT4),
        sharpe_ratio=_decimal(row["sharpe_ratio"], UNIT4),
        max_drawdown=_decimal(row["max_drawdown"], UNIT4),
        avg_trade_size=_decimal(row["avg_trade_size"], CENT),
        best_trade_pnl=_decimal(row["best_trade_pnl"], CENT),
        worst_trade_pnl=_decimal(row["worst_trade_pnl"], CENT),
        gross_profit=profit,
        gross_loss=loss,
        expectancy=_mean(total, trades),
        average_win=average_win,
        average_loss=average_loss,
        payoff_ratio=payoff,
        sortino_ratio=_decimal(row["sortino_ratio"], UNIT4),
        exposure_ratio=row["exposure_ratio"],
        max_drawdown_amount=_decimal(row["max_drawdown_amount"], CENT) or Decimal("0.00"),
        return_ratio=row["return_ratio"],
        equity_close=_decimal(row["equity_close"], CENT),
        day_count=row["day_count"],
        win_rate_low=None if interval is None else round(interval[0] * 100, 2),
        win_rate_high=None if interval is None else round(interval[1] * 100, 2),
        sharpe_low=low,
        sharpe_high=high,
        profit_factor_low=factor_low,
        profit_factor_high=factor_high,
    )


NOTHING = make_metrics(NO_TRADES)
"""The figures of who has not traded."""


def _metrics_row(scope: PerformanceScope, period: Period, row: Any) -> MetricsRow:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row's mapping
    return MetricsRow(
        user_id=scope.user_id,
        plugin_id=scope.plugin_id or None,
        period=period,
        on=values["metric_date"],
        kinds=list(scope.kinds),
        currency=scope.currency,
        as_of=scope.as_of,
        metrics=make_metrics(values, scope.calendar),
        risk_free_rate=Decimal(str(risk_free_rate())),
        updated_at=values["updated_at"],
    )


def _empty_row(
    user_id: int | None,
    plugin_id: str | None,
    period: Period,
    on: date | None,
    currency: str | None,
) -> MetricsRow:
    return MetricsRow(
        user_id=user_id,
        plugin_id=plugin_id,
        period=period,
        on=on,
        kinds=[],
        currency=currency or "USD",
        as_of=None,
        metrics=make_metrics(NO_TRADES),
        risk_free_rate=Decimal(str(risk_free_rate())),
        updated_at=None,
    )


def period_start(period: Period, day: date) -> date:
    """Return the first day of the daily, weekly or monthly period that `day` lies in."""
    return date.fromordinal(period_bounds(period, day.toordinal())[0])


def _own_kind(user_id: int | None) -> str:
    return rules.PUBLIC if user_id is None else rules.FORWARD


def get_metrics(
    user_id: int | None,
    period: Period,
    *,
    plugin_id: str | None = None,
    kind: str | None = None,
    currency: str | None = None,
    on: date | None = None,
) -> MetricsRow:
    """Return figures of one period: the newest, or the one that `on` lies in.

    Of a user, or with `user_id` None of a robot's public record.

    Without a robot all robots together, without a kind the forward figures. A period without a
    row has zero trades and no answers; its `on` is None when there is no row at all.
    """
    start = period_start(period, on) if on and period != "all_time" else None
    scope = queries.find_scope(user_id, plugin_id or "", kind or _own_kind(user_id), currency)
    row = scope and queries.find_metric(scope, period, start)
    if scope is None or row is None:
        empty = _empty_row(user_id, plugin_id, period, start, currency)
        if scope is None:
            return empty
        update = {"kinds": list(scope.kinds), "currency": scope.currency, "as_of": scope.as_of}
        return empty.model_copy(update=update)
    return _metrics_row(scope, period, row)


def list_metrics(  # noqa: PLR0913 - each narrows the history
    user_id: int | None,
    period: Period,
    *,
    plugin_id: str | None = None,
    kind: str | None = None,
    currency: str | None = None,
    since: date | None = None,
    until: date | None = None,
    limit: int = 1000,
) -> list[MetricsRow]:
    """Return a user's history of one kind of period, oldest first."""
    scope = queries.find_scope(user_id, plugin_id or "", kind or _own_kind(user_id), currency)
    if scope is None:
        return []
    rows = queries.list_metrics(scope, period, since, until, limit)
    return [_metrics_row(scope, period, row) for row in rows]


def equity_curve(
    user_id: int | None,
    plugin_id: str | None = None,
    *,
    kind: str | None = None,
    currency: str | None = None,
    since: date | None = None,
) -> EquityCurve:
    """Return the daily closes of a user's scope, or with `user_id` None of a robot's record."""
    scope = queries.find_scope(user_id, plugin_id or "", kind or _own_kind(user_id), currency)
    if scope is None:
        return EquityCurve(
            points=[],
            currency=currency or "USD",
            has_balance=False,
            kinds=[],
            is_simulated=False,
            as_of=None,
        )
    days = queries.scope_days_of(scope)
    is_balanced = queries.is_balanced(scope)
    closes = rules.curve(days, is_balanced=is_balanced)
    first = since.toordinal() if since else 0
    return EquityCurve(
        points=[_point(close, has_balance=is_balanced) for close in closes if close.day >= first],
        currency=scope.currency,
        has_balance=is_balanced,
        kinds=list(scope.kinds),
        is_simulated=scope.is_simulated,
        as_of=scope.as_of,
    )


def _point(close: rules.Close, *, has_balance: bool) -> CurvePoint:
    return CurvePoint(
        on=date.fromordinal(close.day),
        equity=_cents(close.equity) if has_balance else None,
        pnl=_cents(close.pnl),
        drawdown_ratio=close.drawdown_ratio,
    )


def _cents(value: int) -> Decimal:
    return from_scaled(value).quantize(CENT, ROUND_HALF_EVEN)


def version(user_id: int | None) -> int:
    """Return a number that grows with each change: of a user's figures, or of public ones."""
    return queries.sum_versions(user_id)
