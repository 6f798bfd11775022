"""levels: ATR 14, RSI 14, session VWAP and all session levels over 1,000,000 minute bars.

Ours are the compiled loops of `app/quant/levels`, with what they look after beyond the work itself
(stretches without volume, sessions by the exchange's hours). The reference is the sum of the
fastest of each: TA-Lib, numpy or a bare numba loop, in turns with ours, CPU time.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import backtest_data
import numpy as np
from harness import print_ratio, time_cpu
from references import indicator_peers as peers

from app.quant import frames
from app.quant.levels import compiled
from app.quant.levels.pivots import pivots
from app.quant.levels.sessions import BEFORE, REGULAR

GOAL = 1.3
RUNS = 9
N = 14


def main() -> None:
    bars = backtest_data.make_bars()
    high, low, close, volume = bars.high, bars.low, bars.close, bars.volume
    session = bars.session
    minute = np.arange(len(close)) % backtest_data.SESSION_BARS
    starts = np.flatnonzero(np.concatenate([[True], session[1:] != session[:-1]]))
    ends = np.append(starts[1:], len(close))
    at = bars.opened_at[starts] - bars.opened_at[starts] % backtest_data.DAY
    edges = [at + each * backtest_data.MINUTE for each in (240, 570, 960, 1_200)]
    hours = frames.Hours(session[starts], *edges)
    outs = [np.empty(len(close)) for _ in range(3)]
    table = np.empty((2_000, 10))

    def levels() -> Any:
        parts = compiled.split(bars, hours)
        regular = parts.only(REGULAR)
        return parts, pivots(regular.high, regular.low, regular.close)

    ours = {
        "atr": lambda: compiled.atr(bars, N),
        "rsi": lambda: compiled.rsi(close, N),
        "vwap": lambda: compiled.vwap(bars, starts, ends),
        "levels": levels,
    }
    others = {
        "atr": {
            "TA-Lib": lambda: peers.talib_atr(high, low, close, N),
            "loop": lambda: peers.loop_atr(high, low, close, N, outs[0]),
        },
        "rsi": {
            "TA-Lib": lambda: peers.talib_rsi(close, N),
            "loop": lambda: peers.loop_rsi(close, N, outs[1]),
        },
        "vwap": {
            "numpy": lambda: peers.numpy_vwap(high, low, close, volume, session),
            "loop": lambda: peers.loop_vwap(high, low, close, volume, session, outs[2]),
        },
        "levels": {
            "numpy": lambda: peers.numpy_levels(high, low, close, session, minute),
            "loop": lambda: peers.loop_levels(high, low, close, session, minute, table),
        },
    }
    check(ours, others)
    mine, reference = 0.0, 0.0
    for name, work in ours.items():
        # In turns, so that what else the machine does is shared.
        rounds = [
            (time_cpu(work, 1), {peer: time_cpu(each, 1) for peer, each in others[name].items()})
            for _ in range(RUNS)
        ]
        spent = statistics.median(one for one, _ in rounds)
        theirs = {
            peer: statistics.median(each[peer] for _, each in rounds) for peer in others[name]
        }
        best = min(theirs, key=lambda peer: theirs[peer])
        told = ", ".join(f"{peer} {1e3 * each:.2f} ms" for peer, each in theirs.items())
        print(f"{name}: ours {1e3 * spent:.2f} ms; {told}")
        mine, reference = mine + spent, reference + theirs[best]
    print(f"all four: ours {1e3 * mine:.2f} ms, the best of each {1e3 * reference:.2f} ms")
    print_ratio("levels", mine / reference, GOAL)


def check(ours: dict[str, Any], others: dict[str, dict[str, Any]]) -> None:
    """Both sides compute the same; it compiles everything, too."""
    for name, known in (("atr", N), ("rsi", N), ("vwap", 0)):
        found = ours[name]()
        for each in others[name].values():
            assert np.allclose(found[known:], each()[known:]), name
    parts, points = ours["levels"]()
    top, bottom, last, early_top, early_bottom, pp, r1, s1, r2, s2 = others["levels"]["numpy"]()
    regular, early = parts.only(REGULAR), parts.only(BEFORE)
    pairs = [
        (regular.high, top), (regular.low, bottom), (regular.close, last), (early.high, early_top),
        (early.low, early_bottom), (points.pp, pp), (points.r1, r1), (points.s1, s1),
        (points.r2, r2), (points.s2, s2),
    ]  # fmt: skip
    count = min(len(top), len(regular.high))
    assert all(np.allclose(a[:count], b[:count]) for a, b in pairs)
    others["levels"]["loop"]()


if __name__ == "__main__":
    main()
