"""Metric rows and the scopes that they belong to. All of it is derived from account days."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.types import BigId, FixedDecimal, UtcDateTime

METRIC_TYPES = ("daily", "weekly", "monthly", "all_time")
ALL_PLUGINS = ""
"""plugin_id of a user's scope over all robots."""
FORWARD = "forward"
"""kind of a scope over all kinds that count as forward figures."""
PUBLIC = "public"
"""kind of a robot's scope over its ranked accounts."""


class PerformanceScope(db.Model):
    """A set of accounts whose daily money is added and folded: user, user x robot, or robot.

    `user_id` None means a robot over all users. `kind` is an account kind, "forward" or "public".
    """

    __tablename__ = "performance_scopes"
    __table_args__ = (
        Index(
            "uq_performance_scopes_user_plugin_kind_currency",
            "user_key", "plugin_id", "kind", "currency",
            unique=True,
        ),
        Index("ix_performance_scopes_kind_plugin_id", "kind", "plugin_id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    user_key: Mapped[int]
    """user_id, or 0 for a robot's scope: a unique index does not hold for NULLs."""
    plugin_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(10))
    currency: Mapped[str] = mapped_column(String(3))
    kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    opened_on: Mapped[date | None]
    last_day: Mapped[date | None]
    """The newest day with activity."""
    as_of: Mapped[date | None]
    checkpoint: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The fold's state before `last_day`: a fill today continues from here."""
    version: Mapped[int] = mapped_column(default=0)
    """Grows with each change; the ETag of what is shown."""
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MetricColumns:
    """The columns that both metric tables share: names and types of the public contract first."""

    kind: Mapped[str] = mapped_column(String(10))
    currency: Mapped[str] = mapped_column(String(3))
    metric_date: Mapped[date]
    """First day of the period; of all_time the scope's first day."""
    metric_type: Mapped[str] = mapped_column(String(10))
    trade_count: Mapped[int]
    win_count: Mapped[int]
    loss_count: Mapped[int]
    total_pnl: Mapped[Decimal] = mapped_column(FixedDecimal(15, 2))
    win_rate: Mapped[Decimal | None] = mapped_column(FixedDecimal(5, 2))
    """Percent, 0 to 100; None without trades."""
    profit_factor: Mapped[Decimal | None] = mapped_column(FixedDecimal(10, 4))
    """None without losses."""
    sharpe_ratio: Mapped[Decimal | None] = mapped_column(FixedDecimal(10, 4))
    max_drawdown: Mapped[Decimal | None] = mapped_column(FixedDecimal(10, 4))
    """Percent of equity, zero or negative; None without a balance."""
    avg_trade_size: Mapped[Decimal | None] = mapped_column(FixedDecimal(15, 2))
    best_trade_pnl: Mapped[Decimal | None] = mapped_column(FixedDecimal(15, 2))
    worst_trade_pnl: Mapped[Decimal | None] = mapped_column(FixedDecimal(15, 2))
    gross_profit: Mapped[Decimal] = mapped_column(FixedDecimal(15, 2))
    gross_loss: Mapped[Decimal] = mapped_column(FixedDecimal(15, 2))
    sortino_ratio: Mapped[Decimal | None] = mapped_column(FixedDecimal(10, 4))
    exposure_ratio: Mapped[float | None]
    """Share of sessions with an open position or a trade, 0 to 1."""
    max_drawdown_amount: Mapped[Decimal] = mapped_column(FixedDecimal(15, 2))
    """In money, zero or negative; there with and without a balance."""
    return_ratio: Mapped[float | None]
    equity_close: Mapped[Decimal | None] = mapped_column(FixedDecimal(15, 2))
    day_count: Mapped[int]
    """Daily observations in the period, flat sessions included."""
    return_mean: Mapped[float | None]
    return_m2: Mapped[float | None]
    """Mean daily return and sum of squared deviations from it: the interval comes from them."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UserPerformanceMetric(MetricColumns, db.Model):
    """One metric row of a user: one robot or all ("" in plugin_id), a period, a first day."""

    __tablename__ = "user_performance_metrics"
    __table_args__ = (
        UniqueConstraint(
            "user_id", "plugin_id", "metric_date", "metric_type", "kind", "currency",
            name="uq_user_performance_metrics_contract",
        ),
        CheckConstraint(f"metric_type IN {METRIC_TYPES}", name="metric_type"),
        Index(None, "user_id", "plugin_id", "metric_date"),
        Index(None, "metric_type"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    plugin_id: Mapped[str] = mapped_column(String(64))


class RobotPerformanceMetric(MetricColumns, db.Model):
    """One metric row of a robot over all its ranked accounts."""

    __tablename__ = "robot_performance_metrics"
    __table_args__ = (
        UniqueConstraint(
            "plugin_id", "metric_date", "metric_type", "kind", "currency",
            name="uq_robot_performance_metrics_contract",
        ),
        CheckConstraint(f"metric_type IN {METRIC_TYPES}", name="metric_type"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    plugin_id: Mapped[str] = mapped_column(String(64))
