"""The opening of a journal: said once by its owner, then its ratios have an answer."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest
import quantstats

from app.core.db import db, transaction
from app.ledger import service as ledger
from app.ledger.models import AccountDay, TradingAccount
from app.ledger.schemas import FillIn
from app.market import service as market
from app.performance import service as performance

BALANCE = Decimal(10_000)
# Six weeks of New York sessions; 16 February is a holiday.
SESSIONS = [
    day
    for day in (date(2026, 2, 2) + timedelta(days=n) for n in range(40))
    if day.weekday() < 5 and day != date(2026, 2, 16)
]
GAINS = [Decimal(12), Decimal(-7), Decimal(3), Decimal(0)]


def gain(number: int) -> Decimal:
    return GAINS[number % 4] * (number % 5)


@pytest.fixture
def owner(engine_app, member):
    return member()


@pytest.fixture
def journal(owner):
    """Return a journal with a round trip on each session of six weeks, and no balance."""
    fills = []
    for number, session in enumerate(SESSIONS):
        bought = f"{session}T16:00:00Z"
        price = Decimal(100)
        fills.append(FillIn(f"b{number}", bought, "SPY", "buy", "1", price, 0, "USD"))
        sold = price + gain(number)
        fills.append(
            FillIn(f"s{number}", f"{session}T17:00:00Z", "SPY", "sell", "1", sold, 0, "USD")
        )
    with transaction():
        account = ledger.open_account(owner, "mine", "journal")
        ledger.record_fills(account.id, fills, source="api")
    return account.id


def put(engine_app, bearer, owner, account, version='"0"', **body):
    headers = {**bearer(owner), **({"If-Match": version} if version else {})}
    return engine_app.test_client().put(
        f"/api/ledger/accounts/{account}/opening", json=body, headers=headers
    )


def derived(account):
    db.session.rollback()
    days = db.session.query(AccountDay).filter_by(account_id=account).order_by(AccountDay.day)
    return [{c.name: getattr(row, c.name) for c in AccountDay.__table__.columns} for row in days]


@pytest.mark.req("S4-8", "S4-9")
def test_ratios_have_an_answer_from_then_on_and_agree_with_quantstats(
    engine_app, owner, journal, bearer
):
    performance.rebuild()
    before = performance.get_metrics(owner, "all_time").metrics
    assert (before.sharpe_ratio, before.max_drawdown, before.return_ratio) == (None, None, None)
    answer = put(engine_app, bearer, owner, journal, starting_balance="10000")
    assert answer.status_code == 200, answer.text
    assert answer.json["starting_balance"] == "10000"
    performance.rebuild()
    row = performance.get_metrics(owner, "all_time")
    equity, returns = BALANCE, []
    for number in range(len(SESSIONS)):
        returns.append(float(gain(number) / equity))
        equity += gain(number)
    last = SESSIONS[-1]
    idle = market.calendar("XNYS").between(last.toordinal() + 1, row.as_of.toordinal())
    days = pd.DatetimeIndex([*SESSIONS, *(date.fromordinal(day) for day in idle)])
    series = pd.Series([*returns, *([0.0] * len(idle))], index=days)
    assert row.metrics.day_count == len(series)
    expected = quantstats.stats.sharpe(series, rf=0.05, periods=252)
    assert float(row.metrics.sharpe_ratio) == pytest.approx(expected, abs=5e-5)
    drawdown = quantstats.stats.max_drawdown(series) * 100
    assert float(row.metrics.max_drawdown) == pytest.approx(drawdown, abs=5e-5)
    assert row.metrics.equity_close == equity


def test_it_is_said_once_and_saying_it_again_is_fine(engine_app, owner, journal, bearer):
    for _ in range(2):
        assert put(engine_app, bearer, owner, journal, starting_balance="10000").status_code == 200
    other = put(engine_app, bearer, owner, journal, version='"1"', starting_balance="20000")
    assert other.status_code == 409
    assert other.json["code"] == "opening_set"
    assert ledger.get_account(owner, journal).starting_balance == BALANCE


def test_it_is_said_to_the_version_that_was_read(engine_app, owner, journal, bearer):
    address, headers = f"/api/ledger/accounts/{journal}/opening", bearer(owner)
    client = engine_app.test_client()
    read = client.get(address, headers=headers)
    assert read.json == {"starting_balance": None, "opened_on": None}
    assert read.headers["ETag"] == '"0"'
    unsaid = put(engine_app, bearer, owner, journal, version=None, starting_balance="10000")
    assert (unsaid.status_code, unsaid.json["code"]) == (428, "precondition_required")
    assert unsaid.json["errors"][0]["pointer"] == "/If-Match"
    for version in ('W/"0"', '"x"', "0x", " ", "0", "*", '"00"', '"0", "1"'):
        wrong = put(engine_app, bearer, owner, journal, version, starting_balance="10000")
        assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "/If-Match"), (
            version
        )
    stale = put(engine_app, bearer, owner, journal, '"1"', starting_balance="10000")
    assert (stale.status_code, stale.json["code"]) == (412, "precondition_failed")
    assert ledger.get_account(owner, journal).starting_balance is None
    said = put(engine_app, bearer, owner, journal, starting_balance="10000")
    assert (said.status_code, said.headers["ETag"]) == (200, '"1"')
    late = put(engine_app, bearer, owner, journal, starting_balance="20000")
    assert (late.status_code, late.json["code"]) == (412, "precondition_failed")
    same = client.get(address, headers={**headers, "If-None-Match": '"1"'})
    assert same.status_code == 304
    assert client.get(address, headers=headers).json["starting_balance"] == "10000"


def test_an_earlier_day_opens_the_account_then_and_a_rebuild_makes_the_same(
    engine_app, owner, journal, bearer
):
    opened = SESSIONS[0] - timedelta(days=7)
    answer = put(
        engine_app, bearer, owner, journal, starting_balance="10000", opened_on=opened.isoformat()
    )
    assert answer.json["opened_on"] == opened.isoformat()
    before = derived(journal)
    assert before[0]["opening"] == BALANCE
    assert sum(row["opening"] for row in before) == BALANCE
    ledger.rebuild(journal)
    assert derived(journal) == before
    assert ledger.verify() is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"starting_balance": "0"},
        {"starting_balance": "-1"},
        {"starting_balance": "NaN"},
        {"starting_balance": "1e12"},
        {"starting_balance": "ten"},
        {"starting_balance": "1", "opened_on": "2999-01-01"},
        {"starting_balance": "1", "opened_on": "yesterday"},
        {"starting_balance": "1", "is_ranked": True},
    ],
    ids=str,
)
def test_a_wrong_opening_names_the_field_and_changes_nothing(
    engine_app, owner, journal, bearer, body
):
    answer = put(engine_app, bearer, owner, journal, **body)
    assert answer.status_code == 422
    assert answer.json["detail"]
    assert ledger.get_account(owner, journal).starting_balance is None


def test_it_is_the_owner_s_alone_and_only_for_what_is_the_owner_s_word(
    engine_app, owner, journal, bearer, member
):
    stranger = member("stranger@example.test")
    assert put(engine_app, bearer, stranger, journal, starting_balance="1").status_code == 404
    with transaction():
        paper = ledger.open_account(owner, "mine", "paper", is_ranked=True).id
    assert put(engine_app, bearer, owner, paper, starting_balance="1").status_code == 409
    assert db.session.get(TradingAccount, paper).starting_balance is None


def test_the_command_and_the_dashboard_do_the_same(app, site, member):
    user_id = member()
    site.link(7, user_id)
    with transaction():
        account = ledger.open_account(user_id, "mine", "journal").id
        other = ledger.open_account(user_id, "other", "journal").id
    run = app.test_cli_runner().invoke
    assert run(args=["ledger", "set-opening", str(account), "2500"]).exit_code == 0
    refused = run(args=["ledger", "set-opening", str(account), "9"])
    assert refused.exit_code == 1
    assert "is set and stays" in refused.output
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    target = f"/embed/accounts/{other}/opening"
    bad = site.post(target, wp_user_id=7, data=b"starting_balance=much", headers=form)
    assert bad.status_code == 422
    assert 'role="alert"' in bad.text
    assert "Write an amount above 0, such as 10000." in bad.text
    good = site.post(target, wp_user_id=7, data=b"starting_balance=1500.50", headers=form)
    assert "$1,500.50" in good.text
    assert "$2,500.00" in good.text
