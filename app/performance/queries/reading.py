"""Metric rows and scopes for readers: pages and the JSON interface."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, select

from app.core.db import db
from app.performance.models import (
    PerformanceAlarm,
    PerformanceScope,
    RobotPerformanceMetric,
    UserPerformanceMetric,
)


@cache
def _scope_query(*, has_currency: bool) -> Select[Any]:
    # Built once: an overview asks ten times, and building costs more than asking.
    query = (
        select(PerformanceScope)
        .where(
            PerformanceScope.user_key == bindparam("user_key"),
            PerformanceScope.account_id == 0,
            PerformanceScope.plugin_id == bindparam("plugin_id"),
            PerformanceScope.kind == bindparam("kind"),
            PerformanceScope.last_day.is_not(None),
        )
        .order_by(PerformanceScope.currency != "USD", PerformanceScope.currency)
        .limit(1)
    )
    return (
        query.where(PerformanceScope.currency == bindparam("currency")) if has_currency else query
    )


def find_scope(
    user_id: int | None, plugin_id: str, kind: str, currency: str | None
) -> PerformanceScope | None:
    """Return a scope that has figures; without a currency USD if there, else the first."""
    asked = {"user_key": user_id or 0, "plugin_id": plugin_id, "kind": kind}
    if currency:
        asked["currency"] = currency
    query = _scope_query(has_currency=bool(currency))
    found: PerformanceScope | None = db.session.scalars(query, asked).one_or_none()
    return found


@cache
def _rows_query(*, is_robot: bool) -> tuple[Select[Any], ColumnElement[date]]:
    table: Any = (RobotPerformanceMetric if is_robot else UserPerformanceMetric).__table__
    column = table.c
    query = select(table).where(
        column.plugin_id == bindparam("plugin_id"),
        column.metric_type == bindparam("period"),
        column.kind == bindparam("kind"),
        column.currency == bindparam("currency"),
    )
    if not is_robot:
        query = query.where(column.user_id == bindparam("user_key"))
    return query, column.metric_date


@cache
def _metric_query(*, is_robot: bool, has_day: bool) -> Select[Any]:
    query, day = _rows_query(is_robot=is_robot)
    if has_day:
        query = query.where(day == bindparam("day"))
    return query.order_by(day.desc()).limit(1)


def _asked(scope: PerformanceScope, period: str) -> dict[str, Any]:
    """Return what the queries above need to know of a scope."""
    asked = {
        "plugin_id": scope.plugin_id,
        "period": period,
        "kind": scope.kind,
        "currency": scope.currency,
    }
    return asked | {"user_key": scope.user_key} if scope.user_key else asked


def find_metric(scope: PerformanceScope, period: str, on: date | None) -> Row[Any] | None:
    """Return the row of the period that begins on `on`, or the newest."""
    query = _metric_query(is_robot=not scope.user_key, has_day=on is not None)
    asked = _asked(scope, period) | ({} if on is None else {"day": on})
    found: Row[Any] | None = db.session.execute(query, asked).one_or_none()
    return found


def list_metrics(
    scope: PerformanceScope, period: str, since: date | None, until: date | None, limit: int
) -> Sequence[Row[Any]]:
    """Return rows oldest first, both ends included."""
    query, day = _rows_query(is_robot=not scope.user_key)
    if since is not None:
        query = query.where(day >= since)
    if until is not None:
        query = query.where(day <= until)
    found = db.session.execute(query.order_by(day).limit(limit), _asked(scope, period))
    rows: Sequence[Row[Any]] = found.all()
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
