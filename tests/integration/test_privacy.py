"""What WordPress' tools for personal data get and erase, for members of the asking site only."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.accounts import service as accounts
from app.accounts.models import AccountMail, User
from app.billing import service as billing
from app.core import clock
from app.core.db import db, transaction
from app.core.outbound import Network
from app.ledger import service as ledger
from app.ledger.models import ImportContent, ImportFile, TradingAccount
from app.ledger.schemas import FillIn
from app.moderation import service as moderation
from app.moderation.schemas import NameIn
from app.notifications import service as notifications
from app.notifications.schemas import EndpointIn
from app.trading import service as trading
from app.trading.schemas import BrokerAccountIn
from tests.conftest import SiteCaller

EXPORT, ERASE = "/api/wordpress/privacy/export", "/api/wordpress/privacy/erase"
ADMIN = {"wp_user_id": 1, "caps": ["read", "manage"]}
BROKER = {
    "broker": "alpaca", "name": "Dana's broker", "api_key": "PKOFTHETEST01",
    "secret_key": "secret-of-the-broker", "account_type": "paper",
}  # fmt: skip
EMAIL = "dana.person@example.test"
CSV = b"external_id,executed_at,symbol,side,qty,price,fee,currency\nx,2026-05-20T14:00:00Z,AAPL,buy,1,10,0,USD\n"


@pytest.fixture
def site(engine_app):
    """Return a connected site on both engines."""
    engine_app.extensions["outbound"] = Network(
        resolve=lambda _host, _port: ["93.184.216.34"], is_own=lambda _: False
    )
    return SiteCaller(engine_app)


@pytest.fixture
def person(site, member, api_key):
    """Return the id of a member about whom every slice knows something."""
    user_id = member(EMAIL)
    site.link(7, user_id)
    api_key(user_id)
    with transaction():
        db.session.get_one(User, user_id).username = "dana.person"
        account = ledger.open_account(user_id, "ma_cross", "journal", name="Dana's retirement")
        billing.subscribe(user_id, "low", source="operator")
        moderation.ask_for_name(site.site_id, user_id, NameIn(name="Dana Person"))
        hook = EndpointIn(url="https://hooks.example.com/dana.person", description="Dana's bot")
        notifications.create_endpoint(user_id, hook)
        trading.add_account(user_id, BrokerAccountIn(**BROKER))
    ledger.record_fills(account.id, fills(), source="test")
    ledger.preview_import(user_id, "ma_cross", "dana-at-home.csv", CSV)
    return user_id


def fills() -> list[FillIn]:
    found = []
    for number in range(150):
        at = f"2026-05-20T14:{number // 60:02d}:{number % 60:02d}Z"
        note = "bought on Dana's hunch" if number == 0 else None
        found.append(FillIn(f"b{number}", at, "AAPL", "buy", 1, 10, note=note))
        found.append(FillIn(f"s{number}", at, "AAPL", "sell", 1, 11))
    return found


def export(site, email: str = EMAIL, **more) -> list[dict]:
    """Return all items, page by page."""
    items, page = [], 1
    while True:
        answer = site.post(EXPORT, json={"email": email, "page": page, **more}, **ADMIN)
        assert answer.status_code == 200, answer.text
        assert len(answer.json["items"]) <= 200
        items += answer.json["items"]
        if answer.json["done"]:
            return items
        page += 1


def test_export_erase_export_comes_back_empty(site, person, engine_app):
    items = export(site, wp_user_id=7)
    groups = {item["group"] for item in items}
    assert groups == {
        "account", "api-keys", "trading-accounts", "broker-accounts", "imports", "subscriptions", "requests",
        "ledger", "trades", "webhooks",
    }  # fmt: skip
    told = str(items)
    for word in (EMAIL, "dana.person", "hunch", "dana-at-home.csv", "Dana's retirement",
                 "hooks.example.com/dana.person"):  # fmt: skip
        assert word in told, word
    assert sum(item["group"] == "ledger" for item in items) == 300
    assert sum(item["group"] == "trades" for item in items) == 150
    assert len({item["id"] for item in items}) == len(items)
    answer = site.post(ERASE, json={"email": EMAIL, "wp_user_id": 7}, **ADMIN)
    assert answer.json == {"removed": True, "retained": True, "reasons": ["records_kept"]}
    assert export(site, wp_user_id=7) == []
    again = site.post(ERASE, json={"email": EMAIL, "wp_user_id": 7}, **ADMIN)
    assert again.json == {"removed": False, "retained": False, "reasons": []}
    assert engine_app.test_cli_runner().invoke(args=["ledger", "verify"]).exit_code == 0


def test_after_an_erasure_no_table_names_the_person(site, person, bearer, client_of):
    key = bearer(person)
    assert client_of(key).status_code == 200
    site.post(ERASE, json={"email": EMAIL}, **ADMIN)
    assert client_of(key).status_code == 401
    # The last mail needs the address until it is sent.
    (last,) = db.session.scalars(select(AccountMail.id))
    notifications.send_account_mail(last)
    db.session.expire_all()
    user = db.session.get_one(User, person)
    assert user.email == f"erased-{person}@erased.invalid"
    assert not user.is_active
    names = {"email": EMAIL, "name": "Dana", "login": "dana.person"}
    with db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            for row in connection.execute(text(f'SELECT * FROM "{table.name}"')):
                for word in names.values():
                    assert word.lower() not in str(row).lower(), table.name
    assert db.session.query(ImportContent).count() == 0
    assert {found.state for found in db.session.query(ImportFile)} == {"cancelled"}
    assert [account.head_seq for account in db.session.query(TradingAccount)] == [300]


def test_a_last_mail_that_is_too_late_is_forgotten(site, person, time_machine):
    site.post(ERASE, json={"email": EMAIL}, **ADMIN)
    (last,) = db.session.scalars(select(AccountMail.id))
    time_machine.move_to(clock.now() + timedelta(days=2))
    notifications.send_account_mail(last)
    assert db.session.scalars(select(AccountMail.id)).all() == []


@pytest.fixture
def client_of(engine_app):
    """Return a function that asks who a key is."""
    return lambda headers: engine_app.test_client().get("/api/me", headers=headers)


def test_the_person_may_come_back_as_somebody_new(site, person):
    site.post(ERASE, json={"email": EMAIL}, **ADMIN)
    body = {"wp_user_id": 7, "email": EMAIL, "username": "dana"}
    answer = site.post("/api/wordpress/users", wp_user_id=7, json=body)
    assert answer.status_code == 201
    assert answer.json["user_id"] != person


def test_another_site_learns_and_erases_nothing(site, person, engine_app):
    other = SiteCaller(engine_app, "https://other.example")
    assert export(other) == []
    assert export(other, wp_user_id=7) == []
    answer = other.post(ERASE, json={"email": EMAIL, "wp_user_id": 7}, **ADMIN)
    assert answer.json["removed"] is False
    assert accounts.get_user(person).email == EMAIL


def test_a_member_of_two_sites_is_cut_off_from_one(site, person, engine_app):
    other = SiteCaller(engine_app, "https://other.example")
    other.link(3, person)
    answer = site.post(ERASE, json={"email": EMAIL}, **ADMIN)
    assert answer.json == {"removed": True, "retained": True, "reasons": ["other_site"]}
    assert export(site) == []
    assert export(other) != []
    assert accounts.get_user(person).is_active


def test_a_member_without_records_leaves_nothing_to_retain(site, member):
    site.link(9, member("new@example.test"))
    answer = site.post(ERASE, json={"email": "new@example.test"}, **ADMIN)
    assert answer.json == {"removed": True, "retained": False, "reasons": []}


def test_the_address_may_have_changed_in_wordpress_since(site, person):
    items = export(site, "changed@example.test", wp_user_id=7)
    assert items[0]["group"] == "account"


def test_who_has_taken_over_an_address_is_not_who_had_it_before(site, person):
    """Somebody else's WordPress account has it now; the member has changed theirs."""
    assert export(site, EMAIL, wp_user_id=8) == []
    answer = site.post(ERASE, json={"email": EMAIL, "wp_user_id": 8}, **ADMIN)
    assert answer.json == {"removed": False, "retained": False, "reasons": []}
    assert export(site, wp_user_id=7) != []


@pytest.mark.parametrize("path", [EXPORT, ERASE])
def test_only_an_administrator_of_a_site_may_ask(site, person, path, bearer, engine_app):
    body = {"email": EMAIL}
    for caps in ([], ["read"], ["read", "connect"]):
        assert site.post(path, json=body, wp_user_id=7, caps=caps).status_code == 403
    client = engine_app.test_client()
    assert client.post(path, json=body).status_code == 401
    assert client.post(path, json=body, headers=bearer(person)).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "nobody"},
        {"email": EMAIL, "page": 0},
        {"email": EMAIL, "page": 10**9},
        {"email": EMAIL, "wp_user_id": 0},
        {"email": EMAIL, "user_id": 1},
    ],
)
def test_a_body_that_says_something_else_is_refused(site, body):
    answer = site.post(EXPORT, json=body, **ADMIN)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
