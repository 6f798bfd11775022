"""The nine addresses of the JSON interface."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.core.db import transaction
from app.performance import service
from tests.factories.performance import make_account, make_day

FRIDAY = date(2025, 12, 19)
CONTRACT = {
    "trade_count", "win_count", "loss_count", "win_rate", "total_pnl", "profit_factor",
    "sharpe_ratio", "max_drawdown", "avg_trade_size", "best_trade_pnl", "worst_trade_pnl",
}  # fmt: skip
FURTHER = {
    "gross_profit", "gross_loss", "expectancy", "average_win", "average_loss", "payoff_ratio",
    "sortino_ratio", "exposure_ratio", "max_drawdown_amount", "return_ratio", "equity_close",
    "day_count", "win_rate_low", "win_rate_high", "sharpe_low", "sharpe_high",
    "profit_factor_low", "profit_factor_high",
}  # fmt: skip


def fold(account, *days: date) -> None:
    for day in days:
        service.refold_account(account.id, account.currency, day.toordinal())


@pytest.fixture
def trader(app, member):
    """Return a member with five trades of one robot on a Friday, and one the day before."""
    user_id = member("trader@example.test")
    with transaction():
        account = make_account(
            user_id, kind="paper", starting_balance=Decimal(5000), opened_on=FRIDAY
        )
        make_day(account, FRIDAY - timedelta(days=1), "-125.50", opening=Decimal(5000))
        make_day(account, FRIDAY, "75.00", "60.50", "40.00", "-25.00", "-25.00")
        fold(account, FRIDAY - timedelta(days=1))
    return user_id


@pytest.fixture
def ask(client, trader, bearer):
    """Return a function that asks for the trader's figures as the trader."""
    headers = bearer(trader)

    def get(path: str, **more: str):
        return client.get(f"/api/performance/{trader}/{path}", headers={**headers, **more})

    return get


@pytest.mark.req("S4-28", "S4-4", "S4-5", "S4-6", "S4-7", "S4-8", "S4-9", "S4-10", "S4-11")
def test_a_day_has_exactly_the_shape_of_the_contract(ask, trader):
    body = ask("plugin/ma_cross/daily").get_json()
    assert set(body["metrics"]) == CONTRACT | FURTHER
    assert {key: body["metrics"][key] for key in CONTRACT} == {
        "trade_count": 5,
        "win_count": 3,
        "loss_count": 2,
        "win_rate": 60.0,
        "total_pnl": 125.5,
        "profit_factor": 3.51,
        "sharpe_ratio": None,
        "max_drawdown": 0.0,
        "avg_trade_size": 500.0,
        "best_trade_pnl": 75.0,
        "worst_trade_pnl": -25.0,
    }
    assert body["user_id"] == trader
    assert (body["plugin_id"], body["period"], body["date"]) == ("ma_cross", "daily", "2025-12-19")
    assert (body["kinds"], body["currency"], body["risk_free_rate"]) == (["paper"], "USD", 0.05)
    assert body["as_of"] >= "2025-12-19"
    assert body["updated_at"].endswith("Z")


@pytest.mark.req("S4-28")
def test_the_further_figures_follow_from_the_trades(ask):
    metrics = ask("weekly").get_json()["metrics"]
    assert metrics["gross_profit"] - metrics["gross_loss"] == metrics["total_pnl"] == 0.0
    assert (metrics["expectancy"], metrics["average_win"]) == (0.0, 58.5)
    assert (metrics["average_loss"], metrics["payoff_ratio"]) == (58.5, 1.0)
    assert (metrics["max_drawdown"], metrics["max_drawdown_amount"]) == (-2.51, -125.5)
    assert metrics["win_rate_low"] < 50.0 < metrics["win_rate_high"]
    assert metrics["equity_close"] == 5000.0


@pytest.mark.parametrize(
    ("path", "period", "day", "trades"),
    [
        pytest.param("daily", "daily", "2025-12-19", 5, marks=pytest.mark.req("S4-19")),
        pytest.param("weekly", "weekly", "2025-12-15", 6, marks=pytest.mark.req("S4-20")),
        pytest.param("monthly", "monthly", "2025-12-01", 6, marks=pytest.mark.req("S4-21")),
        pytest.param("all-time", "all_time", "2025-12-18", 6, marks=pytest.mark.req("S4-22")),
    ],
)
def test_each_period_over_all_robots(ask, path, period, day, trades):
    body = ask(path).get_json()
    assert (body["plugin_id"], body["period"], body["date"]) == (None, period, day)
    assert body["metrics"]["trade_count"] == trades


