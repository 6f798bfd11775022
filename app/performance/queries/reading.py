"""Metric rows and scopes for readers: pages and the JSON interface."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, func, select

from app.core.db import db
from app.performance.models import (
    PerformanceAlarm,
    PerformanceScope,
    RobotPerformanceMetric,
    UserPerformanceMetric,
)


def find_scope(
    user_id: int | None, plugin_id: str, kind: str, currency: str | None
) -> PerformanceScope | None:
    """Return a scope that has figures; without a currency USD if there, else the first."""
    query = (
        select(PerformanceScope)
        .where(
            PerformanceScope.user_key == (user_id or 0),
            PerformanceScope.account_id == 0,
            PerformanceScope.plugin_id == plugin_id,
            PerformanceScope.kind == kind,
            PerformanceScope.last_day.is_not(None),
        )
        .order_by(PerformanceScope.currency != "USD", PerformanceScope.currency)
        .limit(1)
    )
    if currency:
        query = query.where(PerformanceScope.currency == currency)
    return db.session.scalars(query).one_or_none()


def _rows_of(scope: PerformanceScope, period: str) -> tuple[Any, Any]:
    """Return a query of a scope's rows of one kind of period, and the column of their days."""
    table: Any = (UserPerformanceMetric if scope.user_key else RobotPerformanceMetric).__table__
    column = table.c
    query = select(table).where(
        column.plugin_id == scope.plugin_id,
        column.metric_type == period,
        column.kind == scope.kind,
        column.currency == scope.currency,
    )
    if scope.user_key:
        query = query.where(column.user_id == scope.user_key)
    return query, column.metric_date


def find_metric(scope: PerformanceScope, period: str, on: date | None) -> Row[Any] | None:
    """Return the row of the period that begins on `on`, or the newest."""
    query, day = _rows_of(scope, period)
    if on is not None:
        query = query.where(day == on)
    found: Row[Any] | None = db.session.execute(query.order_by(day.desc()).limit(1)).one_or_none()
    return found


def list_metrics(
    scope: PerformanceScope, period: str, since: date | None, until: date | None, limit: int
) -> Sequence[Row[Any]]:
    """Return rows oldest first, both ends included."""
    query, day = _rows_of(scope, period)
    if since is not None:
        query = query.where(day >= since)
    if until is not None:
        query = query.where(day <= until)
    rows: Sequence[Row[Any]] = db.session.execute(query.order_by(day).limit(limit)).all()
    return rows


def sum_versions(user_id: int | None) -> int:
    """Return a number that grows with each change of a user's figures (None: public ones)."""
    query = select(func.coalesce(func.sum(PerformanceScope.version), 0))
    if user_id is None:
        query = query.where((PerformanceScope.user_key == 0) | (PerformanceScope.account_id > 0))
    else:
        query = query.where(PerformanceScope.user_key == user_id)
    return int(db.session.scalar(query) or 0)


def list_alarms(limit: int = 100) -> list[PerformanceAlarm]:
    """Return the newest alarms."""
    query = select(PerformanceAlarm).order_by(PerformanceAlarm.id.desc()).limit(limit)
    return list(db.session.scalars(query))
