"""What single accounts, and the versions of a robot, have made so far.

As in `days` the ledger's tables are named and only read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.performance.queries import driver

_SUM = "CAST(SUM({}) AS BIGINT)"
_RESULT = _SUM.format("d.realized + d.mark_change")


def account_sums(account_ids: Sequence[int], today: date) -> list[Any]:
    """Return account, currency, trades, wins, result, today's result and fees, scaled by 1e8."""
    day = driver.to_day(today.toordinal())
    marks = ", ".join("?" * len(account_ids))
    sql = f"""
    SELECT d.account_id, d.currency, {_SUM.format("d.trade_count")}, {_SUM.format("d.win_count")},
    {_RESULT},
    {_SUM.format("CASE WHEN d.day = ? THEN d.realized + d.mark_change ELSE 0 END")},
    {_SUM.format("d.fees")}
    FROM account_days d JOIN trading_accounts a ON a.id = d.account_id
    WHERE d.account_id IN ({marks}) AND d.currency = a.currency
    GROUP BY d.account_id, d.currency
    """  # noqa: S608 - built from constants
    return list(driver.fetch(sql, (day, *account_ids)))


def version_sums(plugin_id: str, currency: str) -> list[Any]:
    """Return by version of a robot: first and last day, trades, wins, result scaled by 1e8.

    Only what counts in public, each version by itself.
    """
    sql = f"""
    SELECT a.robot_version, MIN(d.day), MAX(d.day), {_SUM.format("d.trade_count")},
    {_SUM.format("d.win_count")}, {_RESULT}
    FROM account_days d JOIN trading_accounts a ON a.id = d.account_id
    WHERE d.plugin_id = ? AND d.currency = ? AND d.kind IN ('live', 'paper', 'null')
    AND d.is_ranked GROUP BY a.robot_version ORDER BY MIN(d.day)
    """  # noqa: S608 - built from constants
    return list(driver.fetch(sql, (plugin_id, currency)))
