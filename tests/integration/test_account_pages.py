"""The account pages of keys, brokers and one's own data: without a script, after the password."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
import time_machine

from app.accounts import service as accounts
from app.accounts.models import User
from app.core import outbox
from app.core.db import db
from app.trading import service as trading
from tests.factories import plans
from tests.person import PASSWORD, Person, deliver, mails, newest
from workers import privacy as jobs

EMAIL = "dana@example.test"
KEY = re.compile(r"trp_live_\w+\.[\w-]+")
BROKER = {"broker": "alpaca", "name": "Main <b>", "account_type": "paper",
          "api_key": "PKTESTKEYOFDANA01234", "secret_key": "s3cretOfDana0123456789012345"}  # fmt: skip


@pytest.fixture
def person(app):
    """Return a browser in which somebody has just signed in."""
    found = Person(app)
    found.sign_up(EMAIL)
    assert found.sign_in(EMAIL).status_code == 303
    return found


@pytest.fixture
def user_id(person):
    """Return the person's number; their plan has room for keys and for several brokers."""
    return plans.with_api(db.session.query(User.id).filter_by(email=EMAIL).scalar())


def keys_of(user_id):
    db.session.rollback()
    return accounts.list_keys(user_id)


def brokers_of(user_id):
    db.session.rollback()
    return trading.list_accounts(user_id)


def test_a_key_is_made_shown_once_rotated_and_revoked(app, person, user_id):
    made = person.send("/account/keys", name="Home <script>", scopes="ledger:read", lasts="30")
    assert made.status_code == 200
    text = KEY.search(made.text)[0]
    assert text not in person.get("/account/keys").text
    assert "Home &lt;script&gt;" in made.text
    ask = {"Authorization": f"Bearer {text}"}
    assert app.test_client().get("/api/me", headers=ask).status_code == 200
    key_id = keys_of(user_id)[0].id
    turned = person.send(f"/account/keys/{key_id}/rotate", "/account/keys", sure="yes")
    assert KEY.search(turned.text)[0] != text
    newer = max(key.id for key in keys_of(user_id))
    asked = person.send(f"/account/keys/{newer}/revoke", "/account/keys")
    assert "Revoke “Home &lt;script&gt;”?" in asked.text
    assert app.test_client().get("/api/me", headers=ask).status_code == 200
    done = person.send(f"/account/keys/{newer}/revoke", "/account/keys", sure="yes")
    assert done.location == "/account/keys?done=revoked"
    assert app.test_client().get("/api/me", headers=ask).status_code == 401


def test_a_wrong_key_is_named_at_the_form_and_none_is_made(person, user_id):
    for fields, what in (
        ({"name": "", "scopes": "ledger:read"}, "name"),
        ({"name": "x"}, "scopes"),
        ({"name": "x", "scopes": "everything"}, "scope"),
        ({"name": "x", "scopes": "ledger:read", "networks": "not-an-address"}, "network"),
    ):
        answer = person.send("/account/keys", **fields)
        assert answer.status_code == 422, what
        assert 'role="alert"' in answer.text, what
    assert keys_of(user_id) == []


@pytest.mark.req("S4-36")
def test_a_broker_is_added_switched_and_deleted_and_its_keys_never_shown(person, user_id):
    added = person.send("/account/brokers", **BROKER)
    assert added.location == "/account/brokers?done=broker"
    page = person.get("/account/brokers").text
    assert "Main &lt;b&gt;" in page
    assert "…1234" in page
    assert BROKER["api_key"] not in page
    again = person.send("/account/brokers", **BROKER)
    assert again.status_code == 409
    assert BROKER["secret_key"] not in again.text
    number = brokers_of(user_id)[0].id
    for state, active in (("off", False), ("on", True)):
        person.send(f"/account/brokers/{number}/{state}", "/account/brokers")
        assert brokers_of(user_id)[0].is_active is active
    person.send(f"/account/brokers/{number}/delete", "/account/brokers", sure="yes")
    assert brokers_of(user_id) == []