@pytest.mark.parametrize(
    ("path", "trades"),
    [
        pytest.param("daily", 5, marks=pytest.mark.req("S4-23")),
        pytest.param("weekly", 6, marks=pytest.mark.req("S4-24")),
        pytest.param("monthly", 6, marks=pytest.mark.req("S4-25")),
        pytest.param("all-time", 6, marks=pytest.mark.req("S4-26")),
    ],
)
def test_each_period_of_one_robot(ask, path, trades):
    body = ask(f"plugin/ma_cross/{path}").get_json()
    assert (body["plugin_id"], body["metrics"]["trade_count"]) == ("ma_cross", trades)
    assert ask(f"plugin/other/{path}").get_json()["metrics"]["trade_count"] == 0


@pytest.mark.req("S4-19")
def test_a_new_member_has_zero_counts_and_no_answers(client, member, bearer):
    user_id = member()
    answer = client.get(f"/api/performance/{user_id}/daily", headers=bearer(user_id))
    body = answer.get_json()
    assert answer.status_code == 200
    assert (body["date"], body["as_of"], body["updated_at"], body["kinds"]) == (None,) * 3 + ([],)
    assert body["metrics"]["trade_count"] == 0
    assert body["metrics"]["win_rate"] is None
    assert body["metrics"]["profit_factor"] is None


@pytest.mark.req("S4-19", "S4-20")
def test_a_date_names_the_period_that_it_lies_in(ask):
    assert ask("daily?date=2025-12-18").get_json()["metrics"]["trade_count"] == 1
    assert ask("weekly?date=2025-12-21").get_json()["date"] == "2025-12-15"
    quiet = ask("monthly?date=2025-11-11").get_json()
    assert (quiet["date"], quiet["metrics"]["trade_count"]) == ("2025-11-01", 0)


@pytest.mark.req("S4-16", "S4-19")
def test_history_comes_oldest_first_in_pages(ask):
    first = ask("daily?from=2025-12-01&to=2025-12-31&limit=1").get_json()
    assert [item["date"] for item in first["items"]] == ["2025-12-18"]
    assert first["has_more"] is True
    second = ask(f"daily?from=2025-12-01&limit=1&cursor={first['next_cursor']}").get_json()
    assert [item["date"] for item in second["items"]] == ["2025-12-19"]
    assert second["next_cursor"] is None
    assert ask("daily?to=2025-12-17").get_json() == {
        "items": [], "next_cursor": None, "has_more": False,
    }  # fmt: skip
    assert len(ask("all-time?from=2025-01-01").get_json()["items"]) == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("date=2025-13-01", "date"),
        ("kind=forward", "kind"),
        ("currency=usd", "currency"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("cursor=x", "cursor"),
        ("from=yesterday", "from"),
        ("colour=red", "colour"),
    ],
)
def test_a_wrong_parameter_is_named(ask, query, field):
    answer = ask(f"daily?{query}")
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == f"/{field}"


def test_all_time_has_no_date(ask):
    assert ask("all-time?date=2025-12-19").status_code == 422


def test_an_unknown_period_is_not_found(ask):
    assert ask("hourly").status_code == 404


