"""Everything that the slice asks of the database, by what it is about."""

from __future__ import annotations

from app.performance import rules
from app.performance.models import PerformanceScope
from app.performance.queries import days
from app.performance.queries.reading import (
    find_metric,
    find_scope,
    list_alarms,
    list_metrics,
    sum_versions,
)
from app.quant import kernels
from app.quant.days import DayMoney
from app.quant.folds import FoldState

__all__ = [
    "find_metric",
    "find_scope",
    "is_balanced",
    "list_alarms",
    "list_metrics",
    "scope_days_of",
    "sum_versions",
]


def scope_key(scope: PerformanceScope) -> rules.ScopeKey:
    """Return the key of a scope."""
    return rules.ScopeKey(
        scope.user_key, scope.account_id, scope.plugin_id, scope.kind, scope.currency
    )


def scope_days_of(scope: PerformanceScope) -> list[DayMoney]:
    """Return all daily money of a scope, oldest first."""
    if scope.account_id:
        groups = days.account_days(scope.account_id, scope.currency, days.START_OF_TIME)
    elif scope.user_key:
        kind = rules.FORWARD_KINDS[0] if scope.kind == rules.FORWARD else scope.kind
        groups = days.user_days(scope.user_key, kind, scope.currency, days.START_OF_TIME)
    else:
        groups = days.robot_days(scope.plugin_id, scope.currency, days.START_OF_TIME)
    return rules.scope_days(scope_key(scope), groups)


def is_balanced(scope: PerformanceScope) -> bool:
    """Whether every account of a scope has a starting balance."""
    return bool(scope.head and FoldState.unpack(scope.head).ints[kernels.BALANCED])
