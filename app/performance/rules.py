"""Pure decisions: which scopes an account counts in, how figures are rounded, what a curve is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.quant.days import DayMoney, merge_days
from app.quant.fifo import SCALE
from app.quant.folds import MetricRow
from app.quant.sessions import month_start, week_start

ALL_PLUGINS = ""
FORWARD = "forward"
PUBLIC = "public"
FORWARD_KINDS = ("live", "paper", "journal", "copy")
RANKED_KINDS = ("live", "paper", "null")
# A run over history ends with its last event: no session after it is a flat day of the run.
ENDED_KINDS = ("backtest",)
EXCHANGE = "XNYS"
AROUND_THE_CLOCK = "24/7"
SPARK_POINTS = 60
MIN_TRADES = 30
MIN_DAYS = 20

SATURDAY = 5
MOST_SUMMED = 2**62
_CENT = SCALE // 100
_MOST_MONEY = 9_999_999_999_999.99
_MOST_RATIO = 999_999.9999


def fits_64_bits(days: Iterable[DayMoney]) -> bool:
    """Whether every sum over `days` is sure to stay within 64 bits, as the bulk fold needs it."""
    most = sum(
        row.gross_profit + row.gross_loss + row.entry_notional + row.fees + row.opening
        + abs(row.realized) + abs(row.mark_change) + abs(row.flows)
        for row in days
    )  # fmt: skip
    return most < MOST_SUMMED


class ScopeKey(NamedTuple):
    """Which scope: `user_key` 0 is a robot over all users, `account_id` 0 is not one account."""

    user_key: int
    account_id: int
    plugin_id: str
    kind: str
    currency: str


Group = tuple[str, str]
"""Robot and account kind: what the daily money of a user is read by."""


def sessions_a_year(calendar: str) -> int:
    """Return how many sessions a calendar has a year: what ratios are annualised by."""
    return 365 if calendar == AROUND_THE_CLOCK else 252


def user_scopes(user_id: int, plugin_id: str, kind: str, currency: str) -> list[ScopeKey]:
    """Return the scopes of a user that an account counts in, in the order they are locked."""
    kinds = [kind, FORWARD] if kind in FORWARD_KINDS else [kind]
    return sorted(
        ScopeKey(user_id, 0, plugin, scope_kind, currency)
        for plugin in {plugin_id, ALL_PLUGINS}
        for scope_kind in kinds
    )


def account_scope(
    user_id: int, account_id: int, plugin_id: str, kind: str, currency: str
) -> ScopeKey:
    """Return the scope of one ranked account."""
    return ScopeKey(user_id, account_id, plugin_id, kind, currency)


def robot_scopes(plugin_id: str, kinds: Iterable[str], currency: str) -> list[ScopeKey]:
    """Return the scopes of a robot over all users: each ranked kind, and all together."""
    return sorted(ScopeKey(0, 0, plugin_id, kind, currency) for kind in {*kinds, PUBLIC})


def belongs(key: ScopeKey, group: Group) -> bool:
    """Whether the daily money of `group` (robot, kind) counts in a scope."""
    plugin_id, kind = group
    if key.plugin_id not in (ALL_PLUGINS, plugin_id):
        return False
    if key.kind == FORWARD:
        return kind in FORWARD_KINDS
    return key.kind in (PUBLIC, kind)


def scope_days(key: ScopeKey, groups: dict[Group, list[DayMoney]]) -> list[DayMoney]:
    """Add the daily money of all groups of a scope."""
    chosen = [rows for group, rows in groups.items() if belongs(key, group)]
    return chosen[0] if len(chosen) == 1 else merge_days(*chosen)


def first_weekend(days: Iterable[DayMoney]) -> int | None:
    """Return the first Saturday or Sunday on which something was traded.

    Such a scope trades around the clock: every UTC day is a session of it, 365 a year.
    """
    for row in days:
        if (row.day - 1) % 7 >= SATURDAY and (row.trade_count or row.realized or row.open_delta):
            return row.day
    return None


def is_touched(row: MetricRow, from_day: int) -> bool:
    """Whether a change of daily money from `from_day` on can reach this row."""
    if row.period == "daily":
        return row.start >= from_day
    if row.period == "weekly":
        return row.start >= week_start(from_day)
    if row.period == "monthly":
        return row.start >= month_start(from_day)
    return True


# --- Rounding: the same formula here and, for whole columns, in queries/columns.py ---


def money(value: int | None) -> float | None:
    """Round money (scaled by 1e8) to cents, half to even."""
    if value is None:
        return None
    cents, rest = divmod(value, _CENT)
    if rest * 2 > _CENT or (rest * 2 == _CENT and cents & 1):
        cents += 1
    return cents / 100.0


def hundredths(value: float | None) -> float | None:
    """Round an amount to two decimals, within decimal(15,2)."""
    return None if value is None else min(round(value * 100.0) / 100.0, _MOST_MONEY)


def ten_thousandths(value: float | None) -> float | None:
    """Round a ratio to four decimals, within decimal(10,4)."""
    if value is None:
        return None
    return max(-_MOST_RATIO, min(round(value * 10_000.0) / 10_000.0, _MOST_RATIO))


def percent(value: float | None) -> float | None:
    """Turn 0..1 into percent with two decimals."""
    return None if value is None else round(value * 10_000.0) / 100.0


def fall(value: float | None) -> float | None:
    """Turn a drawdown ratio into percent, zero or negative, with four decimals."""
    return None if value is None else -round(value * 1_000_000.0) / 10_000.0


FIGURES = (
    "trade_count", "win_count", "loss_count", "total_pnl", "win_rate", "profit_factor",
    "sharpe_ratio", "max_drawdown", "avg_trade_size", "best_trade_pnl", "worst_trade_pnl",
    "gross_profit", "gross_loss", "sortino_ratio", "exposure_ratio", "max_drawdown_amount",
    "return_ratio", "equity_close", "day_count", "return_lower_bound", "profit_factor_margin",
)  # fmt: skip


def figures(row: MetricRow) -> tuple[float | int | None, ...]:
    """Return the stored figures of a folded row, in the order of FIGURES."""
    return (
        row.trade_count,
        row.win_count,
        row.loss_count,
        money(row.total_pnl),
        percent(row.win_ratio),
        ten_thousandths(row.profit_factor),
        ten_thousandths(row.sharpe_ratio),
        fall(row.drawdown_ratio),
        hundredths(row.avg_trade_size),
        money(row.best_trade_pnl),
        money(row.worst_trade_pnl),
        money(row.gross_profit),
        money(row.gross_loss),
        ten_thousandths(row.sortino_ratio),
        row.exposure_ratio,
        money(-row.drawdown_amount),
        row.return_ratio,
        money(row.equity),
        row.session_count,
        row.mean_return_lower_bound,
        row.profit_factor_margin,
    )


# --- Curves ---


class Close(NamedTuple):
    """A session's close: equity and cumulative P&L scaled by 1e8, wealth from 1."""

    day: int
    equity: int
    pnl: int
    wealth: float | None
    drawdown_ratio: float | None


