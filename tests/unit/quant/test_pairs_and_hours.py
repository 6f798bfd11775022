"""Cointegration against a second source, times of New York, and names of options."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quant.cointegration import CRITICAL, engle_granger
from app.quant.hours import new_york_minute
from app.quant.options import read_contract


def test_the_fit_is_numpy_s_and_the_statistic_is_that_of_its_regression():
    chance = np.random.default_rng(1)
    x = np.cumsum(chance.normal(0, 0.01, 300)) + 4
    y = 0.3 + 1.4 * x + chance.normal(0, 0.01, 300)
    fit = engle_granger(np.exp(y), np.exp(x))
    beta, alpha = np.polyfit(x, y, 1)
    assert fit.beta == pytest.approx(beta, rel=1e-9)
    assert fit.alpha == pytest.approx(alpha, rel=1e-9)
    residual = y - alpha - beta * x
    assert fit.z == pytest.approx(residual[-1] / residual.std(), rel=1e-6)
    before, change = residual[:-1, None], np.diff(residual)
    rate, left, _, _ = np.linalg.lstsq(before, change, rcond=None)
    error = math.sqrt(left[0] / (len(change) - 1) / (before**2).sum())
    assert fit.statistic == pytest.approx(rate[0] / error, rel=1e-6)
    assert fit.statistic < CRITICAL[0.01]


def test_by_chance_the_test_finds_about_as_many_pairs_as_it_says():
    """Two walks that know nothing of one another: 5 % of them look cointegrated at 5 %."""
    found = 0
    for seed in range(400):
        chance = np.random.default_rng(seed)
        one, two = np.exp(np.cumsum(chance.normal(0, 0.01, (2, 250)), axis=1))
        found += engle_granger(one, two).statistic < CRITICAL[0.05]
    assert 8 <= found <= 36


@pytest.mark.parametrize(
    "prices", [([10] * 9, [10] * 9), ([1, 2, 3], [1, 2, 3]), ([5] * 9, range(1, 10))]
)
def test_prices_that_do_not_move_have_no_answer(prices):
    fit = engle_granger(*prices)
    assert fit.statistic == 0
    assert fit.z == 0


@given(st.integers(0, 2_000_000_000))
def test_the_minute_is_that_of_the_clock_in_new_york(seconds):
    there = datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo("America/New_York"))
    assert new_york_minute(seconds * 1_000_000) == there.hour * 60 + there.minute


def test_the_open_is_the_same_minute_in_summer_and_in_winter():
    for day, hour in ((date(2024, 1, 8), 14), (date(2024, 7, 8), 13), (date(2024, 3, 11), 13)):
        at = datetime(day.year, day.month, day.day, hour, 30, tzinfo=UTC)
        assert new_york_minute(int(at.timestamp()) * 1_000_000) == 570


def test_an_option_s_name_is_read():
    contract = read_contract("AAPL140719C00095500")
    assert contract == ("AAPL", date(2014, 7, 19).toordinal(), "C", 95.5)
    for wrong in ("AAPL", "AAPL140719X00095000", "AAPL141319C00095000"):
        with pytest.raises(ValueError, match=r"option|month"):
            read_contract(wrong)
