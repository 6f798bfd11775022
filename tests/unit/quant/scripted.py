"""Robots for tests: one that plays a script, and one that draws its orders by a dice."""

import math

import numpy as np

from app.quant.indicators import ema, session_vwap, sma
from app.quant.robot import Cancel, Order, Parameters, Robot


class Scripted(Robot):
    """Gives the orders that stand in `script` for the number of the bar (0 is the first)."""

    def __init__(self, script, symbols=("TEST",)):
        super().__init__(Parameters(), symbols)
        self.script = script
        self.at = -1
        self.books = []

    @property
    def lookback(self):
        return 1

    def on_bar(self, bars, book):
        self.at += 1
        self.books.append((book.cash, book.equity, dict(book.positions), dict(book.orders)))
        return self.script.get(self.at)


class Dice(Robot):
    """Orders of every kind, drawn from a seed and the time of the bar."""

    def __init__(self, seed, symbols=("TEST",), share=0.4):
        super().__init__(Parameters(), symbols)
        self.seed = seed
        self.share = share

    @property
    def lookback(self):
        return 3

    def indicators(self):
        return {"mean": sma(4), "slow": ema(2), "vwap": session_vwap()}

    def on_bar(self, bars, book):
        newest = max(bars[symbol].opened_at[-1] for symbol in self.symbols)
        random = np.random.default_rng([self.seed, newest // 60_000_000])
        # The sum of what it sees goes into its decisions, so that a difference shows.
        seen = sum(sum(one.close) + sum(one["mean"]) + one["vwap"][-1] for one in bars.values())
        book.memory["sum"] = 0.0 if math.isnan(seen) else seen
        book.memory["count"] = book.memory.get("count", 0) + 1
        if random.random() > self.share:
            return None
        symbol = self.symbols[random.integers(len(self.symbols))]
        price = bars[symbol].close[-1]
        if book.position(symbol).qty and random.random() < 0.3:
            return [book.position(symbol).close()]
        if book.orders and random.random() < 0.3:
            return [Cancel(next(iter(book.orders)))]
        return [_draw(random, symbol, price, book.memory["count"])]


def _draw(random, symbol, price, count):
    side = "buy" if random.random() < 0.5 else "sell"
    away = float(np.round(1 + random.integers(1, 30) / 1_000, 3))
    sign = 1 if side == "buy" else -1
    kind = ["market", "limit", "stop", "trailing"][random.integers(4)]
    terms = {"bars": int(random.integers(0, 4)), "name": f"n{count % 3}"}
    if kind in {"limit", "stop"}:
        terms["price"] = price / away if (side == "buy") == (kind == "limit") else price * away
    if kind == "trailing":
        terms["trail"] = price * (away - 1)
    if random.random() < 0.5:
        terms["stop_loss_ratio"] = away - 1
    if random.random() < 0.5:
        terms["take_profit"] = price * (away if sign > 0 else 1 / away)
    return Order(symbol, side, int(random.integers(1, 6)), kind, **terms)
