"""Public figures in bulk: ranked accounts for the leaderboard, robots for the marketplace."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import orjson

from app.performance.queries import driver
from app.performance.rules import FIGURES, PUBLIC

_FIGURES = ", ".join(f"{{0}}.{name}" for name in FIGURES)
_SCOPE = "s.user_id, s.account_id, s.plugin_id, s.kind, s.is_simulated, s.calendar, s.spark"
_BOARD = f"""
SELECT {_SCOPE}, a.trade_count, a.day_count, a.return_lower_bound, {_FIGURES.format("p")}
FROM performance_scopes s
JOIN account_performance_metrics a ON a.account_id = s.account_id
  AND a.metric_type = 'all_time' AND a.kind = s.kind AND a.currency = s.currency
LEFT JOIN account_performance_metrics p ON p.account_id = s.account_id
  AND p.metric_type = ? AND p.kind = s.kind AND p.currency = s.currency AND p.metric_date = ?
WHERE s.account_id > 0 AND s.currency = ? AND s.last_day IS NOT NULL
"""  # noqa: S608 - built from constants
_BOARD_ALL = f"""
SELECT {_SCOPE}, a.trade_count, a.day_count, a.return_lower_bound, {_FIGURES.format("a")}
FROM performance_scopes s
JOIN account_performance_metrics a ON a.account_id = s.account_id
  AND a.metric_type = 'all_time' AND a.kind = s.kind AND a.currency = s.currency
WHERE s.account_id > 0 AND s.currency = ? AND s.last_day IS NOT NULL
"""  # noqa: S608 - built from constants
_BOARD_AS_OF = """
SELECT MAX(as_of) FROM performance_scopes WHERE account_id > 0 AND currency = ?
"""
_ROBOTS = f"""
SELECT s.plugin_id, s.kinds, s.account_count, s.is_simulated, s.opened_on, s.as_of, s.spark,
  s.currency, s.calendar, {_FIGURES.format("m")}
FROM performance_scopes s
JOIN robot_performance_metrics m ON m.plugin_id = s.plugin_id AND m.metric_type = 'all_time'
  AND m.kind = s.kind AND m.currency = s.currency
WHERE s.user_key = 0 AND s.account_id = 0 AND s.kind = '{PUBLIC}' AND s.last_day IS NOT NULL
ORDER BY s.plugin_id, s.currency <> 'USD', s.currency
"""  # noqa: S608 - built from constants


class BoardRow(NamedTuple):
    """A ranked account: evidence over all time, figures of the period asked for."""

    user_id: int
    account_id: int
    plugin_id: str
    kind: str
    is_simulated: bool
    calendar: str
    spark: list[float]
    trade_count: int
    day_count: int
    lower_bound: float | None
    figures: Mapping[str, Any] | None
    """None when nothing happened in the period."""


class RobotRow(NamedTuple):
    """A robot's public scope with its all-time figures."""

    plugin_id: str
    kinds: list[str]
    account_count: int
    is_simulated: bool
    opened_on: int
    as_of: int
    spark: list[float]
    currency: str
    calendar: str
    figures: Mapping[str, Any]


def _json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str) else value


def board_as_of(currency: str) -> date | None:
    """Return the newest session that the ranked accounts' figures hold to."""
    value = driver.fetch(_BOARD_AS_OF, (currency,))[0][0]
    return None if value is None else date.fromordinal(driver.from_day(value))


def list_board(period: str, start: date | None, currency: str) -> list[BoardRow]:
    """Return all ranked accounts with their figures of the period that begins on `start`."""
    if period == "all_time" or start is None:
        rows = driver.fetch(_BOARD_ALL, (currency,))
    else:
        rows = driver.fetch(_BOARD, (period, driver.to_day(start.toordinal()), currency))
    return [
        BoardRow(
            row[0],
            row[1],
            row[2],
            row[3],
            bool(row[4]),
            row[5],
            _json(row[6]),
            row[7],
            row[8],
            row[9],
            None if row[10] is None else dict(zip(FIGURES, row[10:], strict=True)),
        )
        for row in rows
    ]


def list_robot_rows() -> list[RobotRow]:
    """Return the public records of all robots, for each robot USD first."""
    return [
        RobotRow(
            row[0],
            _json(row[1]),
            row[2],
            bool(row[3]),
            driver.from_day(row[4]),
            driver.from_day(row[5]),
            _json(row[6]),
            row[7],
            row[8],
            dict(zip(FIGURES, row[9:], strict=True)),
        )
        for row in driver.fetch(_ROBOTS, ())
    ]
