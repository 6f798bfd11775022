"""The front door of the slice: refold after a change, keep up with sessions, and read."""

from __future__ import annotations

from typing import Any

from app.performance.queries import list_alarms
from app.performance.queries.weekly import active_members
from app.performance.service.accounts import account_results, version_results
from app.performance.service.board import leaderboard, public_id, robot_records
from app.performance.service.closing import close_sessions
from app.performance.service.own import (
    own_curve,
    own_history,
    own_metrics,
    own_periods,
    widest_period,
)
from app.performance.service.reading import (
    NOTHING,
    equity_curve,
    get_metrics,
    list_metrics,
    make_metrics,
    period_start,
    version,
)
from app.performance.service.refold import refold_account, refold_robot
from app.performance.service.weekly import tell_week

# These bring numpy along, which the web process does not need: found when they are first asked for.
LATE = ("rebuild", "reconcile")

__all__ = [
    "NOTHING",
    "account_results",
    "active_members",
    "close_sessions",
    "equity_curve",
    "get_metrics",
    "leaderboard",
    "list_alarms",
    "list_metrics",
    "make_metrics",
    "own_curve",
    "own_history",
    "own_metrics",
    "own_periods",
    "period_start",
    "public_id",
    "rebuild",
    "reconcile",
    "refold_account",
    "refold_robot",
    "robot_records",
    "tell_week",
    "version",
    "version_results",
    "widest_period",
]


def __getattr__(name: str) -> Any:
    if name not in LATE:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from app.performance.service import recompute

    return getattr(recompute, name)
