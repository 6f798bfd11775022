"""What the coach says of records over time: the member's own by period, and the public board."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.coach import service
from app.core import clock
from app.core.db import transaction
from app.performance import service as performance
from app.robots import service as robots
from tests.factories.performance import make_account, make_day
from tests.integration.coach_world import cited

NOW = datetime(2025, 11, 3, 15, 15, tzinfo=UTC)
FIRST = date(2025, 8, 1)
DAYS = [day for n in range(70) if (day := FIRST + timedelta(days=n)).weekday() < 5]


@pytest.fixture
def ann(app, member, monkeypatch):
    """Return a member whose ranked account traded from August into October, and not since."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    user_id = member("ann@example.test", tier="mid")
    with transaction():
        robots.sync_catalogue()
        account = make_account(
            user_id, "ma_cross", "paper", is_ranked=True, starting_balance=25_000, opened_on=FIRST
        )
        for index, day in enumerate(DAYS):
            opening = {"opening": 25_000} if index == 0 else {}
            make_day(account, day, *["30.00" if index % 3 else "-20.00"] * 3, **opening)
        performance.refold_account(account.id, "USD", FIRST.toordinal())
        performance.refold_robot("ma_cross", "USD", FIRST.toordinal())
    return user_id


def said(user_id, question):
    answer = service.answer(user_id, question, question)
    assert not answer.checked.removed, answer.checked.removed
    return answer


def test_figures_are_those_of_the_period_that_is_named(ann):
    whole = performance.own_metrics(ann, "all_time").metrics
    assert cited(said(ann, "How did I do in total?"))["pnl"] == whole.total_pnl
    october = performance.own_metrics(ann, "monthly", on=date(2025, 10, 1)).metrics
    assert 0 < october.trade_count < whole.trade_count
    answer = said(ann, "How did I do last month?")
    assert cited(answer)["trades"] == october.trade_count
    assert "The period begins on 2025-10-01." in answer.checked.text


def test_the_newest_day_that_has_figures_is_not_sold_as_today(ann):
    assert performance.own_metrics(ann, "daily").metrics.trade_count
    today = said(ann, "What is my P&L today?").checked.text
    assert today == "You have no closed trades in this period."


def test_a_backtests_periods_are_those_of_its_bars(ann):
    with transaction():
        account = make_account(
            ann, "ma_cross", "backtest", starting_balance=25_000, opened_on=FIRST
        )
        make_day(account, FIRST, "30.00", "20.00", opening=25_000)
        performance.refold_account(account.id, "USD", FIRST.toordinal())
    answer = said(ann, "What was the win rate of my backtests this month?")
    assert cited(answer)["trades"] == 2
    assert "The period begins on 2025-08-01." in answer.checked.text


def test_a_span_without_figures_is_answered_with_what_there_is(ann):
    other = said(ann, "What was my P&L in the last 90 days?").checked.text
    assert "Figures are kept by day, week and month and for all time" in other


def test_the_best_robots_are_told_with_their_evidence(ann, member):
    answer = said(member("bob@example.test"), "Which robot is best?")
    (row,) = [row for row in performance.leaderboard().rows if row.rank]
    text = answer.checked.text
    assert cited(answer)["1.pnl"] == row.metrics.total_pnl
    assert f"(95% interval {row.metrics.win_rate_low:.2f}%" in text
    assert f"{row.metrics.trade_count} trades" in text
    assert row.pseudonym in text
    assert "Accounts with a rank: 1." in text
    assert "ann" not in text.lower().replace("annual", ""), "a pseudonym, and no name or address"


def test_without_evidence_nobody_is_called_the_best(app, member):
    none = said(member("bob@example.test"), "Which robot is best?").checked.text
    assert none.startswith("Nothing is ranked yet")
