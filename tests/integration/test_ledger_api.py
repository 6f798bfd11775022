"""POST /api/ledger/fills and the lists: every wrong body is one clear answer, nothing half done."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest
from sqlalchemy import func, select

from app.core.db import db
from app.ledger import service
from app.ledger.models import LedgerEvent, TradingAccount

GOOD = {
    "external_id": "a",
    "executed_at": "2026-05-20T14:00:00Z",
    "symbol": "AAPL",
    "side": "buy",
    "qty": "100",
    "price": "10.5",
    "fee": "1",
    "currency": "USD",
}


@pytest.fixture
def post(client, member, bearer):
    headers = bearer(member("owner@example.test"))

    def send(body, content_type="application/json", **options):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        options.setdefault("headers", headers)
        return client.post("/api/ledger/fills", data=data, content_type=content_type, **options)

    return send


def count(model):
    found = db.session.scalar(select(func.count()).select_from(model))
    db.session.rollback()
    return found


@pytest.mark.req("S4-18")
def test_a_live_executor_records_its_fills(post):
    answer = post(
        {"plugin_id": "ma_cross", "fills": [GOOD, {**GOOD, "external_id": "b", "qty": 0}]}
    )
    assert answer.status_code == 200
    body = answer.json
    assert (body["created"], body["duplicate"], body["refused"]) == (1, 0, 1)
    assert body["results"] == [
        {"external_id": "a", "status": "created"},
        {"external_id": "b", "status": "refused", "field": "qty", "reason": "must be above zero"},
    ]
    assert post({"plugin_id": "ma_cross", "fills": [GOOD]}).json["duplicate"] == 1
    assert count(LedgerEvent) == 1


def test_kinds_go_into_accounts_of_their_own(post):
    fills = [GOOD, {**GOOD, "external_id": "b", "kind": "copy"}, {**GOOD, "kind": "live"}]
    body = post({"plugin_id": "x", "fills": fills, "kind": "paper"}).json
    assert set(body["accounts"]) == {"paper", "copy"}
    assert body["account_id"] == body["accounts"]["paper"]
    assert body["results"][2]["status"] == "refused"
    assert body["results"][2]["field"] == "kind"


def test_numbers_keep_every_digit(post):
    fill = json.dumps(GOOD).replace('"10.5"', "0.12345678").encode()
    assert post(b'{"plugin_id": "x", "fills": [' + fill + b"]}").json["created"] == 1
    assert '"price":"0.12345678"' in db.session.scalar(select(LedgerEvent.body))
    db.session.rollback()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"qty": "-5"}, "qty"),
        ({"qty": True}, "qty"),
        ({"qty": [1]}, "qty"),
        ({"qty": "1,234.56"}, "qty"),
        ({"qty": "1.234,56"}, "qty"),
        ({"qty": "(1.00)"}, "qty"),
        ({"qty": "0.123456789"}, "qty"),
        ({"qty": "1e309"}, "qty"),
        ({"qty": "9999999999999999999"}, "qty"),
        ({"qty": "NaN"}, "qty"),
        ({"qty": "Infinity"}, "qty"),
        ({"qty": "١٢"}, "qty"),
        ({"qty": "1_000"}, "qty"),
        ({"qty": 10**400}, "qty"),
        ({"qty": "9999999999", "price": "9999999999"}, "qty"),
        ({"price": 0}, "price"),
        ({"price": None}, "price"),
        ({"price": ""}, "price"),
        ({"fee": "-1"}, "fee"),
        ({"fee": {}}, "fee"),
        ({"side": "hold"}, "side"),
        ({"side": ["buy"]}, "side"),
        ({"symbol": "A B C"}, "symbol"),
        ({"symbol": "A" * 200}, "symbol"),
        ({"symbol": "=cmd|' /C calc'!A0"}, "symbol"),
        ({"symbol": "АAPL"}, "symbol"),  # noqa: RUF001 - a Cyrillic A
        ({"symbol": 5}, "symbol"),
        ({"currency": "XXX"}, "currency"),
        ({"currency": 5}, "currency"),
        ({"fee_currency": "nope"}, "fee_currency"),
        ({"asset_class": "bond"}, "asset_class"),
        ({"asset_class": ["equity"]}, "asset_class"),
        ({"multiplier": 0}, "multiplier"),
        ({"executed_at": "2026-05-20T14:00:00"}, "executed_at"),
        ({"executed_at": "2026-05-20"}, "executed_at"),
        ({"executed_at": "2026-02-30T14:00:00Z"}, "executed_at"),
        ({"executed_at": "2026-W20-3T13:30:00Z"}, "executed_at"),
        ({"executed_at": "2999-05-20T14:00:00Z"}, "executed_at"),
        ({"executed_at": "1969-12-31T23:59:59Z"}, "executed_at"),
        ({"executed_at": "0001-01-01T00:00:00+14:00"}, "executed_at"),
        ({"executed_at": 1779285600}, "executed_at"),
        ({"executed_at": ""}, "executed_at"),
        ({"external_id": ""}, "external_id"),
        ({"external_id": 7}, "external_id"),
        ({"external_id": "x" * 129}, "external_id"),
        ({"external_id": "a\u0000b"}, "external_id"),
        ({"external_id": "a\u202eb"}, "external_id"),
        ({"external_id": "\ud800"}, "external_id"),
        ({"external_id": "a\r\nb"}, "external_id"),
        ({"external_id": "~1"}, "external_id"),
        ({"note": "\ud800"}, "note"),
        ({"note": 5}, "note"),
        ({"note": "x" * 1001}, "note"),
        ({"is_admin": True}, "is_admin"),
        ({"\ud800": True}, "?"),
        ({"kind": "contest"}, "kind"),
        ({"kind": []}, "kind"),
    ],
)
def test_a_wrong_item_is_refused_by_field_and_reason(post, changes, field):
    answer = post({"plugin_id": "x", "fills": [{**GOOD, **changes}]})
    assert answer.status_code == 200
    result = answer.json["results"][0]
    assert (result["status"], result["field"]) == ("refused", field)
    assert result["reason"]
    assert answer.json["account_id"] is None
    assert count(TradingAccount) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"plugin_id": "x"}',
        b'{"plugin_id": "x", "fills": []}',
        b'{"plugin_id": "x", "fills": {}}',
        b'{"plugin_id": "x", "fills": [1], "role": "admin"}',
        b'{"plugin_id": "x", "fills": [1], "\\ud800": 1}',
        b'{"plugin_id": "X Y", "fills": [{}]}',
        b'{"plugin_id": "' + b"x" * 65 + b'", "fills": [{}]}',
        b'{"plugin_id": null, "fills": [{}]}',
        b'{"plugin_id": "x", "fills": [{}], "kind": "live"}',
        b'{"plugin_id": "x", "fills": [{}], "kind": []}',
        b'{"plugin_id": "x", "plugin_id": "y", "fills": [{}]}',
        b'{"plugin_id": "x", "fills": [{"qty": NaN}]}',
        b'{"plugin_id": "x", "fills": [{"external_id": "\xff"}]}',
        b'{"plugin_id": "x", "fills": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"plugin_id": "x", "fills": [' + b"{}," * 10_000 + b"{}]}",
        b'{"plugin_id": "x", "fills": [{"qty": ' + b"9" * 5000 + b"}]}",
    ],
)
def test_a_wrong_body_is_one_clear_answer(post, body):
    answer = post(body)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert answer.json["detail"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/json; charset=latin-1"])
def test_another_content_type_is_refused(post, content_type):
    assert post({"plugin_id": "x", "fills": [GOOD]}, content_type).status_code == 415


def test_items_that_are_no_objects_are_refused(post):
    body = post({"plugin_id": "x", "fills": [1, None, "a", [], {}]}).json
    assert body["refused"] == 5
    assert body["results"][4]["field"] == "external_id"


def test_a_key_needs_the_scope(client, post, member, bearer):
    reader = bearer(member("reader@example.test"), ["ledger:read"])
    body = {"plugin_id": "x", "fills": [GOOD]}
    assert post(body, headers=reader).status_code == 403
    assert post(body, headers={}).status_code == 401
    assert client.get("/api/ledger/accounts", headers=reader).json == {"items": []}


@pytest.mark.parametrize(
    "text",
    ["2026-05-20T10:00:00-0400", "2026-05-20 14:00:00+00:00", "2026-05-20t14:00:00z",
     "2026-05-20T14:00:00.000000000Z", "2026-05-20T14:00Z", "2026-05-20T10:00:00-04"],
)  # fmt: skip
def test_one_instant_may_be_written_in_many_ways(post, text):
    post({"plugin_id": "x", "fills": [GOOD]})
    body = post({"plugin_id": "x", "fills": [{**GOOD, "executed_at": text}]}).json
    assert body["duplicate"] == 1


def test_trades_are_the_owners_only(app, client, post, member, bearer):
    fills = [GOOD, {**GOOD, "external_id": "b", "side": "sell", "price": 11}]
    account_id = post({"plugin_id": "x", "fills": fills}).json["account_id"]
    owner = service.find_or_open(1, "x", "journal", "USD").user_id
    mine, other = bearer(owner), bearer(member("other@example.test"))
    url = f"/api/ledger/trades?account_id={account_id}"
    items = client.get(url, headers=mine).json["items"]
    assert [(item["symbol"], item["net_pnl"], item["qty"]) for item in items] == [
        ("AAPL", "48", "100")
    ]
    assert client.get(url, headers=other).status_code == 404
    assert client.get("/api/ledger/trades", headers=other).json["items"] == []


@pytest.mark.parametrize(
    "query",
    ["account_id=x", "account_id=0", "account_id=99999999999", "limit=-1", "limit=0", "limit=501", "limit=99999999999", "colour=red",
     "limit=1&limit=2", "cursor=abc", "cursor=%00",
     "cursor=" + urlsafe_b64encode(b'["2026-05-20T14:00:00Z",1e30]').decode(),
     "cursor=" + urlsafe_b64encode(b'["0001-01-01T00:00:00+14:00",1]').decode()],
)  # fmt: skip
def test_a_wrong_query_of_trades_is_refused(client, member, bearer, query):
    headers = bearer(member())
    assert client.get(f"/api/ledger/trades?{query}", headers=headers).status_code == 422