def copy_is_made() -> None:
    db.session.rollback()
    for row in db.session.query(outbox.OutboxRow).filter_by(name="privacy.make_copy"):
        jobs.make_copy(**row.payload)
    db.session.rollback()


@pytest.mark.req("S0-116", "S3-112")
def test_a_copy_is_asked_for_and_fetched(person):
    assert person.send("/account/own-data/fetch", "/account/own-data").status_code == 404
    person.send("/account/own-data/copy", "/account/own-data")
    assert "Look again" in person.get("/account/own-data").text
    copy_is_made()
    assert "Fetch the zip file" in person.get("/account/own-data").text
    fetched = person.send("/account/own-data/fetch", "/account/own-data")
    assert fetched.mimetype == "application/zip"
    assert fetched.headers["Cache-Control"] == "no-store, private"
    archive = zipfile.ZipFile(io.BytesIO(fetched.data))
    assert EMAIL in archive.read("json/users.json").decode()


@pytest.mark.req("S0-116", "S0-112")
def test_an_erasure_is_told_before_called_off_and_told_after(app, person, user_id):
    name = db.session.get_one(User, user_id).pseudonym
    wrong = person.send("/account/own-data/erasure", "/account/own-data", name="nobody")
    assert wrong.status_code == 422
    assert f"Type {name} to confirm." in wrong.text
    person.send("/account/own-data/erasure", "/account/own-data", name=name)
    mail = newest(app, EMAIL)
    assert mail["Subject"] == "Your account will be erased in seven days"
    assert "/account/own-data" in mail.get_body(("plain",)).get_content()
    person.send("/account/own-data/erasure/cancel", "/account/own-data")
    assert newest(app, EMAIL)["Subject"] == "Your account stays"
    person.send("/account/own-data/erasure", "/account/own-data", name=name)
    with time_machine.travel("2099-01-01", tick=False):
        jobs.run_due()
        jobs.run_due()
        deliver(app)
    subjects = [one["Subject"] for one in mails(app) if one["To"] == EMAIL]
    assert subjects[-1] == "Your account is erased"
    assert subjects.count("Your account is erased") == 1
    assert person.get("/account/own-data").status_code in {303, 403}
    assert not person.sign_in(EMAIL).location
    kept = "".join(str(row) for table in db.metadata.sorted_tables
                   for row in db.session.execute(table.select()))  # fmt: skip
    assert EMAIL not in kept


def test_what_is_sensitive_wants_the_password_again_and_leads_back(app, person):
    with time_machine.travel("2099-01-01", tick=False):
        assert person.sign_in(EMAIL).status_code == 303
    with time_machine.travel("2099-01-01T00:30:00", tick=False):
        for place, address in (("keys", "keys"), ("brokers", "brokers"), ("own_data", "own-data")):
            away = person.get(f"/account/{address}")
            assert away.location == f"/account/password-again?next={place}"
            posted = person.send(f"/account/{address}", away.location)
            assert posted.status_code in {303, 405}
        away = f"/account/password-again?next={place}"
        back = person.send("/account/password-again", away, password=PASSWORD, next="own_data")
        assert back.location == "/account/own-data"
        assert person.get("/account/own-data").status_code == 200


@pytest.mark.parametrize("address", ["keys", "brokers", "own-data"])
def test_nobody_sees_them_unsigned_and_no_script_is_needed(app, person, address):
    away = Person(app).get(f"/account/{address}")
    assert away.status_code == 303
    assert away.location.startswith("/account/sign-in")
    page = person.get(f"/account/{address}")
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "hx-" not in page.text
    assert page.text.count("<h1") == 1
    ids = re.findall(r'\sid="([^"]+)"', page.text)
    assert len(ids) == len(set(ids))
    for form in re.findall(r'<form[^>]*method="post".*?</form>', page.text, re.DOTALL):
        assert 'name="csrf_token"' in form
