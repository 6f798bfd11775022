"""Declared indicators: what is computed from the bars of a symbol, and how far back it looks.

Each has a finite memory: its value depends on the last `memory` bars alone and is the same bit
for bit wherever the computation began. So a backtest, paper trading and a restart agree.
"""

from __future__ import annotations

from typing import NamedTuple


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
    """Return the exponential mean with alpha 2 / (n + 1)."""
    return Indicator("ema", n, source)


def deviation(n: int, source: str = "close") -> Indicator:
    """Return the standard deviation (with n) of the last n values."""
    return Indicator("deviation", n, source)


def rsi(n: int = 14) -> Indicator:
    """Return Wilder's relative strength index, 0 to 100."""
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
