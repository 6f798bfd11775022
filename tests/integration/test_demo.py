"""`flask seed-demo`: a plausible simulated year, written once however often it is asked for."""

import re
from datetime import timedelta

import pytest

from app.accounts.models import User
from app.admin import service
from app.admin.rules import cast
from app.coach import service as coach
from app.core import clock
from app.core.db import db, transaction
from app.ledger import service as ledger
from app.ledger.models import LedgerEvent, TradingAccount
from app.performance import service as performance
from app.robots import service as robots
from app.robots.service import work
from app.trading import service as trading
from app.trading.schemas.portfolio import PortfolioQuery


@pytest.fixture
def small_cast(monkeypatch):
    """Let the demo have fourteen members: every robot, and some that begin later."""
    monkeypatch.setattr(cast, "MEMBER_COUNT", 14)


def say(_line):
    """Keep quiet."""


def counts():
    db.session.rollback()
    return (
        db.session.query(User).count(),
        db.session.query(TradingAccount).count(),
        db.session.query(LedgerEvent).count(),
    )


@pytest.mark.usefixtures("small_cast")
def test_seeding_twice_writes_once_and_the_ledger_is_sound(app):
    first = service.seed_demo(say)
    before = counts()
    assert first.members == 14
    assert first.events == before[2] > 2000
    again = service.seed_demo(say)
    assert (again.members, again.accounts, again.events) == (0, 0, 0)
    assert counts() == before
    assert ledger.verify() is None
    assert len([robot for robot in robots.list_robots() if robot.is_demo]) == 12


@pytest.mark.usefixtures("small_cast")
def test_a_seed_that_was_cut_goes_on_and_ends_the_same(app, monkeypatch):
    def cut(line):
        raise KeyboardInterrupt(line)

    with pytest.raises(KeyboardInterrupt):
        service.seed_demo(cut)
    assert 0 < counts()[0] < 14
    service.seed_demo(say)
    resumed = counts()
    assert resumed[0] == 14
    heads = sorted(
        (account.plugin_id, account.user_id, account.head_seq)
        for account in db.session.query(TradingAccount)
    )
    assert service.seed_demo(say).events == 0
    assert all(head > 0 for *_, head in heads if _)


@pytest.mark.usefixtures("small_cast")
def test_a_week_later_only_the_new_sessions_are_added(app, monkeypatch):
    later = clock.now()
    monkeypatch.setattr(clock, "now", lambda: later - timedelta(days=8))
    service.seed_demo(say)
    members, accounts, events = counts()
    monkeypatch.setattr(clock, "now", lambda: later)
    added = service.seed_demo(say)
    assert counts()[:2] == (members, accounts)
    assert 0 < added.events < events / 10
    assert ledger.verify() is None


@pytest.mark.usefixtures("small_cast")
def test_demo_accounts_are_paper_simulated_and_ranked(app):
    service.seed_demo(say)
    accounts = db.session.query(TradingAccount).all()
    assert {account.kind for account in accounts} == {"paper"}
    assert all(account.is_simulated and account.is_ranked for account in accounts)
    assert all(account.starting_balance for account in accounts)
    users = db.session.query(User).all()
    assert all(user.is_demo for user in users)
    assert {user.subscription_tier for user in users} == {"free", "low", "mid", "premium"}
    symbols = {trade.symbol for user in users for trade in ledger.list_trades(user.id).items}
    assert symbols
    assert all(symbol.endswith(".SIM") for symbol in symbols)


@pytest.mark.usefixtures("small_cast")
def test_an_existing_member_gets_a_sample_that_is_not_ranked(app, member):
    user_id = member("reader@example.test")
    service.seed(say, "reader@example.test")
    accounts = ledger.list_accounts(user_id)
    assert {account.plugin_id for account in accounts} == set(cast.SAMPLE_ROBOTS)
    assert all(account.is_simulated and not account.is_ranked for account in accounts)
    before = counts()
    service.seed(say, "reader@example.test")
    assert counts() == before
    figures = performance.get_metrics(user_id, "all_time")
    assert figures.metrics.trade_count > 100


@pytest.mark.usefixtures("small_cast")
def test_when_the_command_is_done_every_robot_has_a_record(app):
    outcome = app.test_cli_runner().invoke(args=["seed-demo"])
    assert outcome.exit_code == 0, outcome.output
    assert "14 new members" in outcome.output
    records = performance.robot_records()
    assert len(records) == 12
    assert all(record.is_simulated and record.metrics for record in records.values())
    assert performance.reconcile() == 0


