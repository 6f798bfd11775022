"""The fold: resuming, splitting, idle sessions, missing answers."""

import math
import random
from datetime import date
from itertools import pairwise

import pytest
from account_days import FIRST, WEEKDAYS, make_days
from hypothesis import given
from hypothesis import strategies as st

from app.quant import folds
from app.quant.days import AccountDays, DayMoney, add_days, merge_days
from app.quant.fifo import SCALE, Fill, Position, apply
from app.quant.folds import FoldState, Rates, SessionAxis

AXIS = SessionAxis.from_days(WEEKDAYS)
RATES = Rates.from_annual(0.05, 252)
AS_OF = WEEKDAYS[-1]


def fold_all(rows, *, is_balanced=True, as_of=AS_OF):
    return folds.fold(FoldState(is_balanced=is_balanced), rows, AXIS, as_of, RATES)


def all_time(rows, **options):
    return fold_all(rows, **options)[0][-1]


@pytest.mark.req("S4-4", "S4-5", "S4-6", "S4-7", "S4-8", "S4-9", "S4-10", "S4-11")
@given(st.integers(0, 10**6), st.integers(1, 300))
def test_going_on_from_a_checkpoint_equals_folding_from_the_start_to_the_last_bit(seed, cut):
    rows = make_days(seed)
    expected, end = fold_all(rows)
    before, checkpoint = folds.advance(FoldState(), rows[:cut], AXIS, RATES)
    packed = checkpoint.pack()
    after, resumed = folds.fold(FoldState.unpack(packed), rows[cut:], AXIS, AS_OF, RATES)
    assert resumed.pack() == end.pack()
    assert sorted(map(repr, before + after)) == sorted(map(repr, expected))
    assert checkpoint.pack() == packed


def test_a_state_beyond_64_bits_is_packed_and_read_back_exactly():
    state = FoldState()
    state.ints[:3] = [2**63, -(2**63) - 1, -(2**90) + 12345]
    state.floats[0] = 0.1
    again = FoldState.unpack(state.pack())
    assert (again.ints, again.floats) == (state.ints, state.floats)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_neither_the_order_of_accounts_nor_the_split_over_workers_matters(seeds, shuffle):
    accounts = [make_days(seed, size=60) for seed in seeds]
    expected = merge_days(*accounts)
    rows = [row for account in accounts for row in account]
    shuffle.shuffle(rows)
    cut = shuffle.randint(0, len(rows))
    assert merge_days(rows) == expected
    assert merge_days(merge_days(rows[cut:]), merge_days(rows[:cut])) == expected


@pytest.mark.req("S4-4", "S4-6", "S4-11")
@given(st.integers(0, 10**6))
def test_days_add_up_to_weeks_months_and_all_time(seed):
    metrics, _ = fold_all(make_days(seed))
    whole = metrics[-1]
    assert whole.period == "all_time"
    for period in folds.PERIODS:
        rows = [row for row in metrics if row.period == period]
        for name in ("trade_count", "win_count", "loss_count", "total_pnl", "fees"):
            assert sum(getattr(row, name) for row in rows) == getattr(whole, name), (period, name)
        best = [row.best_trade_pnl for row in rows if row.best_trade_pnl is not None]
        assert max(best, default=None) == whole.best_trade_pnl
        assert all(row.total_pnl == row.gross_profit - row.gross_loss for row in rows)


@given(st.integers(0, 10**6))
def test_the_moments_equal_those_of_the_written_out_series_with_idle_days_as_zero(seed):
    rows = make_days(seed, size=120)
    equity, series, known = 0, {}, {row.day: row for row in rows}
    days = sorted({day for day in WEEKDAYS if rows[0].day <= day} | set(known))
    wealth, top, drawdown = 1.0, 1.0, 0.0
    for day in days:
        row = known.get(day, DayMoney(day))
        base = equity + row.opening
        change = row.realized + row.mark_change
        series[day] = change / base
        equity = base + change + row.flows
        wealth *= 1 + series[day]
        top = max(top, wealth)
        drawdown = max(drawdown, 1 - wealth / top)
    whole = all_time(rows)
    n, returns = len(series), list(series.values())
    mean = math.fsum(returns) / n
    deviation = math.sqrt(math.fsum((r - mean) ** 2 for r in returns) / (n - 1))
    sharpe = (mean - RATES.risk_free) / deviation * math.sqrt(252)
    short = math.sqrt(math.fsum(min(r - RATES.risk_free, 0) ** 2 for r in returns) / n)
    assert whole.session_count == n
    assert whole.sharpe_ratio == pytest.approx(sharpe, rel=1e-9)
    sortino = (mean - RATES.risk_free) / short * math.sqrt(252)
    assert whole.sortino_ratio == pytest.approx(sortino, rel=1e-9)
    assert whole.return_ratio == pytest.approx(wealth - 1, rel=1e-9, abs=1e-12)
    assert whole.drawdown_ratio == pytest.approx(drawdown, rel=1e-9, abs=1e-12)
    assert whole.equity == equity


