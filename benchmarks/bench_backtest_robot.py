"""The moving-average cross with a 1 % stop-loss as a robot, one bar at a time.

Ours over 200,000 minute bars, indicators, fills and sessions included; backtesting.py over 50,000
and backtrader over 20,000 of the same bars, in an environment of their own (they take long).
CPU time a bar, each the median of its runs in this run of the benchmark.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import backtest_data
import harness
import peers

from app.quant.indicators import Indicator, sma
from app.quant.robot import Book, Order, Parameters, Robot, SymbolBars, buy
from app.quant.simulation import Simulation, Step, Terms

SYMBOL = "TEST"
OUR_BARS = 200_000
PEERS = (("backtesting", 50_000, 5), ("backtrader", 20_000, 50))


class Cross(Robot):
    """The same robot as the references': long only, one unit."""

    def indicators(self) -> Mapping[str, Indicator]:
        """Declare the two averages."""
        return {"fast": sma(20), "slow": sma(50)}

    def on_bar(self, bars: Mapping[str, SymbolBars], book: Book) -> list[Order] | None:
        """Follow the cross."""
        mine = bars[self.symbol]
        fast, slow = mine["fast"], mine["slow"]
        if fast[-1] > slow[-1]:
            if fast[-2] < slow[-2] and not book.positions:
                return [buy(self.symbol, 1, stop_loss_ratio=0.01)]
        elif fast[-2] > slow[-2] and book.positions:
            return [book.position(self.symbol).close()]
        return None


def main() -> None:
    columns = backtest_data.make_bars(OUR_BARS)

    def ours() -> Step:
        robot = Cross(Parameters(), (SYMBOL,))
        return Simulation(robot, Terms(cash=1e6)).run({SYMBOL: columns})

    python = peers.find_python()
    print(f"ours {OUR_BARS:,} bars, {len(ours().fills) // 2:,} trades")
    for engine, count, goal in PEERS:
        if python is None:
            print(f"backtest-robot-{engine} is left out")
            continue
        # Before and after the other one, so that what else the machine does weighs on both.
        before = harness.time_cpu(ours, 3)
        theirs_s, theirs = peers.time_peer(python, engine, columns.rows(0, count))
        ours_us = (before + harness.time_cpu(ours, 3)) / 2 / OUR_BARS * 1e6
        theirs_us = theirs_s / count * 1e6
        print(f"ours {ours_us:.2f} us CPU a bar, {engine} {theirs_us:.1f} us ({theirs:,} trades)")
        harness.print_ratio(f"backtest-robot-{engine}", theirs_us / ours_us, goal, at_least=True)


if __name__ == "__main__":
    main()