@pytest.mark.req("S4-19")
def test_what_has_not_changed_is_answered_with_304(ask):
    tag = ask("daily").headers["ETag"]
    again = ask("daily", **{"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.req("S4-19", "S4-23")
def test_figures_of_somebody_else_are_not_found(client, trader, member, bearer):
    headers = bearer(member("stranger@example.test"))
    for path in ("daily", "plugin/ma_cross/daily"):
        stranger = client.get(f"/api/performance/{trader}/{path}", headers=headers)
        nobody = client.get(f"/api/performance/999999/{path}", headers=headers)
        assert stranger.status_code == nobody.status_code == 404
        assert stranger.get_json()["detail"] == nobody.get_json()["detail"]


@pytest.mark.req("S4-19")
def test_a_key_without_the_scope_is_refused(client, trader, bearer):
    address = f"/api/performance/{trader}/daily"
    assert client.get(address).status_code == 401
    assert client.get(address, headers=bearer(trader, ["ledger:write"])).status_code == 403


def test_a_kind_narrows_and_a_currency_chooses(ask, trader):
    with transaction():
        test = make_account(trader, kind="backtest")
        make_day(test, FRIDAY, "9")
        fold(test, FRIDAY)
        euro = make_account(trader, kind="journal", currency="EUR")
        make_day(euro, FRIDAY, "8", "8")
        fold(euro, FRIDAY)
    assert ask("daily").get_json()["metrics"]["trade_count"] == 5
    assert ask("daily?kind=backtest").get_json()["metrics"]["total_pnl"] == 9.0
    assert ask("daily?kind=live").get_json()["metrics"]["trade_count"] == 0
    body = ask("daily?currency=EUR").get_json()
    assert (body["currency"], body["metrics"]["trade_count"]) == ("EUR", 2)


# --- The leaderboard ---


def ranked(user_id: int, plugin_id: str, pnl: str, count: int, kind: str = "paper"):
    account = make_account(
        user_id, plugin_id, kind, starting_balance=Decimal(10_000), is_ranked=True
    )
    day = date(2025, 3, 3)
    for number in range(count):
        extra = {"opening": Decimal(10_000)} if number == 0 else {}
        sign = "-1" if number % 7 == 3 else pnl
        make_day(account, day, pnl, sign, **extra)
        day += timedelta(days=3 if day.weekday() == 4 else 1)
    fold(account, date(2025, 3, 3))
    service.refold_robot(plugin_id, "USD", date(2025, 3, 3).toordinal())
    return account


@pytest.fixture
def board(app, client, member):
    """Return a function that asks for the leaderboard of five accounts."""
    with transaction():
        ranked(member("good@example.test"), "alpha", "30", 30)
        ranked(member("better@example.test"), "beta", "60", 30)
        ranked(member("chance@example.test"), "coin", "2", 30, "null")
        ranked(member("live@example.test"), "alpha", "10", 30, "live")
        ranked(member("short@example.test"), "alpha", "900", 10)
        unranked = make_account(member("own@example.test"), "alpha")
        make_day(unranked, date(2025, 3, 3), "99999")
        fold(unranked, date(2025, 3, 3))

    def get(query: str = ""):
        return client.get(f"/api/performance/public/leaderboard{query}")

    return get


@pytest.mark.req("S4-27")
def test_the_leaderboard_ranks_by_the_lower_bound_and_says_what_is_missing(board):
    body = board().get_json()
    assert [(row["plugin_id"], row["kind"], row["rank"]) for row in body["items"]] == [
        ("beta", "paper", 1),
        ("alpha", "paper", 2),
        ("alpha", "live", 3),
        ("coin", "null", 4),
        ("alpha", "paper", None),
    ]
    bounds = [row["lower_bound"] for row in body["items"][:4]]
    assert bounds == sorted(bounds, reverse=True)
    last = body["items"][-1]
    assert (last["trades_needed"], last["days_needed"]) == (10, 0)
    assert (body["min_trades"], body["min_days"]) == (30, 20)
    assert [row["is_null"] for row in body["items"]].count(True) == 1
    assert all(1 < len(row["spark"]) <= 60 for row in body["items"])


@pytest.mark.req("S4-27")
def test_nobody_can_be_found_out_from_the_leaderboard(board):
    answer = board()
    text = answer.get_data(as_text=True)
    assert "user_id" not in text
    assert "account_id" not in text
    assert "@" not in text
    assert all(len(row["id"]) == 16 and row["pseudonym"] for row in answer.get_json()["items"])


def test_figures_in_a_currency_of_four_letters_can_be_read(client, member, bearer):
    user_id = member("coins@example.test")
    with transaction():
        account = make_account(user_id, kind="journal", currency="USDT")
        make_day(account, FRIDAY, "75.00")
        fold(account, FRIDAY)
    url = f"/api/performance/{user_id}/daily?currency=USDT"
    body = client.get(url, headers=bearer(user_id)).get_json()
    assert (body["currency"], body["metrics"]["total_pnl"]) == ("USDT", 75.0)


@pytest.mark.req("S4-27")
def test_the_leaderboard_filters_sorts_and_pages(board):
    def names(query: str) -> list[str]:
        return [f"{row['plugin_id']} {row['kind']}" for row in board(query).get_json()["items"]]

    assert names("?kind=live") == ["alpha live"]
    assert names("?kind=paper")[:2] == ["beta paper", "alpha paper"]
    assert names("?plugin_id=beta,coin") == ["beta paper", "coin null"]
    assert names("?sort=pnl")[0] == "beta paper"
    first = board("?limit=2").get_json()
    rest = board(f"?limit=2&cursor={first['next_cursor']}").get_json()
    assert [row["rank"] for row in first["items"] + rest["items"]] == [1, 2, 3, 4]
    assert all(row["rank"] is None for row in board("?min_trades=100").get_json()["items"])
    assert board("?sort=luck").status_code == 422


@pytest.mark.req("S4-27")
def test_a_quiet_period_shows_zero_trades_and_keeps_the_rank(board):
    body = board("?period=week").get_json()
    assert body["items"][0]["rank"] == 1
    assert body["items"][0]["metrics"]["trade_count"] == 0


@pytest.mark.req("S4-27")
def test_the_leaderboard_has_an_etag(client, board):
    tag = board().headers["ETag"]
    again = client.get("/api/performance/public/leaderboard", headers={"If-None-Match": tag})
    assert again.status_code == 304
