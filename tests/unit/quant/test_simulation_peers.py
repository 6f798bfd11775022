"""The trades of the simulation against those of backtesting.py, one by one, where rules agree."""

import csv
import datetime as dt
import math
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.quant.bars import BarColumns
from app.quant.robot import Parameters, Robot, buy, sell
from app.quant.simulation import Simulation, Terms
from app.robots.plugins.ma_cross.robot import MovingAverageCross, MovingAverages
from tests.factories.walks import bar_walks, walk

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import backtesting
    import backtesting.backtesting as peer

# Its progress bar is of no use here.
peer._tqdm = lambda rows, **_: rows
MARKET = Path(__file__).resolve().parents[4] / "shared" / "data" / "market" / "daily"
RICH = Terms(cash=1e9, margin_ratio=0.5)
SYMBOL = "TEST"


def round_trips(fills, columns):
    """Pair fills of one share: (direction, entry bar, exit bar, entry price, exit price)."""
    trips, entry = [], None
    for fill in fills:
        bar = int(np.searchsorted(columns.opened_at, fill.bar_opened_at))
        side = 1 if fill.side == "buy" else -1
        if entry is None:
            entry = (side, bar, fill.price)
        else:
            assert side == -entry[0]
            trips.append((entry[0], entry[1], bar, entry[2], fill.price))
            entry = None
    return trips


def peer_trips(columns, strategy):
    frame = pd.DataFrame(
        {
            "Open": columns.open,
            "High": columns.high,
            "Low": columns.low,
            "Close": columns.close,
            "Volume": columns.volume,
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run = backtesting.Backtest(frame, strategy, cash=1e9, commission=0, margin=0.5).run()
    trades = run["_trades"].sort_values(["EntryBar", "ExitBar"])
    return [
        (1 if row.Size > 0 else -1, row.EntryBar, row.ExitBar, row.EntryPrice, row.ExitPrice)
        for row in trades.itertuples()
    ]


def cross_sides(close, fast, slow):
    """Compare the averages of whole cents as whole numbers: a touch is 0."""
    cents = [round(price * 100) for price in close]
    sides = [0] * len(cents)
    for end in range(slow, len(cents) + 1):
        difference = sum(cents[end - fast : end]) * slow - sum(cents[end - slow : end]) * fast
        sides[end - 1] = (difference > 0) - (difference < 0)
    return np.array(sides)


def peer_cross(fast, slow, *, short):
    class Cross(backtesting.Strategy):
        def init(self):
            self.sides = self.I(lambda: cross_sides(self.data.Close, fast, slow))

        def next(self):
            now = self.sides[-1]
            if not now or self.sides[-2] != -now:
                return
            if now > 0 and not self.position.is_long:
                self.position.close()
                self.buy(size=1)
            elif now < 0 and not self.position.is_short:
                self.position.close()
                if short:
                    self.sell(size=1)

    return Cross


def our_cross(columns, fast, slow, *, short):
    robot = MovingAverageCross(MovingAverages(fast=fast, slow=slow, short=short), (SYMBOL,))
    return round_trips(Simulation(robot, RICH).run({SYMBOL: columns}).fills, columns)


@pytest.mark.parametrize("short", [False, True])
@settings(max_examples=60, deadline=None)
@given(bar_walks(least=12), st.integers(1, 4), st.integers(1, 6))
def test_the_cross_trades_as_the_peer_does_on_made_up_bars(short, columns, fast, longer):
    expected = peer_trips(columns, peer_cross(fast, fast + longer, short=short))
    assert our_cross(columns, fast, fast + longer, short=short) == expected


def read_daily(symbol):
    with (MARKET / f"{symbol}.csv").open() as file:
        rows = list(csv.DictReader(file))
    session = np.array([dt.date.fromisoformat(row["session"]).toordinal() for row in rows])
    opened = (session.astype(np.int64) - 719_163) * 86_400_000_000
    numbers = [
        np.array([float(row[name]) for row in rows])
        for name in ("open", "high", "low", "close", "volume")
    ]
    return BarColumns(opened, opened + 86_400_000_000, session.astype(np.int32), *numbers)


@pytest.mark.skipif(not MARKET.is_dir(), reason="the real market data does not lie beside")
@pytest.mark.parametrize("symbol", ["SPY", "IBM", "BAC", "AIG"])
@pytest.mark.parametrize("short", [False, True])
def test_the_cross_trades_as_the_peer_does_on_real_days(symbol, short):
    columns = read_daily(symbol)
    ours = our_cross(columns, 10, 30, short=short)
    assert ours == peer_trips(columns, peer_cross(10, 30, short=short))
    assert len(ours) > 50


class Entering(Robot):
    """Enters by a dice when flat; its market orders carry exits, the others are closed in time."""

    kind = "market"

    @property
    def lookback(self):
        return 1

    def indicators(self):
        return {}

    def on_bar(self, bars, book):
        count = book.memory["count"] = book.memory.get("count", 0) + 1
        side, order = draw_entry(self.kind, count, bars[SYMBOL].close[-1])
        held = book.position(SYMBOL)
        if held.qty:
            return [held.close()] if self.kind != "market" and held.bars_held >= 3 else None
        if book.orders or not side:
            return None
        return [(buy if side > 0 else sell)(SYMBOL, 1, **order)]


def draw_entry(kind, count, close):
    random = np.random.default_rng(count)
    side, away = int(random.integers(-1, 2)), 1 + random.integers(1, 40) / 1_000
    worse, better = (close / away, close * away) if side > 0 else (close * away, close / away)
    worse, better = (math.floor(price * 1e8 + 0.5) / 1e8 for price in (worse, better))
    if kind == "market":
        return side, {"stop_loss": worse, "take_profit": better}
    return side, {"kind": kind, "price": worse if kind == "limit" else better}


def peer_entering(kind):
    class Strategy(backtesting.Strategy):
        def init(self):
            self.entered = None

        def next(self):
            count = len(self.data)
            if self.position:
                held = count - self.trades[0].entry_bar
                if kind != "market" and held >= 3:
                    self.position.close()
                return
            side, order = draw_entry(kind, count, self.data.Close[-1])
            if self.orders or not side:
                return
            terms = {"sl": order.get("stop_loss"), "tp": order.get("take_profit")}
            terms[kind] = order.get("price")
            terms.pop("market", None)
            (self.buy if side > 0 else self.sell)(size=1, **terms)

    return Strategy


@pytest.mark.parametrize("kind", ["market", "limit", "stop"])
def test_entries_and_exits_are_filled_as_the_peer_fills_them(kind):
    columns = walk(3_000, seed=11)
    robot = Entering(Parameters(), (SYMBOL,))
    robot.kind = kind
    ours = round_trips(Simulation(robot, RICH).run({SYMBOL: columns}).fills, columns)
    theirs = peer_trips(columns, peer_entering(kind))
    ours, theirs = (
        [trip for trip in trips if not is_past_its_profit(kind, trip, columns)]
        for trips in (ours, theirs)
    )
    assert len(ours) > 60
    assert [trip[:3] for trip in ours] == [trip[:3] for trip in theirs]
    for at in (3, 4):
        assert [trip[at] for trip in ours] == pytest.approx([trip[at] for trip in theirs], abs=1e-8)


def is_past_its_profit(kind, trip, columns):
    """Tell whether the open of the entry was past the take-profit: there the peer leaves worse."""
    direction, bar, *_ = trip
    _, order = draw_entry(kind, bar, columns.close[bar - 1])
    return kind == "market" and direction * (columns.open[bar] - order["take_profit"]) >= 0
