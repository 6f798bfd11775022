"""Declared indicators: what is computed from the bars of a symbol, and how far back it looks.

Each has a finite memory: its value depends on the last `memory` bars alone and is the same bit
for bit wherever the computation began. So a backtest, paper trading and a restart agree. Before
there are as many bars there is no answer (NaN). `app.quant.windows` computes them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

FORGOTTEN = 1e-9
"""What a mean with an endless past would still give to the bars beyond the memory."""
SESSION_BARS = 1_440
"""The longest session: a UTC day of minutes."""
SOURCES = ("open", "high", "low", "close", "volume", "typical")


class Indicator(NamedTuple):
    """A computation over the last bars of one symbol."""

    kind: str
    n: int
    source: str = "close"
    """The column that it reads, where the kind leaves a choice."""
    factor: float = 1.0
    """The kind's second number, such as the width of a band in deviations."""


def sma(n: int, source: str = "close") -> Indicator:
    """Return the simple mean of the last n values."""
    return Indicator("sma", n, source)


def ema(n: int, source: str = "close") -> Indicator:
    """Return the exponential mean with alpha 2 / (n + 1), over its memory (about 10 n bars)."""
    return Indicator("ema", n, source)


def deviation(n: int, source: str = "close") -> Indicator:
    """Return the standard deviation (with n) of the last n values."""
    return Indicator("deviation", n, source)


def band(n: int, factor: float, source: str = "close") -> Indicator:
    """Return the mean of the last n values plus `factor` standard deviations (Bollinger)."""
    return Indicator("band", n, source, factor)


def z_score(n: int, source: str = "close") -> Indicator:
    """Return how many standard deviations the value lies above the mean of the last n."""
    return Indicator("z_score", n, source)


def momentum(n: int, source: str = "close") -> Indicator:
    """Return the value's change over n bars as a ratio: 0.1 is 10 % more than n bars ago."""
    return Indicator("momentum", n, source)


def rsi(n: int = 14) -> Indicator:
    """Return Wilder's relative strength index, 0 to 100; 50 when the price stood still."""
    return Indicator("rsi", n)


def atr(n: int = 14) -> Indicator:
    """Return Wilder's average true range, in price."""
    return Indicator("atr", n)


def highest(n: int, source: str = "high") -> Indicator:
    """Return the highest of the last n values, this bar's included."""
    return Indicator("highest", n, source)


def lowest(n: int, source: str = "low") -> Indicator:
    """Return the lowest of the last n values, this bar's included."""
    return Indicator("lowest", n, source)


def session_vwap() -> Indicator:
    """Return the volume-weighted typical price since the session's first bar."""
    return Indicator("session_vwap", 0)


def alpha(indicator: Indicator) -> float:
    """Return the weight of the newest value in an exponential mean."""
    return 2.0 / (indicator.n + 1) if indicator.kind == "ema" else 1.0 / indicator.n


def weight_count(indicator: Indicator) -> int:
    """Return how many values an exponential mean takes in."""
    weight = alpha(indicator)
    return 1 if weight >= 1.0 else math.ceil(math.log(FORGOTTEN) / math.log1p(-weight))


_MEMORY: dict[str, Callable[[Indicator], int]] = {
    "sma": lambda indicator: indicator.n,
    "deviation": lambda indicator: indicator.n,
    "band": lambda indicator: indicator.n,
    "z_score": lambda indicator: indicator.n,
    "highest": lambda indicator: indicator.n,
    "lowest": lambda indicator: indicator.n,
    "momentum": lambda indicator: indicator.n + 1,
    "ema": weight_count,
    "rsi": lambda indicator: weight_count(indicator) + 1,
    "atr": lambda indicator: weight_count(indicator) + 1,
    "session_vwap": lambda indicator: SESSION_BARS + indicator.n,
}
KINDS = tuple(_MEMORY)


def memory(indicator: Indicator) -> int:
    """Return on how many bars, the newest included, a value depends.

    Raises:
        ValueError: an unknown kind or column, or a length below 1.
    """
    kind, n, source, factor = indicator
    if kind not in _MEMORY:
        message = f"there is no indicator {kind!r}; known are {', '.join(KINDS)}"
        raise ValueError(message)
    if n < 1 and kind != "session_vwap":
        message = f"{kind} over {n} bars: the length must be 1 or more"
        raise ValueError(message)
    if source not in SOURCES or not math.isfinite(factor):
        message = f"{kind}: {source!r} is none of {', '.join(SOURCES)}, or {factor} is not finite"
        raise ValueError(message)
    return _MEMORY[kind](indicator)