def curve(days: Iterable[DayMoney], *, is_balanced: bool) -> list[Close]:
    """Return the closes of a scope; the arithmetic of returns is the fold's (docs/metrics.md)."""
    equity = pnl = 0
    wealth, top, sound = 1.0, 1.0, is_balanced
    funded = False
    closes = []
    for row in days:
        funded = funded or row.opening > 0
        base = equity + row.opening
        change = row.realized + row.mark_change
        sound = sound and funded and base > 0 and base + change > 0
        if sound:
            wealth *= 1.0 + float(change) / float(base)
            top = max(top, wealth)
        equity, pnl = base + change + row.flows, pnl + change
        closes.append(
            Close(
                row.day,
                equity,
                pnl,
                wealth if sound else None,
                1.0 - wealth / top if sound else None,
            )
        )
    return closes


def spark_value(close: Close) -> float:
    """Return a close's cumulative return, or its P&L when there is no balance."""
    return close.pnl / SCALE if close.wealth is None else close.wealth - 1.0


def spark(closes: Sequence[Close], points: int = SPARK_POINTS) -> list[float]:
    """Return at most `points` values over the whole curve, the first and the last among them."""
    if len(closes) <= points:
        chosen = list(closes)
    else:
        step = (len(closes) - 1) / (points - 1)
        chosen = [closes[round(at * step)] for at in range(points)]
    # A curve that loses its balance on the way is drawn in money from end to end.
    in_money = any(close.wealth is None for close in chosen)
    return [close.pnl / SCALE if in_money else spark_value(close) for close in chosen]
