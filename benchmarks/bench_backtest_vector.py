"""1,000,000 minute bars, the moving-average cross 20/50 with a 1 % stop-loss: the vectorised path.

Ours: exact averages by numpy, fills by the rules of the simulation, equity at each session's
close, and every metric of every day, week, month and of all time. References in the same run:
the bare numba loop for this one strategy (in turns, CPU time), and vectorbt in an environment of
its own. All start from arrays in memory and have compiled before.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import backtest_data
import harness
import peers
from references import numba_loop

from app.quant.compiled_signals import COMPILED_SIGNALS
from app.quant.crossover import cross_changes
from app.quant.simulation.signals import Changes, SignalRun, run_signals
from app.quant.simulation.terms import Terms

STOP = 0.01
TERMS = Terms(cash=1e6)


def main() -> None:
    columns = backtest_data.make_bars()
    prices = (columns.open, columns.low, columns.close)

    def ours() -> SignalRun:
        changes = Changes(*cross_changes(columns.close, 20, 50))
        return run_signals(columns, changes, TERMS, STOP, COMPILED_SIGNALS)

    run, bare = ours(), numba_loop.run(*prices, STOP)
    trades = run.all_time.trade_count
    assert abs(trades - len(bare[0])) < 0.01 * trades, (trades, len(bare[0]))
    ours_s, bare_s = harness.time_pair(ours, lambda: numba_loop.run(*prices, STOP), runs=15)
    print(f"bars {len(columns.close):,}, trades {trades:,}, sessions {len(run.equity):,}")
    print(f"ours      {ours_s * 1000:7.1f} ms CPU, equity by session and every metric included")
    print(f"bare loop {bare_s * 1000:7.1f} ms CPU, profit and drop of closed trades")
    harness.print_ratio("backtest-vector-bare", bare_s / ours_s, 0.5, at_least=True)
    python = peers.find_python()
    if python is None:
        print("backtest-vector-vectorbt is left out")
        return
    theirs_s, theirs = peers.time_peer(python, "vectorbt", columns)
    print(f"vectorbt  {theirs_s * 1000:7.1f} ms CPU, {theirs:,} trades")
    harness.print_ratio("backtest-vector-vectorbt", theirs_s / ours_s, 40, at_least=True)


if __name__ == "__main__":
    main()
