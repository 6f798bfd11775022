"""Metric rows and the scopes that they belong to. All of it is derived from account days."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
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
    `account_id` is 0 but for the scope of one ranked account, which the leaderboard shows.
    """

    __tablename__ = "performance_scopes"
    __table_args__ = (
        Index(
            "uq_performance_scopes_identity",
            "user_key", "account_id", "plugin_id", "kind", "currency",
            unique=True,
        ),
        Index("ix_performance_scopes_account_id", "account_id"),
        Index("ix_performance_scopes_calendar_as_of", "calendar", "as_of"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    user_key: Mapped[int]
    """user_id, or 0 for a robot's scope: a unique index does not hold for NULLs."""
    account_id: Mapped[int] = mapped_column(default=0)
    plugin_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(10))
    currency: Mapped[str] = mapped_column(String(5))
    kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    """The account kinds whose figures are in here."""
    account_count: Mapped[int] = mapped_column(default=0)
    is_simulated: Mapped[bool] = mapped_column(default=False)
    """At least one account trades on the simulated market."""
    calendar: Mapped[str] = mapped_column(String(5), default="XNYS")
    """Whose sessions count as days: XNYS, or 24/7 once something was traded on a weekend."""
    weekend_on: Mapped[date | None]
    """The first weekend day with a trade."""
    opened_on: Mapped[date | None]
    last_day: Mapped[date | None]
    """The newest day with activity."""
    as_of: Mapped[date | None]
    """Figures hold up to this session: the last completed one, or `last_day` if that is later."""
    checkpoint: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The fold's state before `last_day`: a fill today continues from here."""
    head: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The fold's state after `last_day`: flat sessions continue from here."""
    spark: Mapped[list[float]] = mapped_column(JSON, default=list)
    """At most 60 values of cumulative return (or P&L); only of ranked accounts and of robots."""
    version: Mapped[int] = mapped_column(default=0)
    """Grows with each change; the ETag of what is shown."""
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MetricColumns:
    """The columns that both metric tables share: names and types of the public contract first."""

    kind: Mapped[str] = mapped_column(String(10))
    currency: Mapped[str] = mapped_column(String(5))
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
    return_lower_bound: Mapped[float | None]
    """Lower 95 % bound of the mean daily return; None under 20 observations."""
    profit_factor_margin: Mapped[float | None]
    """How far ln(profit_factor) may be off, 95 %; None under 5 sessions with trades."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UserPerformanceMetric(MetricColumns, db.Model):
    """One metric row of a user: one robot or all ("" in plugin_id), a period, a first day."""

    __tablename__ = "user_performance_metrics"
    __table_args__ = (
        UniqueConstraint(
            # In this order it also serves "the newest weeks of this scope" from one range.
            "user_id", "plugin_id", "metric_type", "kind", "currency", "metric_date",
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
            "plugin_id", "metric_type", "kind", "currency", "metric_date",
            name="uq_robot_performance_metrics_contract",
        ),
        CheckConstraint(f"metric_type IN {METRIC_TYPES}", name="metric_type"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    plugin_id: Mapped[str] = mapped_column(String(64))


class AccountPerformanceMetric(MetricColumns, db.Model):
    """One metric row of one ranked account: what the leaderboard shows."""

    __tablename__ = "account_performance_metrics"
    __table_args__ = (
        UniqueConstraint(
            "account_id", "metric_type", "kind", "currency", "metric_date",
            name="uq_account_performance_metrics_contract",
        ),
        CheckConstraint(f"metric_type IN {METRIC_TYPES}", name="metric_type"),
        Index(None, "metric_type", "metric_date"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("trading_accounts.id"))


class PerformanceAlarm(db.Model):
    """A fault that a reconciliation found (and mended): somebody should look at its cause."""

    __tablename__ = "performance_alarms"
    __table_args__ = (Index(None, "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    scope_id: Mapped[int | None] = mapped_column(ForeignKey("performance_scopes.id"))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
