"""Indicators: finite memory to the bit, no look ahead, and the figures of TA-Lib."""

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from app.quant import indicators, windows
from tests.factories.walks import bar_walks, walk

DECLARED = st.sampled_from(
    [
        indicators.sma(1),
        indicators.sma(7),
        indicators.sma(5, "volume"),
        indicators.ema(1),
        indicators.ema(4),
        indicators.deviation(6),
        indicators.band(5, -2.0),
        indicators.z_score(8),
        indicators.momentum(3),
        indicators.rsi(2),
        indicators.rsi(3),
        indicators.atr(2),
        indicators.highest(9),
        indicators.lowest(1),
        indicators.highest(6, "typical"),
        indicators.session_vwap(),
    ]
)


@settings(max_examples=300, deadline=None)
@given(bar_walks(most=150), DECLARED, st.integers(0, 140), st.integers(0, 140))
def test_a_value_has_the_same_bits_wherever_the_computation_began(columns, declared, cut, first):
    whole = windows.compute(declared, columns)
    cut = min(cut, len(whole) - 1)
    if declared.kind == "session_vwap":
        # Its window begins with a session.
        cut = int(np.searchsorted(columns.session, columns.session[cut]))
        first_valid = cut
    else:
        first_valid = cut + indicators.memory(declared) - 1
    shorter = windows.compute(declared, columns.rows(cut))
    assert whole[first_valid:].tobytes() == shorter[first_valid - cut :].tobytes()
    assert np.isnan(shorter[: first_valid - cut]).all()
    assert windows.compute(declared, columns, first).tobytes() == whole[first:].tobytes()


@settings(max_examples=100, deadline=None)
@given(bar_walks(most=150), DECLARED, st.integers(1, 150))
def test_a_value_does_not_change_with_the_bars_that_follow(columns, declared, end):
    whole = windows.compute(declared, columns)
    assert windows.compute(declared, columns.rows(0, end)).tobytes() == whole[:end].tobytes()


@pytest.mark.parametrize("declared", [indicators.ema(20), indicators.rsi(14), indicators.atr(14)])
def test_few_values_and_many_have_the_same_bits(declared):
    columns = walk(20_000)
    whole = windows.compute(declared, columns)
    for first in (1_000, 8_191 + indicators.memory(declared), 19_999):
        piece = windows.compute(declared, columns.rows(0, first + 3), first)
        assert piece.tobytes() == whole[first : first + 3].tobytes()


@settings(max_examples=50, deadline=None)
@given(bar_walks(least=20), st.integers(0, 19), st.sampled_from([1e9, 1e11, 1e15]))
def test_sums_beyond_64_bits_are_still_of_their_window_alone(columns, at, size):
    large = columns.close.copy()
    large[at] = size
    columns = columns._replace(close=large)
    whole = windows.compute(indicators.sma(4), columns)
    shorter = windows.compute(indicators.sma(4), columns.rows(10))
    assert whole[13:].tobytes() == shorter[3:].tobytes()
    expected = [large[end - 4 : end].mean() for end in range(4, len(large) + 1)]
    assert whole[3:] == pytest.approx(expected, rel=1e-12)


def test_values_agree_with_those_of_ta_lib():
    columns = walk(6_000, seed=7)
    close, high, low = columns.close, columns.high, columns.low
    deviation = talib.STDDEV(close, 20)
    pairs = [
        (indicators.sma(20), talib.SMA(close, 20)),
        (indicators.ema(20), talib.EMA(close, 20)),
        (indicators.ema(200), talib.EMA(close, 200)),
        (indicators.deviation(20), deviation),
        (indicators.band(20, 2.0), talib.BBANDS(close, 20, 2.0, 2.0)[0]),
        (indicators.z_score(20), (close - talib.SMA(close, 20)) / deviation),
        (indicators.momentum(10), talib.ROCP(close, 10)),
        (indicators.rsi(14), talib.RSI(close, 14)),
        (indicators.atr(14), talib.ATR(high, low, close, 14)),
        (indicators.highest(55), talib.MAX(high, 55)),
        (indicators.lowest(20), talib.MIN(low, 20)),
    ]
    for declared, expected in pairs:
        ours = windows.compute(declared, columns)
        valid = slice(indicators.memory(declared) - 1, None)
        # An endless mean of TA-Lib still holds 1e-9 of prices before our memory.
        assert ours[valid] == pytest.approx(expected[valid], rel=1e-6, abs=1e-6), declared


def test_vwap_starts_anew_with_each_session():
    columns = walk(10, minutes_a_session=5)
    typical = (columns.high + columns.low + columns.close) / 3
    ours = windows.compute(indicators.session_vwap(), columns)
    for end in range(6, 11):
        expected = np.average(typical[5:end], weights=columns.volume[5:end])
        assert ours[end - 1] == pytest.approx(expected, rel=1e-12)
    quiet = columns._replace(volume=np.zeros(10))
    assert windows.compute(indicators.session_vwap(), quiet)[7] == pytest.approx(
        typical[5:8].mean()
    )


def test_a_price_that_stands_still_has_an_rsi_of_fifty_and_no_score():
    flat = walk(80, jump=0.0)
    assert windows.compute(indicators.rsi(2), flat)[-1] == 50.0
    assert np.isnan(windows.compute(indicators.z_score(5), flat)).all()


@pytest.mark.parametrize(
    ("declared", "fault"),
    [
        (indicators.Indicator("macd", 3), "no indicator 'macd'"),
        (indicators.sma(0), "must be 1 or more"),
        (indicators.sma(3, "price"), "'price' is none of"),
        (indicators.band(3, float("nan")), "not finite"),
    ],
)
def test_a_wrong_indicator_is_refused_by_name(declared, fault):
    with pytest.raises(ValueError, match=fault):
        windows.compute(declared, walk(5))
