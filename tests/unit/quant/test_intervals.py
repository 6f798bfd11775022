"""Intervals of the Sharpe ratio and the profit factor against second sources."""

import math
import struct

import numpy as np
import pytest
from account_days import WEEKDAYS, make_days
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap
from scipy.stats import t as student

from app.quant import folds, kernels, stats
from app.quant.days import DayMoney, merge_days
from app.quant.fifo import SCALE
from app.quant.folds import FoldState, Rates, SessionAxis

AXIS = SessionAxis.from_days(WEEKDAYS)
RATES = Rates.from_annual(0.05, 252)


def whole(rows, as_of=WEEKDAYS[-1]):
    return folds.fold(FoldState(), rows, AXIS, as_of, RATES)[0][-1]


def sessions(profits, losses):
    """Rows of one session each, with a win and a loss of so many dollars."""
    return [
        DayMoney(
            day,
            trade_count=2,
            win_count=int(profit > 0),
            loss_count=int(loss > 0),
            gross_profit=round(profit * SCALE),
            gross_loss=round(loss * SCALE),
            best=round(profit * SCALE),
            worst=-round(loss * SCALE),
        )
        for day, profit, loss in zip(WEEKDAYS, profits, losses, strict=False)
    ]


def draw_sessions(draw, count):
    """Three trades a session that share a part of their luck, as trades of one day do."""
    trades = draw.normal(0.1, 1.0, (count, 3)) + draw.normal(0.0, 1.0, (count, 1))
    return np.maximum(trades, 0).sum(axis=1), -np.minimum(trades, 0).sum(axis=1)


# --- Sharpe ratio ---


@pytest.mark.parametrize(
    ("ratio", "n", "error"),
    # Lo (2002), table 1: standard errors of the ratio of a period over n periods.
    [(0.5, 24, 0.217), (0.5, 60, 0.137), (1.0, 60, 0.158), (3.0, 125, 0.210), (2.0, 500, 0.077)],
)
def test_the_interval_of_a_sharpe_ratio_has_the_published_standard_error(ratio, n, error):
    low, high = stats.sharpe_interval(ratio, n, 1)
    assert (high - low) / 2 / 1.959964 == pytest.approx(error, abs=5e-4)
    assert (low + high) / 2 == pytest.approx(ratio)


def test_the_interval_of_a_sharpe_ratio_is_that_of_a_bootstrap():
    draw = np.random.default_rng(3)
    returns = draw.normal(0.001, 0.01, 400)
    daily = 1.05 ** (1 / 252) - 1

    def ratio(sample, axis=-1):
        return (sample.mean(axis) - daily) / sample.std(axis, ddof=1) * math.sqrt(252)

    found = bootstrap((returns,), ratio, n_resamples=2_000, method="percentile", rng=draw)
    low, high = stats.sharpe_interval(stats.sharpe_ratio(returns.tolist()), 400)
    second = found.confidence_interval
    assert (low, high) == pytest.approx((second.low, second.high), abs=0.2)
    assert high - low == pytest.approx(second.high - second.low, rel=0.06)


@pytest.mark.parametrize("is_normal", [True, False], ids=["normal", "fat tails"])
def test_nineteen_of_twenty_intervals_hold_the_true_sharpe_ratio(is_normal):
    draw = np.random.default_rng(8)
    shape = (1_500, 250)
    noise = draw.normal(size=shape) if is_normal else draw.standard_t(5, shape) / math.sqrt(5 / 3)
    daily = 1.05 ** (1 / 252) - 1
    true = 1.5
    returns = daily + 0.01 * (true / math.sqrt(252) + noise)
    held = 0
    for sample in returns.tolist():
        low, high = stats.sharpe_interval(stats.sharpe_ratio(sample), len(sample))
        held += low <= true <= high
    assert 0.935 < held / len(returns) < 0.965


def test_without_a_ratio_there_is_no_interval_of_it():
    assert stats.sharpe_interval(None, 300) is None
    assert stats.sharpe_interval(1.0, 19) is None
    year, clock_round = stats.sharpe_interval(1.0, 300), stats.sharpe_interval(1.0, 300, 365)
    assert clock_round[1] - clock_round[0] > year[1] - year[0]


# --- Profit factor ---


def test_the_margin_of_a_profit_factor_is_that_of_a_bootstrap_over_sessions():
    draw = np.random.default_rng(5)
    for count in (40, 250):
        profits, losses = draw_sessions(draw, count)
        made = whole(sessions(profits, losses))

        def logarithm(won, lost, axis=-1):
            return np.log(won.sum(axis) / lost.sum(axis))

        found = bootstrap(
            (profits, losses), logarithm, paired=True, vectorized=True, n_resamples=3_000,
            method="percentile", rng=draw,
        )  # fmt: skip
        error = made.profit_factor_margin / student.ppf(0.975, count - 1)
        assert error == pytest.approx(found.standard_error, rel=0.08)
        low, high = stats.profit_factor_interval(made.profit_factor, made.profit_factor_margin)
        assert low < profits.sum() / losses.sum() < high
        second = np.exp(found.confidence_interval)
        assert (low, high) == pytest.approx(tuple(second), rel=0.1)