def test_idle_sessions_count_to_the_end_of_an_ended_month_and_to_as_of_in_an_open_one():
    day, later = date(2023, 1, 11).toordinal(), date(2023, 3, 7).toordinal()
    rows = [DayMoney(day, opening=SCALE), DayMoney(later, realized=5)]
    metrics, _ = fold_all(rows, as_of=date(2023, 3, 9).toordinal())
    months = {row.start: row for row in metrics if row.period == "monthly"}
    assert [row.session_count for row in months.values()] == [15, 7]
    assert date.fromordinal(list(months)[1]) == date(2023, 3, 1)
    assert metrics[-1].session_count == 15 + 20 + 7
    weeks = [row for row in metrics if row.period == "weekly"]
    assert [row.session_count for row in weeks] == [3, 4]


def test_a_held_position_exposes_idle_sessions():
    rows = [
        DayMoney(FIRST, opening=SCALE),
        DayMoney(FIRST + 1, open_delta=1),
        DayMoney(FIRST + 8, open_delta=-1),
    ]
    whole = all_time(rows, as_of=FIRST + 9)
    assert (whole.session_count, whole.exposed_count) == (8, 6)
    assert all_time(rows[:2], as_of=FIRST + 9).exposed_count == 7


def test_without_a_balance_ratios_have_no_answer_and_drawdown_is_money():
    rows = [DayMoney(FIRST), DayMoney(FIRST + 1, realized=50), DayMoney(FIRST + 2, realized=-80)]
    for options in ({}, {"is_balanced": False}):
        opened = [rows[0]._replace(opening=SCALE), *rows[1:]] if options else rows
        whole = all_time(opened, **options)
        assert whole.equity is None
        assert whole.return_ratio is whole.drawdown_ratio is whole.sharpe_ratio is None
        assert whole.mean_return_lower_bound is whole.sortino_ratio is None
        assert whole.drawdown_amount == 80


def test_after_a_ruin_there_is_no_ratio_until_new_money_starts_a_new_period():
    rows = [
        DayMoney(FIRST, opening=100),
        DayMoney(FIRST + 1, realized=-100),
        DayMoney(FIRST + 2, realized=10),
        DayMoney(FIRST + 3, flows=100),
        DayMoney(FIRST + 7, realized=11),
    ]
    metrics, _ = fold_all(rows)
    daily = [row.return_ratio for row in metrics if row.period == "daily"]
    assert daily == [0.0, None, None, 0.0, 0.1]
    weekly = [row.return_ratio for row in metrics if row.period == "weekly"]
    assert weekly == [None, pytest.approx(0.1)]
    assert metrics[-1].return_ratio is None


@pytest.mark.req("S4-8")
def test_sharpe_needs_twenty_sessions_and_some_deviation():
    flat = [DayMoney(WEEKDAYS[0], opening=SCALE)]
    assert all_time(flat).sharpe_ratio is None
    moved = [*flat, DayMoney(WEEKDAYS[1], realized=5)]
    assert all_time(moved, as_of=WEEKDAYS[18]).sharpe_ratio is None
    assert all_time(moved, as_of=WEEKDAYS[19]).sharpe_ratio is not None


