"""Public figures: the leaderboard of ranked accounts, and each robot's record."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from flask import current_app

from app.accounts import service as accounts
from app.core.errors import ValidationError
from app.core.i18n import gettext, listed
from app.performance import rules
from app.performance.queries import board
from app.performance.queries.board import BoardRow
from app.performance.rules import MIN_DAYS, MIN_TRADES
from app.performance.schemas import Leaderboard, LeaderboardRow, Metrics, Period, RobotRecord
from app.performance.service.reading import NO_TRADES, make_metrics, period_start

PERIODS: dict[str, Period] = {
    "day": "daily",
    "week": "weekly",
    "month": "monthly",
    "all": "all_time",
    "daily": "daily",
    "weekly": "weekly",
    "monthly": "monthly",
    "all_time": "all_time",
}
# A null robot trades by chance: the line that a record must beat, so it stays on every board but
# that of real money.
KINDS = {"all": rules.RANKED_KINDS, "live": ("live",), "paper": ("paper", "null")}
_LOWEST = float("-inf")


def _key(name: str) -> Callable[[LeaderboardRow], float]:
    def key(row: LeaderboardRow) -> float:
        value = getattr(row.metrics, name)
        return _LOWEST if value is None else float(value)

    return key


SORTS: dict[str, Callable[[LeaderboardRow], float]] = {
    "rank": lambda row: -(row.rank or 0),
    "pnl": _key("total_pnl"),
    "profit_factor": _key("profit_factor"),
    "sharpe": _key("sharpe_ratio"),
    "drawdown": _key("max_drawdown"),  # zero or negative: the shallowest comes first
    "trades": _key("trade_count"),
}


def leaderboard(
    period: str = "all",
    *,
    kind: str = "all",
    strategy_plugins: set[str] | None = None,
    min_trades: int = MIN_TRADES,
    sort: str = "rank",
    currency: str = "USD",
) -> Leaderboard:
    """Return the ranked accounts with their figures of the current day, week, month or all time.

    The rank goes by the lower 95 % bound of the mean daily return over all time, whatever the
    period shown, among the rows that the filters leave; accounts with under `min_trades` trades
    or 20 days have no rank and come last.
    """
    for name, value, known in (
        ("period", period, PERIODS),
        ("kind", kind, KINDS),
        ("sort", sort, SORTS),
    ):
        if value not in known:
            message = gettext(
                "%(name)s: choose from %(choices)s.", name=name, choices=listed(known)
            )
            raise ValidationError(message, field=name)
    word = PERIODS[period]
    needed = max(min_trades, MIN_TRADES)
    as_of = board.board_as_of(currency)
    start = period_start(word, as_of) if as_of and word != "all_time" else None
    found = [
        row
        for row in board.list_board(word, start, currency)
        if row.kind in KINDS[kind]
        and (strategy_plugins is None or row.plugin_id in strategy_plugins)
    ]
    return Leaderboard.model_construct(
        rows=_ordered(found, needed, sort),
        period=word,
        currency=currency,
        as_of=as_of,
        min_trades=needed,
        min_days=MIN_DAYS,
    )


def has_evidence(row: BoardRow, min_trades: int) -> bool:
    """Whether there is enough to rank an account by."""
    return (
        row.trade_count >= min_trades and row.day_count >= MIN_DAYS and row.lower_bound is not None
    )


def _ordered(found: list[BoardRow], min_trades: int, sort: str) -> list[LeaderboardRow]:
    names = accounts.pseudonyms(sorted({row.user_id for row in found}))
    enough = [row for row in found if has_evidence(row, min_trades)]
    enough.sort(key=lambda row: (-(row.lower_bound or 0.0), row.account_id))
    ranked = [
        _board_row(row, names[row.user_id], rank, min_trades) for rank, row in enumerate(enough, 1)
    ]
    ranked.sort(key=SORTS[sort], reverse=True)
    others = sorted(
        (row for row in found if not has_evidence(row, min_trades)),
        key=lambda row: (-row.trade_count, row.account_id),
    )
    return ranked + [_board_row(row, names[row.user_id], None, min_trades) for row in others]


def _board_row(row: BoardRow, pseudonym: str, rank: int | None, min_trades: int) -> LeaderboardRow:
    return LeaderboardRow(
        rank=rank,
        account_id=row.account_id,
        pseudonym=pseudonym,
        plugin_id=row.plugin_id,
        kind=row.kind,
        is_simulated=row.is_simulated,
        metrics=make_metrics(row.figures or NO_TRADES, row.calendar),
        lower_bound=row.lower_bound,
        trades_needed=max(min_trades - row.trade_count, 0),
        days_needed=max(MIN_DAYS - row.day_count, 0),
        spark=row.spark,
    )


def public_id(account_id: int) -> str:
    """Return an id of a board row that tells nothing about the account or its owner."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    digest = hmac.new(secret, f"leaderboard:{account_id}".encode(), hashlib.sha256)
    return digest.hexdigest()[:16]


def robot_records(
    plugin_ids: Iterable[str] | None = None, *, currency: str | None = None
) -> dict[str, RobotRecord]:
    """Return the public record of each robot over its ranked accounts.

    With `plugin_ids` every one of them is answered, without a record with empty figures.
    """
    wanted = None if plugin_ids is None else set(plugin_ids)
    records: dict[str, RobotRecord] = {}
    for row in board.list_robot_rows():
        if wanted is not None and row.plugin_id not in wanted:
            continue
        if row.plugin_id in records or (currency and row.currency != currency):
            continue
        records[row.plugin_id] = _record(row)
    for plugin_id in (wanted or set()) - records.keys():
        records[plugin_id] = _no_record(plugin_id, currency or "USD")
    return records


def _record(row: board.RobotRow) -> RobotRecord:
    metrics: Metrics = make_metrics(row.figures, row.calendar)
    values: dict[str, Any] = row._asdict()
    del values["figures"], values["opened_on"], values["calendar"]
    values["as_of"] = date.fromordinal(row.as_of)
    return RobotRecord.model_construct(
        **values, days=row.as_of - row.opened_on + 1, metrics=metrics
    )


def _no_record(plugin_id: str, currency: str) -> RobotRecord:
    return RobotRecord(
        plugin_id=plugin_id,
        kinds=[],
        account_count=0,
        is_simulated=False,
        days=0,
        metrics=None,
        currency=currency,
        as_of=None,
        spark=[],
    )