def test_a_sample_makes_its_member_whom_any_site_may_show(app, small_cast, site):
    outcome = app.test_cli_runner().invoke(args=["seed-demo", "--for", "demo@shop.example"])
    assert outcome.exit_code == 0, outcome.output
    from app.accounts import service as accounts

    user = accounts.find_user_by_email("demo@shop.example")
    assert user.is_demo
    assert performance.get_metrics(user.id, "all_time").metrics.trade_count > 0
    linked = site.post(
        "/api/wordpress/users",
        wp_user_id=2,
        json={"wp_user_id": 2, "email": "demo@shop.example", "username": "demo"},
    )
    assert linked.json == {"user_id": user.id}
    from app.billing import service as billing

    assert billing.can(user.id, "api")
    assert billing.find_subscription(user.id).source == billing.DEMO
    from app.coach import service as coach

    assert coach.allowance(user.id).most >= 100
    assert billing.find_subscription(user.id, "coach").source == billing.DEMO


def test_the_operator_makes_users_on_a_plan(app):
    run = app.test_cli_runner().invoke
    made = run(args=["accounts", "create-user", "a@example.test", "--tier", "premium"])
    assert made.exit_code == 0, made.output
    from app.accounts import service as accounts

    user = accounts.find_user_by_email("a@example.test")
    assert made.output.split()[-1] == str(user.id)
    assert user.subscription_tier == "premium"
    again = run(args=["accounts", "create-user", "A@example.test"])
    assert again.exit_code == 1
    assert "already a user" in again.output
    bad = run(args=["accounts", "create-user", "nobody"])
    assert bad.exit_code == 1
    assert "is not an e-mail address" in bad.output


def test_a_member_who_is_there_already_keeps_the_subscription(app, small_cast):
    from app.accounts import service as accounts
    from app.billing import service as billing

    with transaction():
        user = accounts.create_user(cast.demo_email(1))
        billing.subscribe(user.id, "premium", source="operator")
    service.seed_demo(say)
    assert billing.find_subscription(user.id).source == "operator"


def test_a_member_of_the_demo_has_a_robot_at_work_and_a_backtest_on_the_invented_market(
    app, member, site
):
    user_id = member()
    site.link(7, user_id)
    with transaction():
        robots.sync_catalogue()
    service.seed_at_work(user_id)
    assert robots.list_deployments(user_id) == [], "where there is no invented market"
    app.config["MARKET_SIMULATED"] = True
    for _ in range(2):
        service.give_plan(user_id)
        service.seed_at_work(user_id)
    (deployed,) = robots.list_deployments(user_id)
    (run,) = robots.list_runs(user_id)
    assert (deployed.state, run.state) == ("active", "queued")
    work.run_backtest_job(run.id)
    result = robots.get_run(user_id, run.id).result
    assert result.bar_count > 400
    assert result.metrics.trade_count > 5
    (account,) = [each for each in ledger.list_accounts(user_id) if each.kind == "paper"]
    assert account.is_simulated
    for path in ("dashboard-robots", f"backtests/{run.id}", f"deployments/{deployed.id}"):
        shown = site.get(f"/embed/{path}", wp_user_id=7, caps=["read"]).text
        assert '<span class="trp-tag" data-tone="sim">Simulated</span>' in shown, path


def test_a_member_of_the_demo_holds_options_of_the_invented_market_once(app, member, site):
    user_id = member()
    site.link(7, user_id)
    assert service.seed_options(user_id) == 0, "where there is no invented market"
    app.config["MARKET_SIMULATED"] = True
    assert service.seed_options(user_id) == 5
    assert service.seed_options(user_id) == 0
    portfolio = trading.read_portfolio(user_id, PortfolioQuery())
    (total,) = portfolio.totals
    assert (portfolio.kind, total.positions, total.left_out) == ("journal", 5, 0)
    assert total.net.delta > 0
    assert portfolio.is_simulated
    shown = site.get("/embed/dashboard-options?part=leaps", wp_user_id=7, caps=["read"]).text
    assert "No LEAPS" not in shown


def test_what_was_never_marked_has_no_open_result_in_the_coachs_card(app, member, site):
    user_id = member()
    site.link(7, user_id)
    app.config["MARKET_SIMULATED"] = True
    service.seed_options(user_id)
    (account,) = ledger.list_accounts(user_id)
    assert {each.unrealized_pnl for each in ledger.open_positions(account.id)} == {None}
    card = site.get("/embed/coach-card?show=positions", wp_user_id=7, caps=["read"])
    assert card.status_code == 200
    assert "$0.00" not in card.text, "unknown is not zero"
    assert "Simulated" in card.text
    assert "SIMULATED-A" in card.text
    assert "SIMULA27" not in card.text, "named as people name an option"
    for question in ("What are my positions?", "my position in SIMULATED-A"):
        answer = coach.answer(user_id, question, question)
        assert not answer.checked.removed
        told = answer.checked.text
        assert re.search(r"SIMULATED-A \d+ \w+ 20\d\d [\d.]+ (call|put): long position \d", told)
        assert "SIMULA27" not in told
        assert "open P&L" not in told, "it was never marked"
