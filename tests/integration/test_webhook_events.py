"""What members' programs are told of: one thin event for each thing that happens."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from app.accounts import service as accounts
from app.core.db import db, transaction
from app.core.outbound import Network
from app.ledger import service as ledger
from app.ledger.schemas import FillIn
from app.notifications import service
from app.notifications.models import WebhookEvent
from app.notifications.rules import webhooks as rules
from app.notifications.schemas import EndpointIn
from app.performance import service as performance
from tests.factories.plans import with_api

START = datetime(2026, 5, 20, 14, tzinfo=UTC)


@pytest.fixture
def owner(engine_app, member):
    engine_app.extensions["outbound"] = Network(allow_local=True)
    user_id = member()
    with transaction():
        service.create_endpoint(user_id, EndpointIn(url="http://127.0.0.1:9/x"))
    return user_id


def told(kind=None):
    db.session.rollback()
    rows = db.session.query(WebhookEvent).order_by(WebhookEvent.id).populate_existing()
    bodies = [json.loads(row.body) for row in rows]
    return [body["data"] for body in bodies if kind in {None, body["type"]}]


def fill(number, side, price="100", at=None, external_id=None):
    when = at or START + timedelta(minutes=number)
    return FillIn(
        external_id or f"f{number}", when.isoformat(), "NVDA", side, "2", price, "0.5", "USD"
    )


def record(user_id, fills, **options):
    with transaction():
        account = ledger.open_account(user_id, "ma_cross", "journal")
        ledger.record_fills(account.id, fills, source="api", **options)
    return account.id


@pytest.mark.req("S1-71")
def test_a_batch_of_fills_is_one_event_and_so_are_the_trades_that_it_closes(owner):
    fills = [fill(n, "buy" if n % 2 else "sell", f"{100 + n}") for n in range(1, 101)]
    account_id = record(owner, fills)
    about = {"account_id": account_id, "plugin_id": "ma_cross", "kind": "journal"}
    assert told("fills.recorded") == [{**about, "count": 100, "first_seq": 1, "last_seq": 100}]
    closed = told("trades.closed")
    assert len(closed) == 1
    assert closed[0]["count"] == 50
    assert len(closed[0]["trades"]) == 20
    assert closed[0]["trades"][0] == {
        "open_seq": 1, "close_seq": 2, "direction": "long", "qty": "2", "net_pnl": "1",
        "currency": "USD", "closed_at": "2026-05-20T14:02:00.000000Z",
    }  # fmt: skip
    # The same again is no news.
    record(owner, fills)
    assert len(told()) == 2


def test_a_late_fill_is_told_and_the_trades_that_it_changes_are_not(owner):
    record(owner, [fill(1, "buy"), fill(2, "sell")])
    record(owner, [fill(0, "buy")])
    assert [one["count"] for one in told("fills.recorded")] == [2, 1]
    assert len(told("trades.closed")) == 1


def test_an_import_of_many_fills_is_one_event_at_its_end(owner):
    lines = ["external_id,executed_at,symbol,side,qty,price,fee,currency"]
    lines += [
        f"i{n},{(START + timedelta(minutes=n)).isoformat()},NVDA,{'buy' if n % 2 else 'sell'},1,100,0,USD"
        for n in range(1, 3001)
    ]
    found = ledger.preview_import(owner, "journal", "private-name.csv", "\n".join(lines).encode())
    ledger.start_import(owner, found.id)
    ledger.run_import(found.id)
    ledger.run_import(found.id)
    assert [row.type for row in db.session.query(WebhookEvent)] == ["import.finished"]
    data = told()[0]
    assert data == {
        "import_id": found.id, "state": "done", "account_id": data["account_id"], "rows": 3000,
        "created": 3000, "duplicate": 0, "refused": 0,
    }  # fmt: skip


def test_new_figures_are_told_once_while_the_news_waits(owner):
    account_id = record(owner, [fill(1, "buy"), fill(2, "sell")])
    for _ in range(3):
        with transaction():
            performance.refold_account(account_id, "USD", START.date().toordinal())
    assert told("metrics.updated") == [
        {"account_id": account_id, "plugin_id": "ma_cross", "kind": "journal", "currency": "USD"}
    ]


def test_a_new_key_is_told_without_its_secret_and_name(owner):
    with transaction():
        text = accounts.create_key(with_api(owner), ["ledger:read"], "Dana's laptop")
    data = told("api_key.created")[0]
    assert data["prefix"] == text.partition(".")[0]
    assert data["scopes"] == ["ledger:read"]
    assert "Dana" not in json.dumps(told())
    assert text.partition(".")[2] not in json.dumps(told())
    with transaction():
        accounts.rotate_key(owner, data["key_id"])
    assert len(told("api_key.created")) == 2


@pytest.mark.req("S3-110")
def test_nobody_is_told_of_another_s(owner, member):
    other = member("other@example.test")
    with transaction():
        service.create_endpoint(other, EndpointIn(url="http://127.0.0.1:9/y"))
    account_id = record(owner, [fill(1, "buy"), fill(2, "sell")])
    with transaction():
        performance.refold_account(account_id, "USD", START.date().toordinal())
        accounts.create_key(with_api(owner))
    db.session.rollback()
    assert {row.user_id for row in db.session.query(WebhookEvent)} == {owner}
    assert {row.type for row in db.session.query(WebhookEvent)} == {
        "fills.recorded", "trades.closed", "metrics.updated", "api_key.created",
    }  # fmt: skip
    assert {row.type for row in db.session.query(WebhookEvent)} <= set(rules.TYPES)
