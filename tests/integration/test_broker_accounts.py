"""Accounts at brokers: keys go in and never out, each to its owner alone."""

from __future__ import annotations

import json
import logging

import pytest
from sqlalchemy import text

from app.accounts import service as accounts
from app.core import security, vault
from app.core.db import db
from app.core.errors import UnavailableError
from app.trading.models import UserTradingAccount
from tests.conftest import SiteCaller

PATH = "/api/trading-accounts"
KEY, SECRET = "PKTESTKEYOFDANA01234", "s3cretOfDana/ThatNobodyMaySee+0123456789"
GIVEN = {
    "broker": "alpaca",
    "name": "Main",
    "api_key": KEY,
    "secret_key": SECRET,
    "account_type": "paper",
}


@pytest.fixture
def owner(engine_app, member):
    """Return the id of a member."""
    return member("dana@example.test")


@pytest.fixture
def call(engine_app, owner, bearer):
    """Return a function that asks as the owner, with both scopes."""
    headers = bearer(owner, ["trading:read", "trading:write"])
    client = engine_app.test_client()
    return lambda method, path=PATH, **more: client.open(
        path, method=method, headers=headers, **more
    )


def stored() -> list[UserTradingAccount]:
    db.session.rollback()
    db.session.expire_all()
    return db.session.query(UserTradingAccount).order_by(UserTradingAccount.id).all()


@pytest.mark.req("S4-32", "S4-36", "S4-106")
def test_keys_are_kept_encrypted_for_their_owner_and_never_given_back(call, owner):
    answer = call("POST", json=GIVEN)
    assert answer.status_code == 201, answer.text
    assert answer.json["key_hint"] == "1234"
    listed = call("GET")
    assert [one["name"] for one in listed.json["items"]] == ["Main"]
    assert not any(
        word in answer.text + listed.text for word in (KEY, SECRET, "encrypted", "fingerprint")
    )
    (row,) = stored()
    assert (row.broker, row.account_type, row.is_active) == ("alpaca", "paper", True)
    with db.engine.connect() as connection:
        raw = str(connection.execute(text("SELECT * FROM user_trading_accounts")).all())
    assert KEY not in raw
    assert SECRET not in raw
    assert security.decrypt(row.api_key_encrypted, f"broker-key:{owner}") == KEY
    assert security.decrypt(row.secret_key_encrypted, f"broker-secret:{owner}") == SECRET
    # Moved to another owner or column, it cannot be read.
    for context in (f"broker-key:{owner + 1}", f"broker-secret:{owner}"):
        with pytest.raises(UnavailableError):
            security.decrypt(row.api_key_encrypted, context)
    assert {table.name for table in vault.sealed_tables()} >= {"user_trading_accounts"}


@pytest.mark.req("S4-36")
def test_it_is_switched_off_on_and_deleted_by_its_owner_alone(engine_app, call, member, bearer):
    number = call("POST", json=GIVEN).json["id"]
    other = bearer(member("other@example.test"), ["trading:read", "trading:write"])
    client = engine_app.test_client()
    assert client.get(PATH, headers=other).json == {"items": []}
    assert (
        client.patch(f"{PATH}/{number}", json={"is_active": False}, headers=other).status_code
        == 404
    )
    assert client.delete(f"{PATH}/{number}", headers=other).status_code == 404
    for is_active in (False, False, True):
        assert (
            call("PATCH", f"{PATH}/{number}", json={"is_active": is_active}).json["is_active"]
            is is_active
        )
    assert call("PATCH", f"{PATH}/{number}", json={"is_active": "no"}).status_code == 422
    assert (
        call("PATCH", f"{PATH}/{number}", json={"is_active": True, "user_id": 2}).status_code == 422
    )
    assert call("DELETE", f"{PATH}/{number}").status_code == 204
    assert call("DELETE", f"{PATH}/{number}").status_code == 404
    assert stored() == []
    lines = [one for one in accounts.list_audit(limit=20) if one.action.startswith("broker")]
    assert [one.action.partition(".")[2] for one in reversed(lines)] == [
        "added", "deactivated", "activated", "deleted",
    ]  # fmt: skip
    assert not any(word in str(vars(one)) for one in lines for word in (KEY, SECRET, "Main"))


