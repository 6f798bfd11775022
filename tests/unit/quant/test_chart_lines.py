"""Indicators of charts: TA-Lib as the second source, and the same values however far back one reads."""

from __future__ import annotations

import numpy as np
import pytest
import talib

from app.quant import chart_lines, indicator_settings
from tests.factories.robot_bars import walk

BARS = walk(3_000, seed=7)
ALL = np.ones(3_000, np.bool_)


def made(kind, bars=BARS, regular=None, **given):
    settings = indicator_settings.read(kind, given)
    shown = ALL[: len(bars.close)] if regular is None else regular
    return chart_lines.lines(kind, settings, bars, shown)


def by_ta_lib(kind):
    high, low, close = BARS.high, BARS.low, BARS.close
    if kind == "macd":
        return dict(zip(("value", "signal", "histogram"), talib.MACD(close), strict=True))
    if kind == "bollinger":
        upper, middle, lower = talib.BBANDS(close, 20, 2, 2)
        return {"value": middle, "upper": upper, "lower": lower}
    found = {
        "sma": lambda: talib.SMA(close, 20),
        "ema": lambda: talib.EMA(close, 20),
        "rsi": lambda: talib.RSI(close, 14),
        "atr": lambda: talib.ATR(high, low, close, 14),
    }
    return {"value": found[kind]()}


@pytest.mark.parametrize("kind", ["sma", "ema", "rsi", "macd", "bollinger", "atr"])
def test_lines_are_those_of_ta_lib(kind):
    ours, theirs = made(kind), by_ta_lib(kind)
    assert set(ours) == set(theirs)
    for name, line in theirs.items():
        # TA-Lib begins the fast mean of MACD later: until it is warm they differ.
        known = slice(600, None) if kind == "macd" else slice(None)
        assert ours[name][known] == pytest.approx(line[known], rel=1e-7, abs=1e-7, nan_ok=True)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("sma", {"period": 50}), ("ema", {"period": 30, "source": "hl2"}), ("rsi", {}),
        ("macd", {}), ("bollinger", {"deviations": 2.5, "source": "ohlc4"}), ("atr", {"period": 10}),
    ],
)  # fmt: skip
def test_after_its_warm_up_a_value_does_not_depend_on_where_one_began(kind, given):
    settings = indicator_settings.read(kind, given)
    need = chart_lines.warm_up(kind, settings)
    whole = made(kind, **given)
    for first in (need, need + 1, 2_999):
        part = made(kind, BARS.rows(first - need), **given)
        for name, line in whole.items():
            assert part[name][need:] == pytest.approx(line[first:], rel=2e-7, abs=2e-7)
            assert not np.isnan(part[name][need:]).any()


def test_sources_are_mixed_of_the_right_prices():
    for name, columns in (
        ("hl2", (BARS.high, BARS.low)),
        ("hlc3", (BARS.high, BARS.low, BARS.close)),
        ("ohlc4", (BARS.open, BARS.high, BARS.low, BARS.close)),
        ("low", (BARS.low,)),
    ):
        assert chart_lines.source_of(BARS, name) == pytest.approx(np.mean(columns, axis=0))


def test_vwap_is_of_the_regular_hours_and_has_bands():
    bars = walk(6, per_session=3)
    regular = np.array([False, True, True, False, True, True])
    found = made("vwap", bars, regular, bands=2)
    typical = (bars.high + bars.low + bars.close) / 3
    assert np.isnan(found["value"][[0, 3]]).all()
    assert found["value"][[1, 4]] == pytest.approx(typical[[1, 4]])
    assert found["value"][2] == pytest.approx(np.average(typical[1:3], weights=bars.volume[1:3]))
    assert found["upper2"][2] - found["value"][2] == pytest.approx(
        2 * (found["value"][2] - found["lower1"][2])
    )
    assert set(found) == {"value", "upper1", "lower1", "upper2", "lower2"}
