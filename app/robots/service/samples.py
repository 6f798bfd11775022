"""Bars and option chains to try a robot on, the same each time. Only where robots are checked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from app.quant.bars import BarColumns
from app.quant.chains import ChainColumns, join
from app.robots.schemas import RobotPlugin

SAMPLE_BARS, WITH_CHAINS = 1_500, 250
SAMPLE_STEP_US = {"M1": 60, "M5": 300, "M15": 900, "H1": 3_600, "H4": 14_400}
DAY_SECONDS = 86_400
DAY_US = DAY_SECONDS * 1_000_000
WEEKS, STRIKES = 9, 10
DEVIATION = 0.25
"""Of a year, by which options are priced."""


def sample_bars(plugin: RobotPlugin) -> dict[str, BarColumns]:
    """Return a random walk for each symbol of a robot, always the same."""
    count = WITH_CHAINS if plugin.metadata.needs_chains else SAMPLE_BARS
    seconds = SAMPLE_STEP_US.get(plugin.metadata.timeframe, DAY_SECONDS)
    at = np.arange(count, dtype=np.int64) * seconds
    # From 9:30 in New York on a Monday of winter.
    opened = (1_704_724_200 + at) * 1_000_000
    sessions = (719_163 + opened // (DAY_SECONDS * 1_000_000)).astype(np.int32)
    found = {}
    first = np.zeros(count)
    for number, symbol in enumerate(plugin.metadata.symbols):
        chance = np.random.default_rng(number)
        moves = np.cumsum(chance.normal(0, 0.01, count))
        first = moves if not number else first
        # Further symbols stay near the first one, as those of a pair do.
        away = np.convolve(chance.normal(0, 0.01, count), 0.9 ** np.arange(60))[:count]
        close = np.round(100 * np.exp(first + (away if number else 0)), 2)
        begin = np.concatenate(([100.0], close[:-1]))
        reach = np.abs(chance.normal(0, 0.005, (2, count)))
        high, low = (
            np.maximum(begin, close) * (1 + reach[0]),
            np.minimum(begin, close) * (1 - reach[1]),
        )
        volume = chance.integers(1_000, 9_000, count).astype(np.float64)
        found[symbol] = BarColumns(
            opened, opened + seconds * 1_000_000, sessions, begin, high, low, close, volume
        )
    return found


def sample_chain(bars: BarColumns, every: int = 1) -> ChainColumns:
    """Return option chains at the last close of sessions: prices of a model, with bid and ask."""
    ends = np.append(np.flatnonzero(np.diff(bars.session)), len(bars.close) - 1)[::every]
    heads, rows = [], []
    for at in ends.tolist():
        session, spot, now = int(bars.session[at]), float(bars.close[at]), int(bars.closed_at[at])
        heads.append((now, session, spot))
        rows.append(list(_quotes(now, session, spot)))
    return join(heads, rows)


def _quotes(now: int, session: int, spot: float) -> Iterator[tuple[Any, ...]]:
    step = max(round(spot / 40), 1)
    middle = round(spot / step)
    for week in range(WEEKS):
        # An expiry stays the same from day to day, till it comes.
        days = 7 - session % 7 + 7 * week
        for number in range(middle - STRIKES, middle + STRIKES + 1):
            for is_call in (1, 0):
                worth, delta = _model(spot, float(number * step), days / 365, is_call)
                bid, ask = round(worth * 0.97, 2), round(worth * 1.03 + 0.01, 2)
                head = (session + days, now + days * DAY_US, is_call, float(number * step))
                yield (*head, bid, ask, math.nan, 500.0, 900.0, DEVIATION, delta)


def _model(spot: float, strike: float, years: float, is_call: int) -> tuple[float, float]:
    """Return what an option is worth by Black and Scholes without interest, and its delta."""
    root = DEVIATION * math.sqrt(years)
    one = math.log(spot / max(strike, 1e-9)) / root + root / 2
    near, far = (0.5 + math.erf(each / math.sqrt(2)) / 2 for each in (one, one - root))
    call = spot * near - strike * far
    return (call, near) if is_call else (max(call - spot + strike, 0.0), near - 1)