@pytest.mark.req("S4-106")
def test_a_key_needs_the_scope_by_name(engine_app, owner, bearer):
    client = engine_app.test_client()
    assert client.get(PATH).status_code == 401
    usual = bearer(owner)
    assert client.get(PATH, headers=usual).status_code == 403
    assert client.post(PATH, json=GIVEN, headers=usual).status_code == 403
    reading = bearer(owner, ["trading:read"])
    assert client.get(PATH, headers=reading).status_code == 200
    assert client.post(PATH, json=GIVEN, headers=reading).status_code == 403
    assert stored() == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"broker": "ibkr"}, "broker"),
        ({"account_type": "demo"}, "account_type"),
        ({"broker": "robinhood"}, "account_type"),
        ({"account_type": "live"}, "account_type"),
        ({"api_key": "AKLIVEKEY0123456"}, "account_type"),
        ({"api_key": "PK with blanks 1"}, "api_key"),
        ({"secret_key": "line\r\nX-Evil: 1"}, "secret_key"),
        ({"secret_key": "ключ-не-ascii"}, "secret_key"),
        ({"api_key": "short"}, "api_key"),
        ({"secret_key": "x" * 513}, "secret_key"),
        ({"name": " "}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"user_id": 1}, "user_id"),
        ({"is_active": True}, "is_active"),
    ],
)
def test_what_does_not_fit_is_named_without_repeating_the_key(call, change, field):
    answer = call("POST", json={**GIVEN, **change})
    assert answer.status_code == 422
    assert (
        answer.json["errors"][0]["pointer"] == f"/{field}"
        if "errors" in answer.json
        else field in answer.text
    )
    assert SECRET not in answer.text
    assert KEY not in answer.text
    for value in change.values():
        assert len(str(value)) < 9 or str(value) not in answer.text
    assert stored() == []


def test_the_same_key_is_added_once_and_ten_at_most(call, owner, member, engine_app, bearer):
    assert call("POST", json=GIVEN).status_code == 201
    again = call("POST", json={**GIVEN, "name": "Second", "secret_key": SECRET + "x"})
    assert (again.status_code, again.json["code"]) == (409, "key_known")
    for number in range(9):
        assert call("POST", json={**GIVEN, "api_key": f"PKOTHER{number:08d}"}).status_code == 201
    full = call("POST", json={**GIVEN, "api_key": "PKELEVENTH000000"})
    assert (full.status_code, full.json["code"]) == (409, "too_many_accounts")
    # Another member may have the same key; nobody learns of it.
    other = bearer(member("other@example.test"), ["trading:write"])
    assert engine_app.test_client().post(PATH, json=GIVEN, headers=other).status_code == 201


def test_no_log_holds_a_key(call, caplog):
    with caplog.at_level(logging.DEBUG):
        call("POST", json=GIVEN)
        call("POST", json={**GIVEN, "broker": "ibkr"})
        call("POST", data=json.dumps(GIVEN)[:-3], content_type="application/json")
    assert SECRET not in caplog.text
    with db.engine.connect() as connection:
        assert SECRET not in str(connection.execute(text("SELECT * FROM log_entries")).all())


@pytest.mark.req("S4-36", "S4-74")
def test_the_dashboard_adds_and_removes_and_never_shows_a_key(engine_app, owner):
    site = SiteCaller(engine_app)
    site.link(7, owner)
    assert "/embed/broker-accounts" in site.get("/embed/dashboard-accounts", wp_user_id=7).text
    assert "in preparation" in site.get("/embed/broker-accounts", wp_user_id=7).text

    def send(path: str, **form):
        from urllib.parse import urlencode

        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(form).encode()
        return site.post(f"/embed/broker-accounts{path}", wp_user_id=7, data=body, headers=headers)

    wrong = send("", **{**GIVEN, "account_type": "live", "name": "<b>x</b>"})
    assert wrong.status_code == 422
    assert "Choose paper" in wrong.text
    assert "&lt;b&gt;x&lt;/b&gt;" in wrong.text
    assert KEY not in wrong.text
    assert SECRET not in wrong.text
    page = send("", **GIVEN)
    assert page.status_code == 200
    assert "…1234" in page.text
    assert SECRET not in page.text
    (row,) = stored()
    assert "Switch on" in send(f"/{row.id}/off").text
    assert "Switch off" in send(f"/{row.id}/on").text
    other = SiteCaller(engine_app, "https://other.example")
    assert other.post(f"/embed/broker-accounts/{row.id}/delete", wp_user_id=7).status_code in {
        404,
        409,
    }
    assert "No account at a broker yet" in send(f"/{row.id}/delete").text
    assert stored() == []