@pytest.mark.req("S4-28", "S4-5", "S4-9")
def test_the_public_figures_have_their_names_and_units():
    rows = [
        DayMoney(FIRST, opening=1_000 * SCALE),
        DayMoney(FIRST + 1, 3, 2, 1, 30 * SCALE, 25 * SCALE, 20 * SCALE, -25 * SCALE, 90_000),
        DayMoney(FIRST + 2, realized=-25 * SCALE),
    ]
    public = folds.public_metrics(all_time(rows, as_of=FIRST + 2))
    assert public == {
        "trade_count": 3,
        "win_count": 2,
        "loss_count": 1,
        "win_rate": pytest.approx(200 / 3),
        "total_pnl": 5.0,
        "profit_factor": 1.2,
        "sharpe_ratio": None,
        "max_drawdown": pytest.approx(-2.5),
        "avg_trade_size": 300.0,
        "best_trade_pnl": 20.0,
        "worst_trade_pnl": -25.0,
    }
    first_day = fold_all(rows)[0][0]
    assert math.copysign(1, first_day.drawdown_ratio) == 1.0
    empty = folds.public_metrics(all_time(rows[:1]))
    assert empty["win_rate"] is empty["best_trade_pnl"] is empty["profit_factor"] is None
    assert math.copysign(1, empty["max_drawdown"]) == 1.0


def test_it_rejects_days_out_of_order_and_foreign_checkpoints():
    with pytest.raises(ValueError, match="is not after"):
        fold_all([DayMoney(5), DayMoney(5)])
    with pytest.raises(ValueError, match="layout"):
        FoldState.unpack(b"\x00")
    with pytest.raises(ValueError, match="sorted"):
        SessionAxis.from_days([3, 3])
    empty = FoldState()
    assert folds.fold(empty, [], AXIS, AS_OF, RATES)[0] == []
    assert (empty.first_day, empty.last_day, empty.equity) == (None, None, 0)


def test_an_axis_without_sessions_counts_only_the_days_of_money():
    axis = SessionAxis.from_days([])
    rows = [DayMoney(10, opening=5), DayMoney(20)]
    assert folds.fold(FoldState(), rows, axis, 30, RATES)[0][-1].session_count == 2


def test_daily_money_of_an_account_comes_from_its_fills():
    first, second = Position(), Position()
    days = AccountDays(FIRST, 1_000 * SCALE)
    days.add_fill(FIRST + 1, apply(first, Fill(1, SCALE, 10 * SCALE, 3, SCALE, 1, FIRST + 1, 1)))
    days.add_fill(FIRST + 1, apply(second, Fill(-1, SCALE, 9 * SCALE, 3, SCALE, 2, FIRST + 1, 2)))
    days.add_mark_change(FIRST + 1, 7)
    days.add_fill(FIRST + 2, apply(first, Fill(-1, SCALE, 12 * SCALE, 3, SCALE, 3, FIRST + 2, 3)))
    days.add_fill(FIRST + 3, apply(second, Fill(1, SCALE, 12 * SCALE, 3, SCALE, 4, FIRST + 3, 4)))
    days.add_flow(FIRST + 4, -50)
    days.add_fee(FIRST + 4, 2)
    win, loss = 2 * SCALE - 6, 3 * SCALE + 6
    assert days.rows() == [
        DayMoney(FIRST, opening=1_000 * SCALE),
        DayMoney(FIRST + 1, realized=-6, fees=6, mark_change=7, open_delta=1),
        DayMoney(FIRST + 2, 1, 1, 0, win, 0, win, win, 1_000, win + 3, 3),
        DayMoney(FIRST + 3, 1, 0, 1, 0, loss, -loss, -loss, 900, -loss + 3, 3, open_delta=-1),
        DayMoney(FIRST + 4, realized=-2, fees=2, flows=-50),
    ]
    resumed = AccountDays()
    resumed.positions = 1
    resumed.add_flow(FIRST, 1)
    assert resumed.rows() == [DayMoney(FIRST, flows=1)]


def test_adding_days_skips_missing_best_and_worst():
    one, other = DayMoney(1), DayMoney(1, 1, best=-5, worst=-5)
    assert add_days(one, other).best == add_days(other, one).worst == -5
    assert add_days(one, one).best is None


def test_month_starts_are_those_of_the_calendar():
    draw = random.Random(5)
    for day in [1, 2, *(draw.randint(1, 3_600_000) for _ in range(3_000))]:
        start = folds.kernels.month_start(day)
        assert date.fromordinal(start) == date.fromordinal(day).replace(day=1)
    assert all(a < b for a, b in pairwise(WEEKDAYS))
