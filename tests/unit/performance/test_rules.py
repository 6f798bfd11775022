"""Pure decisions: scopes, rounding, curves."""

from __future__ import annotations

import random

import numpy as np
import pytest

from app.ledger import models as ledger
from app.performance import models, rules
from app.performance.queries import columns
from app.quant.days import DayMoney
from app.quant.folds import FoldState, Rates, SessionAxis, fold

MONDAY = 739_313  # 2025-03-03


def test_the_kinds_are_those_of_the_ledger():
    assert rules.FORWARD_KINDS == ledger.FORWARD_KINDS
    assert set(rules.RANKED_KINDS) <= set(ledger.ACCOUNT_KINDS)
    assert (models.FORWARD, models.PUBLIC, models.ALL_PLUGINS) == (
        rules.FORWARD,
        rules.PUBLIC,
        rules.ALL_PLUGINS,
    )


@pytest.mark.req("S4-17")
def test_an_account_counts_in_the_scopes_of_its_kind():
    paper = rules.user_scopes(7, "alpha", "paper", "USD")
    assert {(key.plugin_id, key.kind) for key in paper} == {
        ("alpha", "paper"),
        ("alpha", "forward"),
        ("", "paper"),
        ("", "forward"),
    }
    backtest = rules.user_scopes(7, "alpha", "backtest", "USD")
    assert {(key.plugin_id, key.kind) for key in backtest} == {
        ("alpha", "backtest"),
        ("", "backtest"),
    }
    assert paper == sorted(paper)


@pytest.mark.parametrize(
    ("value", "cents"),
    [
        (None, None),
        (0, 0.0),
        (1_234_567_89, 1.23),
        (50_0000, 0.0),
        (150_0000, 0.02),
        (250_0000, 0.02),
        (-50_0000, 0.0),
        (-150_0000, -0.02),
        (-150_0001, -0.02),
        (250_0001, 0.03),
    ],
)
def test_money_rounds_half_to_even(value, cents):
    assert rules.money(value) == cents


def test_ratios_stay_within_their_columns():
    assert rules.ten_thousandths(1e12) == 999_999.9999
    assert rules.ten_thousandths(-1e12) == -999_999.9999
    assert rules.hundredths(1e18) == 9_999_999_999_999.99
    assert (rules.percent(2 / 3), rules.fall(0.0312345), rules.fall(0.0)) == (66.67, -3.1234, 0.0)


def test_whole_columns_round_as_single_values_do():
    chance = random.Random(3)
    values = [chance.randint(-(10**15), 10**15) for _ in range(5000)]
    values += [step * 500_000 for step in range(-50, 50)]
    assert columns.money(np.array(values)).tolist() == [rules.money(value) for value in values]


def random_days(seed: int, count: int = 60) -> list[DayMoney]:
    chance = random.Random(seed)
    rows = []
    for number in range(count):
        pnl = chance.randint(-(10**11), 10**11)
        day = MONDAY + number + number // 5 * 2
        opening = 10**12 if number == 0 else 0
        rows.append(
            DayMoney(day, 1, int(pnl > 0), int(pnl < 0), max(pnl, 0), max(-pnl, 0), pnl, pnl,
                     50_000, realized=pnl, opening=opening, flows=chance.choice((0, 0, 10**10)))
        )  # fmt: skip
    return rows


def test_the_last_point_of_a_curve_is_the_fold_of_all_time():
    rows = random_days(1)
    axis = SessionAxis.from_days(range(MONDAY, MONDAY + 400))
    folded, state = fold(FoldState(), rows, axis, rows[-1].day, Rates.from_annual())
    closes = rules.curve(rows, is_balanced=True)
    last = next(row for row in folded if row.period == "all_time")
    assert rules.spark(closes)[-1] == last.return_ratio  # to the last bit
    assert max(close.drawdown_ratio for close in closes) == last.drawdown_ratio
    assert closes[-1].equity == state.equity == last.equity
    assert closes[-1].pnl == last.total_pnl


def test_a_curve_without_a_balance_is_drawn_in_money():
    rows = [row._replace(opening=0) for row in random_days(2)]
    closes = rules.curve(rows, is_balanced=False)
    assert {close.wealth for close in closes} == {None}
    assert rules.spark(closes)[-1] == closes[-1].pnl / 10**8


@pytest.mark.parametrize("count", [0, 1, 59, 60, 61, 500])
def test_a_spark_has_at_most_sixty_points_with_both_ends(count):
    closes = rules.curve(random_days(4, count), is_balanced=True)
    drawn = rules.spark(closes)
    assert len(drawn) == min(count, 60)
    if count:
        ends = [rules.spark_value(closes[0]), rules.spark_value(closes[-1])]
        assert [drawn[0], drawn[-1]] == ends


def test_only_a_trade_on_a_weekend_makes_a_scope_trade_around_the_clock():
    saturday = MONDAY + 5
    assert rules.first_weekend([DayMoney(saturday, flows=5, opening=5)]) is None
    assert rules.first_weekend([DayMoney(saturday, open_delta=1)]) == saturday
    assert rules.first_weekend([DayMoney(MONDAY, 1), DayMoney(saturday + 1, 1)]) == saturday + 1