@pytest.mark.parametrize("count", [8, 30])
def test_nineteen_of_twenty_intervals_hold_the_true_profit_factor(count):
    draw = np.random.default_rng(17)
    many = draw_sessions(draw, 1_000_000)
    true = many[0].sum() / many[1].sum()
    made = [whole(sessions(*draw_sessions(draw, count))) for _ in range(700)]
    # Eight sessions may have no loss at all: then there is no factor either.
    known = [row for row in made if row.profit_factor]
    ends = [
        stats.profit_factor_interval(row.profit_factor, row.profit_factor_margin) for row in known
    ]
    held = sum(low <= true <= high for low, high in ends)
    assert len(known) > 690
    assert 0.93 < held / len(known) < 0.975


@pytest.mark.req("S4-7")
def test_the_margin_has_the_value_of_a_computation_by_hand():
    made = whole(sessions([10, 0, 20, 0, 30], [0, 8, 0, 12, 5]))
    # Shares of 60 won and 25 lost: squares of (1/6, -.32, 1/3, -.48, .5 - .2).
    spread = 1 / 36 + 0.32**2 + 1 / 9 + 0.48**2 + 0.3**2
    expected = student.ppf(0.975, 4) * math.sqrt(spread * 5 / 4)
    assert made.profit_factor_margin == pytest.approx(expected, rel=5e-4)


@given(st.integers(0, 10**6))
def test_copies_of_an_account_are_no_further_evidence(seed):
    rows = make_days(seed, size=120)
    one, three = whole(rows), whole(merge_days(rows, rows, rows))
    assert three.trade_count == 3 * one.trade_count
    if one.profit_factor_margin is None:
        assert three.profit_factor_margin is None
    else:
        assert three.profit_factor_margin == pytest.approx(one.profit_factor_margin, rel=1e-9)


@pytest.mark.parametrize(
    ("profits", "losses"),
    [
        ([5, 7, 9, 0], [1, 2, 3, 4]),
        ([5, 7, 9, 1, 2], [0] * 5),
        ([0] * 5, [5, 7, 9, 1, 2]),
        ([2, 4, 6, 8, 10], [1, 2, 3, 4, 5]),
    ],
    ids=["four sessions", "no loss", "no win", "all alike"],
)
def test_too_little_to_go_by_gives_no_margin(profits, losses):
    made = whole(sessions(profits, losses))
    assert made.profit_factor_margin is None
    assert stats.profit_factor_interval(made.profit_factor, None) is None


def test_each_week_and_month_has_the_margin_of_its_own_sessions():
    draw = np.random.default_rng(2)
    profits, losses = draw_sessions(draw, 60)
    rows = sessions(profits, losses)
    made, _ = folds.fold(FoldState(), rows, AXIS, rows[-1].day, RATES)
    weeks = [row for row in made if row.period == "weekly"]
    assert all(row.profit_factor_margin for row in weeks)
    days = WEEKDAYS.index(weeks[3].start)
    alone = whole(rows[days : days + 5])
    assert weeks[3].profit_factor_margin == alone.profit_factor_margin
    assert {row.profit_factor_margin for row in made if row.period == "daily"} == {None}


@pytest.mark.parametrize(("freedom", "near"), [(4, 4e-4), (7, 3e-5), (19, 1e-6), (300, 1e-6)])
def test_the_two_sided_t_quantile_is_near_the_exact_one(freedom, near):
    found = kernels.student_t(1.959963984540054, float(freedom))
    assert found == pytest.approx(student.ppf(0.975, freedom), rel=near)


# --- States of the release before ---


def as_before(state, *, is_wide=False):
    """Pack a state as the release before did, which kept 17 integers and 6 floats a period."""
    common = kernels.STATE_INTS - 3 * kernels.BLOCK_INTS
    blocks = [common + period * kernels.BLOCK_INTS for period in range(3)]
    ints = state.ints[:common] + [n for at in blocks for n in state.ints[at : at + 17]]
    moments = [period * kernels.BLOCK_FLOATS for period in range(3)]
    floats = [n for at in moments for n in state.floats[at : at + 6]]
    if is_wide:
        halves = [n >> 62 for n in ints] + [n & (2**62 - 1) for n in ints]
        return struct.pack(f"<B{len(halves)}q18d", 129, *halves, *floats)
    return struct.pack(f"<B{len(ints)}q18d", 1, *ints, *floats)


@pytest.mark.parametrize("is_wide", [False, True])
def test_a_state_of_the_release_before_goes_on_with_every_other_figure(is_wide):
    rows = make_days(4, size=300)
    _, checkpoint = folds.advance(FoldState(), rows[:60], AXIS, RATES)
    packed = as_before(checkpoint, is_wide=is_wide)
    assert FoldState.is_old(packed)
    assert not FoldState.is_old(checkpoint.pack())
    assert not FoldState.is_old(None)
    expected = folds.fold(checkpoint, rows[60:], AXIS, WEEKDAYS[-1], RATES)[0]
    found = folds.fold(FoldState.unpack(packed), rows[60:], AXIS, WEEKDAYS[-1], RATES)[0]
    without = [row._replace(profit_factor_margin=None) for row in expected]
    assert [row._replace(profit_factor_margin=None) for row in found] == without
    months = [row for row in found if row.period == "monthly"]
    assert months[0].profit_factor_margin is None  # it had begun before
    assert months[-2] == [row for row in expected if row.period == "monthly"][-2]
    assert (expected[-1].profit_factor_margin, found[-1].profit_factor_margin) != (None, None)
    assert found[-1].profit_factor_margin is None


def test_a_damaged_state_of_the_release_before_is_refused():
    packed = as_before(FoldState())
    with pytest.raises(ValueError, match="layout"):
        FoldState.unpack(packed[:-1])
