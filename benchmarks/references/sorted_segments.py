"""Reference: numpy over segments of trades sorted by group, the fast vectorised way.

Eleven figures per group and period. It is simpler work than ours: its Sharpe ratio is over
returns of single trades, its drawdown over the running P&L, and idle days do not count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from aggregate_data import TradeData

ROOT_252 = np.sqrt(252)


def aggregate(data: TradeData, robots: int) -> dict[str, dict[str, Any]]:
    """Give the columns of the day, week, month and all-time rows."""
    group = data.user.astype("u2") * np.uint16(robots) + data.robot.astype("u2")
    order = np.argsort(group, kind="stable")  # 16 bits: numpy sorts by radix
    group = group[order]
    day = (data.closed_at // 86_400).astype("i4")[order]
    columns = (data.pnl[order], data.ret[order], data.size[order])
    size = len(group)
    new_group = np.empty(size, bool)
    new_group[0] = True
    np.not_equal(group[1:], group[:-1], out=new_group[1:])
    month = day.astype("M8[D]").astype("M8[M]").astype("i4")
    pnl, ret, _ = columns
    wins, losses = pnl > 0, pnl < 0
    gains = np.where(wins, pnl, 0)
    running = _Running(
        np.cumsum(pnl),
        np.cumsum(wins, dtype="i4"),
        np.cumsum(losses, dtype="i4"),
        np.cumsum(gains),
        ret * ret,
        wins,
        losses,
        gains,
    )
    keys = {"day": day, "week": (day + 3) // 7, "month": month, "all": None}
    return {name: _segments(group, new_group, key, columns, running) for name, key in keys.items()}


class _Running:
    def __init__(self, *arrays: Any) -> None:
        (
            self.pnl,
            self.wins,
            self.losses,
            self.gains,
            self.squares,
            self.is_win,
            self.is_loss,
            self.gain,
        ) = arrays


def _segments(
    group: Any, new_group: Any, key: Any, columns: Any, running: _Running
) -> dict[str, Any]:
    pnl, ret, notional = columns
    change = new_group if key is None else new_group.copy()
    if key is not None:
        change[1:] |= key[1:] != key[:-1]
    first = np.flatnonzero(change)
    last = np.append(first[1:], len(group)) - 1
    count = last - first + 1
    before = running.pnl - pnl
    total = running.pnl[last] - before[first]
    gain = running.gains[last] - running.gains[first] + running.gain[first]
    loss = gain - total
    mean = np.add.reduceat(ret, first) / count
    squares = np.add.reduceat(running.squares, first)
    with np.errstate(all="ignore"):
        variance = (squares - count * mean * mean) / (count - 1)
        has_sharpe = (count > 1) & (variance > 1e-18)
        sharpe = np.where(has_sharpe, mean / np.sqrt(variance) * ROOT_252, 0.0)
        factor = np.where(loss > 0, gain / loss, np.nan)
    win_count = running.wins[last] - running.wins[first] + running.is_win[first]
    return {
        "group": group[first],
        "period": None if key is None else key[first],
        "n": count,
        "win": win_count,
        "loss": running.losses[last] - running.losses[first] + running.is_loss[first],
        "win_rate": win_count / count,
        "pnl": total,
        "profit_factor": factor,
        "sharpe": sharpe,
        "drawdown": _drawdown(running.pnl, before[first], change, count, first),
        "size": np.add.reduceat(notional, first) / count,
        "best": np.maximum.reduceat(pnl, first),
        "worst": np.minimum.reduceat(pnl, first),
    }


def _drawdown(running: Any, before: Any, change: Any, count: Any, first: Any) -> Any:
    # A running maximum per segment: lift each segment above the one before, accumulate once.
    equity = running - np.repeat(before, count)
    lift = np.cumsum(change, dtype="i8") * (int(np.abs(equity).max()) * 2 + 2)
    lifted = equity + lift
    peak = np.maximum.accumulate(np.maximum(lifted, lift))
    return np.maximum.reduceat(peak - lifted, first)
