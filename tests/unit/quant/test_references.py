"""The figures against empyrical and quantstats where the definitions agree."""

import csv
from datetime import date
from pathlib import Path

import empyrical
import numpy as np
import pandas as pd
import pytest
import quantstats.stats as qs
from account_days import WEEKDAYS

from app.quant import folds, stats
from app.quant.days import DayMoney
from app.quant.fifo import SCALE
from app.quant.folds import FoldState, Rates, SessionAxis

SPY = Path(__file__).resolve().parents[4] / "shared/data/market/daily/SPY.csv"


def compare(days, returns, risk_free_rate):
    """Book the returns as money and compare what the fold says with both libraries."""
    equity = 10_000_000 * SCALE
    rows, exact = [DayMoney(days[0], opening=equity)], [0.0]
    for day, value in zip(days[1:], returns, strict=True):
        change = round(equity * value)
        rows.append(DayMoney(day, realized=change))
        exact.append(change / equity)
        equity += change
    rates = Rates.from_annual(risk_free_rate, 252)
    axis = SessionAxis.from_days(days)
    ours = folds.fold(FoldState(), rows, axis, days[-1], rates)[0][-1]
    index = pd.DatetimeIndex([pd.Timestamp(date.fromordinal(day)) for day in days])
    series = pd.Series(exact, index=index)
    near = {"rel": 1e-9, "abs": 1e-12}
    daily = rates.risk_free
    assert ours.sharpe_ratio == pytest.approx(empyrical.sharpe_ratio(series, daily), **near)
    assert ours.sharpe_ratio == pytest.approx(qs.sharpe(series, rf=risk_free_rate), **near)
    assert ours.sharpe_ratio == pytest.approx(stats.sharpe_ratio(exact, risk_free_rate), **near)
    assert ours.sortino_ratio == pytest.approx(empyrical.sortino_ratio(series, daily), **near)
    assert ours.sortino_ratio == pytest.approx(qs.sortino(series, rf=risk_free_rate), **near)
    assert -ours.drawdown_ratio == pytest.approx(empyrical.max_drawdown(series), **near)
    assert -ours.drawdown_ratio == pytest.approx(qs.max_drawdown(series), **near)
    assert ours.return_ratio == pytest.approx(empyrical.cum_returns_final(series), **near)
    assert ours.return_ratio == pytest.approx(qs.comp(series), **near)


@pytest.mark.req("S4-8", "S4-9", "S3-159")
@pytest.mark.skipif(not SPY.exists(), reason="no ../shared/data/market/daily/SPY.csv here")
def test_a_real_daily_series_gives_the_figures_of_both_libraries():
    with SPY.open(newline="") as file:
        bars = [(row["session"], float(row["close"])) for row in csv.DictReader(file)]
    days = [date.fromisoformat(session).toordinal() for session, _ in bars]
    closes = np.array([close for _, close in bars])
    compare(days, (closes[1:] / closes[:-1] - 1).tolist(), 0.05)


@pytest.mark.req("S4-8", "S4-9")
def test_two_hundred_random_accounts_give_the_figures_of_both_libraries():
    draw = np.random.default_rng(11)
    for _ in range(200):
        size = int(draw.integers(25, 300))
        returns = (draw.standard_t(4, size - 1) * 0.01).clip(-0.5, 0.5)
        compare(WEEKDAYS[:size], returns.tolist(), float(draw.choice((0.0, 0.02, 0.05))))
