"""The lines of a chart's indicators: one value a bar, NaN where there is no answer.

Settings are those of `indicator_settings`. Means with an endless past begin with the first bar
given, so whoever shows bars gives `warm_up` of them before the first one shown: what came before
those would change a value by less than 1e-9 of itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.quant import indicators, windows
from app.quant.bars import BarColumns
from app.quant.levels import means, vwap

Values = NDArray[np.float64]
Lines = dict[str, Values]
Regular = NDArray[np.bool_]


def warm_up(kind: str, settings: Mapping[str, Any]) -> int:
    """Return how many bars before the first one shown its value depends on.

    Of VWAP these are the bars of its session, however many.
    """
    if kind in {"sma", "bollinger"}:
        return int(settings["period"]) - 1
    if kind in {"ema", "rsi", "atr"}:
        return indicators.memory(indicators.Indicator(kind, settings["period"])) - 1
    if kind == "macd":
        spans = (settings["slow"], settings["signal"])
        return sum(indicators.memory(indicators.ema(span)) - 1 for span in spans)
    return 0


def source_of(bars: BarColumns, name: str) -> Values:
    """Return the prices that an indicator reads."""
    mixed = {
        "hl2": (bars.high, bars.low),
        "hlc3": (bars.high, bars.low, bars.close),
        "ohlc4": (bars.open, bars.high, bars.low, bars.close),
    }
    if name in mixed:
        total: Values = np.sum(mixed[name], axis=0)
        return total / len(mixed[name])
    found: Values = getattr(bars, name)
    return found


def lines(kind: str, settings: Mapping[str, Any], bars: BarColumns, regular: Regular) -> Lines:
    """Return an indicator over bars; `regular` says which lie in the market's regular hours.

    Raises:
        KeyError: there is no such indicator with a value at each bar.
    """
    return _KINDS[kind](bars, settings, regular)


def _sma(bars: BarColumns, settings: Mapping[str, Any], _regular: Regular) -> Lines:
    given = bars._replace(close=source_of(bars, settings["source"]))
    return {"value": windows.compute(indicators.sma(settings["period"]), given)}


def _ema(bars: BarColumns, settings: Mapping[str, Any], _regular: Regular) -> Lines:
    return {"value": means.ema(source_of(bars, settings["source"]), settings["period"])}


def _rsi(bars: BarColumns, settings: Mapping[str, Any], _regular: Regular) -> Lines:
    return {"value": means.rsi(source_of(bars, settings["source"]), settings["period"])}


def _macd(bars: BarColumns, settings: Mapping[str, Any], _regular: Regular) -> Lines:
    values = source_of(bars, settings["source"])
    line = means.ema(values, settings["fast"]) - means.ema(values, settings["slow"])
    signal = np.full(len(line), np.nan)
    known = settings["slow"] - 1
    if len(line) > known:
        signal[known:] = means.ema(line[known:], settings["signal"])
    return {"value": line, "signal": signal, "histogram": line - signal}


def _bollinger(bars: BarColumns, settings: Mapping[str, Any], _regular: Regular) -> Lines:
    given = bars._replace(close=source_of(bars, settings["source"]))
    middle = windows.compute(indicators.sma(settings["period"]), given)
    spread = windows.compute(indicators.deviation(settings["period"]), given)
    wide = settings["deviations"] * spread
    return {"value": middle, "upper": middle + wide, "lower": middle - wide}


def _atr(bars: BarColumns, settings: Mapping[str, Any], _regular: Regular) -> Lines:
    return {"value": means.atr(bars.high, bars.low, bars.close, settings["period"])}


def _vwap(bars: BarColumns, settings: Mapping[str, Any], regular: Regular) -> Lines:
    price = np.full(len(bars.close), np.nan)
    spread = price.copy()
    at = np.flatnonzero(regular)
    if len(at):
        session = bars.session[at]
        begins = np.flatnonzero(np.concatenate([[True], session[1:] != session[:-1]]))
        typical = source_of(bars, "hlc3")[at]
        price[at], spread[at] = vwap.running(typical, bars.volume[at], begins)
    found = {"value": price}
    for number in range(1, int(settings["bands"]) + 1):
        found[f"upper{number}"] = price + number * spread
        found[f"lower{number}"] = price - number * spread
    return found


_KINDS: dict[str, Callable[[BarColumns, Mapping[str, Any], Regular], Lines]] = {
    "sma": _sma,
    "ema": _ema,
    "rsi": _rsi,
    "macd": _macd,
    "bollinger": _bollinger,
    "atr": _atr,
    "vwap": _vwap,
}
