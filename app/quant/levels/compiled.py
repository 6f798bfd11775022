"""The loops of `loops` compiled by numba: for workers, commands and benchmarks, never for web."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.quant import frames
from app.quant.bars import BarColumns
from app.quant.compiled import compile_modules
from app.quant.levels import loops
from app.quant.levels.pivots import Pivots, pivots
from app.quant.levels.sessions import REGULAR, Parts, edges

_LOOPS: dict[str, Any] = compile_modules(loops)
Values = NDArray[np.float64]


class AllLevels(NamedTuple):
    """Indicators of every bar, and levels of every session, of many minutes."""

    atr: Values
    rsi: Values
    vwap: Values
    parts: Parts
    pivots: Pivots
    """Of each session's regular hours: those for the session after it."""


def atr(bars: BarColumns, n: int) -> Values:
    """Return Wilder's average true range of each bar."""
    out = np.empty(len(bars.close))
    _LOOPS["atr"](bars.high, bars.low, bars.close, n, out)
    return out


def rsi(close: Values, n: int) -> Values:
    """Return Wilder's relative strength of each bar."""
    out = np.empty(len(close))
    _LOOPS["rsi"](close, n, out)
    return out


def vwap(bars: BarColumns, begins: NDArray[np.intp], ends: NDArray[np.intp]) -> Values:
    """Return the running VWAP within each stretch of bars; NaN outside of all."""
    out = np.full(len(bars.close), np.nan)
    _LOOPS["vwap"]((bars.high, bars.low, bars.close, bars.volume), begins, ends, out)
    return out


def split(minutes: BarColumns, hours: frames.Hours) -> Parts:
    """Do what `sessions.split` does."""
    session, part, begins, ends = edges(minutes, hours)
    out = np.empty((3, len(begins)))
    _LOOPS["extremes"]((minutes.high, minutes.low, minutes.close), begins, ends, out)
    return Parts(session, part, begins, ends, *out)


def all_levels(minutes: BarColumns, hours: frames.Hours, n: int = 14) -> AllLevels:
    """Return ATR, RSI and VWAP of each minute, and the levels of each session."""
    parts = split(minutes, hours)
    regular = parts.only(REGULAR)
    return AllLevels(
        atr(minutes, n),
        rsi(minutes.close, n),
        vwap(minutes, regular.begin, regular.end),
        parts,
        pivots(regular.high, regular.low, regular.close),
    )
