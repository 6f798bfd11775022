"""The moving-average cross with a 1 % stop in other people's engines, timed in CPU seconds.

usage: backtest_peers.py ENGINE FILE.npz RUNS. Prints "seconds bars trades". It runs in an
environment of its own, so it imports nothing of this project.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from statistics import median

import numpy as np
import pandas as pd

STOP = 0.01


def read_frame(path: str) -> pd.DataFrame:
    held = np.load(path)
    frame = pd.DataFrame({name: held[name.lower()] for name in ("Open", "High", "Low", "Close")})
    frame["Volume"] = held["volume"]
    frame.index = pd.to_datetime(held["opened_at"], unit="us")
    return frame


def mean(values: np.ndarray, length: int) -> np.ndarray:
    return pd.Series(values).rolling(length).mean().to_numpy()


def with_vectorbt(frame: pd.DataFrame) -> Callable[[], int]:
    import vectorbt as vbt

    def work() -> int:
        close = frame.Close
        fast, slow = vbt.MA.run(close, 20), vbt.MA.run(close, 50)
        portfolio = vbt.Portfolio.from_signals(
            close,
            fast.ma_crossed_above(slow),
            fast.ma_crossed_below(slow),
            open=frame.Open,
            high=frame.High,
            low=frame.Low,
            sl_stop=STOP,
            size=1,
            init_cash=1e6,
            freq="1min",
        )
        portfolio.total_return()
        portfolio.max_drawdown()
        portfolio.sharpe_ratio()
        return int(portfolio.trades.count())

    work()  # compiles
    return work


def with_backtesting(frame: pd.DataFrame) -> Callable[[], int]:
    import backtesting.backtesting as engine
    from backtesting import Backtest, Strategy
    from backtesting.lib import crossover

    engine._tqdm = lambda rows, **_: rows  # noqa: SLF001 - its progress bar costs time

    class Cross(Strategy):
        def init(self) -> None:
            self.fast = self.I(mean, self.data.Close, 20)
            self.slow = self.I(mean, self.data.Close, 50)

        def next(self) -> None:
            if crossover(self.fast, self.slow) and not self.position:
                self.buy(size=1, sl=self.data.Close[-1] * (1 - STOP))
            elif crossover(self.slow, self.fast) and self.position:
                self.position.close()

    def work() -> int:
        run = Backtest(frame, Cross, cash=1e6, commission=0, finalize_trades=True).run()
        return int(run["# Trades"])

    return work


def with_backtrader(frame: pd.DataFrame) -> Callable[[], int]:
    import backtrader as bt

    class Cross(bt.Strategy):
        def __init__(self) -> None:
            self.cross = bt.ind.CrossOver(bt.ind.SMA(period=20), bt.ind.SMA(period=50))
            self.count = 0
            self.level = 0.0

        def next(self) -> None:
            if self.cross[0] > 0 and not self.position:
                self.buy(size=1)
                self.level = self.data.close[0] * (1 - STOP)
            elif self.position and (self.cross[0] < 0 or self.data.low[0] <= self.level):
                self.close()
                self.count += 1

    def work() -> int:
        cerebro = bt.Cerebro(stdstats=False)
        cerebro.broker.setcash(1e6)
        cerebro.adddata(
            bt.feeds.PandasData(
                dataname=frame,
                open="Open",
                high="High",
                low="Low",
                close="Close",
                volume="Volume",
                openinterest=None,
            )
        )
        cerebro.addstrategy(Cross)
        return cerebro.run()[0].count

    return work


ENGINES = {
    "vectorbt": with_vectorbt,
    "backtesting": with_backtesting,
    "backtrader": with_backtrader,
}


def main() -> None:
    """Time one engine."""
    warnings.filterwarnings("ignore")
    engine, path, runs = sys.argv[1:]
    frame = read_frame(path)
    work = ENGINES[engine](frame)
    spent, trades = [], 0
    for _ in range(int(runs)):
        started = time.process_time()
        trades = work()
        spent.append(time.process_time() - started)
    print(median(spent), len(frame), trades)


if __name__ == "__main__":
    main()
