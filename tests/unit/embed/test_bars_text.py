"""Bars and sessions as the page's script reads them."""

import numpy as np

from app.embed import rules
from app.quant.bars import BarColumns


def columns(*rows):
    """Return bars from (seconds, open, high, low, close, volume)."""
    at = np.array([row[0] * 1_000_000 for row in rows], np.int64)
    prices = [np.array([row[place] for row in rows], np.float64) for place in range(1, 6)]
    return BarColumns(at, at + 60_000_000, np.zeros(len(rows), np.int32), *prices)


def test_bars_are_written_in_seconds_with_prices_as_short_as_they_are():
    found = rules.bars_text(
        columns((60, 1.5, 2, 1.25, 1.75, 300), (120, 0.00001234, 3, 1e-8, 2, 0.5))
    )
    assert found == "60,1.5,2,1.25,1.75,300;120,1.234e-05,3,1e-08,2,0.5"
    assert [float(each) for each in found.split(";")[1].split(",")][1] == 0.00001234
    assert rules.bars_text(columns()) == ""


def test_sessions_are_written_with_their_four_edges():
    sessions = [rules.Session(10, 20, 5, 25), rules.Session(110, 120, 105, 125)]
    assert rules.sessions_text(sessions) == "10,20,5,25;110,120,105,125"


def test_prices_have_the_decimals_of_their_kind():
    assert rules.digits_of("equity", 120.0) == 2
    assert rules.digits_of("equity", 0.4) == 5
    assert rules.digits_of("forex", 1.08) == 5
    assert rules.digits_of("forex", 155.1) == 3
    assert rules.digits_of("crypto", 900.0) == 2
