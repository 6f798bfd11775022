"""`flask robots backtest`: what it prints, what it keeps, what it refuses."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.core.db import db
from app.ledger import service as ledger
from app.ledger.models import AccountDay, LedgerEvent
from app.market import service as market

HEADER = "session,open,high,low,close,volume\n"
SHORT_AVERAGES = ("--param", "fast=2", "--param", "slow=4")


def make_bars(count=60, start=date(2024, 1, 2)):
    """Return rows of bars on exchange sessions, with a price that swings."""
    days = market.calendar("XNYS").between(start.toordinal(), start.toordinal() + 2 * count)
    rows = []
    for at, day in enumerate(days[:count]):
        close = Decimal(100) + Decimal((at * at * 7) % 23) - (at % 11)
        opening = close + (at % 3) - 1
        high, low = max(opening, close) + 1, min(opening, close) - 1
        rows.append(f"{date.fromordinal(day)},{opening},{high},{low},{close},1000\n")
    return rows


@pytest.fixture
def bars(app, tmp_path):
    path = tmp_path / "swing.csv"
    path.write_text(HEADER + "".join(make_bars()))
    return path


@pytest.fixture
def backtest(app):
    def run(path, *options):
        arguments = ["robots", "backtest", "ma_cross", "--bars", str(path), *options]
        return app.test_cli_runner().invoke(args=arguments)

    return run


def events(account_id):
    return (
        db.session.query(LedgerEvent).filter_by(account_id=account_id).order_by(LedgerEvent.seq)
    ).all()


def test_it_prints_trades_figures_and_what_was_left_out(backtest, bars):
    outcome = backtest(bars, *SHORT_AVERAGES)
    assert outcome.exit_code == 0, outcome.output
    assert "ma_cross on SWING" in outcome.output
    assert "trade_count" in outcome.output
    assert "No fees, spread or slippage" in outcome.output


def test_json_holds_trades_at_session_opens_and_the_figures_that_follow_from_them(backtest, bars):
    outcome = backtest(bars, *SHORT_AVERAGES, "--json", "--cash", "5000")
    found = json.loads(outcome.output)
    assert set(found) >= {"robot", "version", "symbol", "trades", "metrics", "costs"}
    assert found["trades"]
    rows = {row[:10]: row.split(",") for row in make_bars()}
    for trade in found["trades"]:
        entry_at = datetime.fromisoformat(trade["entry_at"])
        assert entry_at.astimezone(UTC).strftime("%H:%M") in {"13:30", "14:30"}
        assert Decimal(trade["entry_price"]) == Decimal(rows[trade["entry_at"][:10]][1])
        assert Decimal(trade["exit_price"]) == Decimal(rows[trade["exit_at"][:10]][1])
        assert Decimal(trade["qty"]) == 1
        moved = Decimal(trade["exit_price"]) - Decimal(trade["entry_price"])
        assert Decimal(trade["pnl"]) == moved
    metrics = found["metrics"]
    total = sum(Decimal(trade["pnl"]) for trade in found["trades"])
    rest = found["open_position"]
    open_pnl = Decimal(rest["unrealized_pnl"]) if rest else 0
    assert Decimal(metrics["total_pnl"]) == total
    assert Decimal(metrics["equity_close"]) == 5000 + total + open_pnl
    assert metrics["trade_count"] == len(found["trades"])
    assert metrics["max_drawdown"] <= 0


def test_the_sharpe_ratio_is_told_with_its_rate_and_that_idle_cash_earns_nothing(
    app, backtest, bars, tmp_path, monkeypatch
):
    monkeypatch.setitem(app.config, "RISK_FREE_RATE", Decimal("0.03"))
    told = backtest(bars, *SHORT_AVERAGES).output
    assert "over a risk-free rate of 3.0 % a year; idle cash earns nothing" in told
    over_three = json.loads(backtest(bars, *SHORT_AVERAGES, "--json").output)["metrics"]
    monkeypatch.setitem(app.config, "RISK_FREE_RATE", Decimal(0))
    over_none = json.loads(backtest(bars, *SHORT_AVERAGES, "--json").output)["metrics"]
    assert (over_three["risk_free_rate"], over_none["risk_free_rate"]) == (0.03, 0)
    assert over_three["sharpe_ratio"] < over_none["sharpe_ratio"]
    few = tmp_path / "few.csv"
    few.write_text(HEADER + "".join(make_bars(10)))
    assert "idle cash" not in backtest(few, *SHORT_AVERAGES).output


def test_with_an_owner_the_ledger_keeps_the_fills_and_every_close(backtest, bars, member):
    user_id = member("owner@example.test")
    outcome = backtest(bars, *SHORT_AVERAGES, "--owner", "Owner@example.test", "--json")
    assert outcome.exit_code == 0, outcome.output
    found = json.loads(outcome.output)
    (account,) = ledger.list_accounts(user_id)
    assert (account.kind, account.plugin_id, account.id) == (
        "backtest",
        "ma_cross",
        found["account_id"],
    )
    assert account.starting_balance == 10_000
    assert account.robot_version == found["version"]
    assert account.opened_on == date(2024, 1, 2)
    assert not account.is_ranked
    assert not account.is_simulated
    kept = [event.kind for event in events(account.id)]
    assert kept.count("fill") == found["new_fill_count"]
    assert kept.count("mark") > 0
    trades = sorted(ledger.list_trades(user_id).items, key=lambda trade: trade.entry_at)
    assert [(str(t.entry_price), t.net_pnl) for t in trades] == [
        (str(Decimal(t["entry_price"]).quantize(t0.entry_price)), Decimal(t["pnl"]))
        for t, t0 in zip(found["trades"], trades, strict=True)
    ]
    days = db.session.query(AccountDay).filter_by(account_id=account.id).all()
    moved = sum(day.realized + day.mark_change for day in days)
    assert 10_000 + moved == Decimal(found["metrics"]["equity_close"])
    assert ledger.verify() is None


def test_a_backtest_is_kept_alike_on_every_database(engine_app, member, tmp_path):
    user_id = member("owner@example.test")
    path = tmp_path / "swing.csv"
    path.write_text(HEADER + "".join(make_bars()))
    given = ("--param", "short=true", "--spread", "0.001", "--borrow", "0.05", "--owner")
    asked = ["robots", "backtest", "ma_cross", "--bars", str(path), *SHORT_AVERAGES, *given]
    runner = engine_app.test_cli_runner()
    first, again = (
        json.loads(runner.invoke(args=[*asked, "owner@example.test", "--json"]).output)
        for _ in range(2)
    )
    assert first["new_fill_count"] > 10
    assert again["new_fill_count"] == 0
    assert len(ledger.list_trades(user_id).items) == len(first["trades"])
    assert Decimal(first["costs"]["borrow"]) > 0
    assert Decimal(first["costs"]["spread"]) > 0
    days = db.session.query(AccountDay).filter_by(account_id=first["account_id"]).all()
    moved = sum(day.realized + day.mark_change for day in days)
    assert 10_000 + moved == Decimal(first["metrics"]["equity_close"])
    assert ledger.verify() is None


def test_running_it_again_adds_nothing(backtest, bars, member):
    user_id = member("owner@example.test")
    first = json.loads(backtest(bars, "--owner", "owner@example.test", "--json").output)
    again = json.loads(backtest(bars, "--owner", "owner@example.test", "--json").output)
    (account,) = ledger.list_accounts(user_id)
    assert again["account_id"] == first["account_id"]
    assert again["new_fill_count"] == 0
    assert again["trades"] == first["trades"]
    heads = {account.head_seq, len(events(account.id))}
    assert len(heads) == 1


def test_other_bars_or_settings_are_another_version_with_an_account_of_its_own(
    backtest, bars, member
):
    user_id = member("owner@example.test")
    owner = ("--owner", "owner@example.test")
    backtest(bars, *owner)
    backtest(bars, *owner, "--param", "fast=9")
    bars.write_text(HEADER + "".join(make_bars()[:-1]))
    backtest(bars, *owner)
    versions = {account.robot_version for account in ledger.list_accounts(user_id)}
    assert len(versions) == 3


def test_bars_on_days_without_a_session_are_taken_too(backtest, tmp_path, member):
    member("owner@example.test")
    path = tmp_path / "daily.csv"
    first = date(2023, 3, 1)
    rows = [f"{first + timedelta(days=at)},{50 + at % 7},60,40,{48 + at % 5},1" for at in range(50)]
    path.write_text(HEADER + "\n".join(rows))
    outcome = backtest(path, *SHORT_AVERAGES, "--owner", "owner@example.test")
    assert outcome.exit_code == 0, outcome.output
    assert ledger.verify() is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--owner", "nobody@example.test"], "There is no user nobody@example.test"),
        (["--param", "fast"], "write NAME=VALUE"),
        (["--param", "fast=40"], "smaller than slow"),
        (["--param", "colour=red"], "no setting colour"),
        (["--cash", "-5"], "--cash -5"),
        (["--cash", "lots"], "--cash lots"),
    ],
)
def test_wrong_options_are_one_line_and_exit_code_2(backtest, bars, options, words):
    outcome = backtest(bars, *options)
    assert outcome.exit_code == 2
    assert words in outcome.output
    assert outcome.output.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "row 1, session"),
        (HEADER.encode(), "no bars"),
        (HEADER.encode() + b"2024-01-02,1,2,3,1,5\n", "row 2, high: 2 is below the low of 3"),
        (HEADER.encode() + b"2024-01-02,1,2\n", "row 2 has 3 fields"),
        (b"\xff\xfe\x00session", "not text in UTF-8"),
        (b"session,open\n\x00,1\n", "row 1, high"),
    ],
)
def test_a_bad_file_is_one_line_with_its_row_and_field(backtest, tmp_path, content, words):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    outcome = backtest(path)
    assert outcome.exit_code == 2
    assert words in outcome.output
    assert outcome.output.count("\n") == 1


def test_a_file_name_that_is_no_symbol_asks_for_one(backtest, bars, tmp_path, member):
    member("owner@example.test")
    odd = tmp_path / "my bars (1).csv"
    odd.write_text(bars.read_text())
    outcome = backtest(odd, "--owner", "owner@example.test")
    assert outcome.exit_code == 2
    assert "symbol" in outcome.output.lower()
    fine = backtest(odd, "--owner", "owner@example.test", "--symbol", "spy")
    assert fine.exit_code == 0
