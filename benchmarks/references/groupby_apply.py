"""Reference: pandas groupby-apply, the way that most people write it first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from aggregate_data import TradeData

ROOT_252 = np.sqrt(252)


def make_frame(data: TradeData) -> pd.DataFrame:
    """Put the trades into a frame, as a query would return them."""
    return pd.DataFrame(
        {
            "closed_at": pd.to_datetime(data.closed_at, unit="s"),
            "user": data.user,
            "robot": data.robot,
            "size": data.size,
            "ret": data.ret,
            "pnl": data.pnl,
        }
    )


def aggregate(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Give the day, week, month and all-time rows."""
    closed = frame["closed_at"].dt
    keys = {
        "day": closed.date,
        "week": closed.strftime("%G-%V"),
        "month": closed.strftime("%Y-%m"),
        "all": None,
    }
    out = {}
    for name, key in keys.items():
        by = ["user", "robot"] + ([] if key is None else [key.rename("period")])
        out[name] = frame.groupby(by)[["pnl", "ret", "size"]].apply(_metrics)
    return out


def _metrics(group: pd.DataFrame) -> pd.Series:
    pnl = group["pnl"]
    equity = pnl.cumsum()
    wins, losses = pnl[pnl > 0], pnl[pnl < 0]
    deviation = group["ret"].std()
    has_sharpe = len(group) > 1 and deviation > 0
    return pd.Series(
        {
            "n": len(group),
            "win": len(wins),
            "loss": len(losses),
            "win_rate": len(wins) / len(group),
            "pnl": pnl.sum(),
            "profit_factor": wins.sum() / -losses.sum() if len(losses) else np.nan,
            "sharpe": group["ret"].mean() / deviation * ROOT_252 if has_sharpe else 0.0,
            "drawdown": (equity.cummax().clip(lower=0) - equity).max(),
            "size": group["size"].mean(),
            "best": pnl.max(),
            "worst": pnl.min(),
        }
    )
