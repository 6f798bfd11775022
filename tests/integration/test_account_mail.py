"""Links in mails: what they may do, once, and what a mail, a page and a queue may tell."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.accounts import service
from app.accounts.models import AccountMail, User
from app.core import clock
from app.core.db import db, transaction
from app.core.outbox import OutboxRow
from tests.conftest import SiteCaller
from tests.integration.test_account_sign_in import ANN, make
from tests.person import OTHER, PASSWORD, Person, deliver, link_in, mails, newest

BOB = "bob@example.test"


def token_in(mail) -> str:
    return link_in(mail).partition("=")[2]


@pytest.mark.req("S4-33")
@pytest.mark.parametrize("page", ["sign-up", "forgot"])
def test_the_page_says_the_same_of_a_known_and_an_unknown_address(engine_app, page):
    make()
    answers = set()
    for address in (ANN, BOB):
        done = Person(engine_app).send(f"/account/{page}", email=address)
        shown = engine_app.test_client().get(done.location).get_data(as_text=True)
        answers.add((done.status_code, done.location, shown))
    assert len(answers) == 1
    rows = db.session.scalars(select(AccountMail)).all()
    assert len(rows) == 2
    known, unknown = newest(engine_app, ANN), newest(engine_app, BOB)
    said = {
        "sign-up": ("You have an account already", "Make your account"),
        "forgot": ("Set a new password", "There is no account with this address"),
    }
    assert (known["Subject"], unknown["Subject"]) == said[page]


def test_a_known_address_gets_no_link_that_makes_an_account(app):
    make()
    Person(app).send("/account/sign-up", email=ANN)
    text = newest(app, ANN).get_body(("plain",)).get_content()
    assert "token=" not in text
    assert "/account/sign-in" in text


@pytest.mark.req("S4-33")
def test_a_reset_works_once_for_thirty_minutes_and_ends_all_sessions(engine_app):
    make()
    thief, person = Person(engine_app), Person(engine_app)
    thief.sign_in(ANN)
    person.send("/account/forgot", email=ANN)
    person.send("/account/forgot", email=ANN)
    first, second = (link_in(one) for one in _to(engine_app, ANN))
    token = second.partition("=")[2]
    assert person.send(second, token=token, password="short").status_code == 422
    done = person.send(second, token=token, password=OTHER)
    assert done.location == "/account/sign-in?done=reset"
    assert not thief.is_in()
    for link in (second, first):
        assert person.get(link).status_code == 404
        again = person.send(link, "/account/forgot", token=link.partition("=")[2], password=OTHER)
        assert again.status_code == 404
    assert person.sign_in(ANN, PASSWORD).status_code == 422
    assert person.sign_in(ANN, OTHER).status_code == 303
    assert newest(engine_app, ANN)["Subject"] == "Your password was changed"
    actions = [line.action for line in service.list_audit(limit=2)]
    assert actions == ["user.signed_in", "user.password_reset"]


def _to(app, address):
    deliver(app)
    return [one for one in mails(app) if one["To"] == address]


def test_a_reset_link_is_too_old_after_thirty_minutes(app):
    make()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        person = Person(app)
        person.send("/account/forgot", email=ANN)
        link = link_in(newest(app, ANN))
        traveller.shift(timedelta(minutes=29, seconds=59))
        assert person.get(link).status_code == 200
        traveller.shift(timedelta(seconds=1))
        assert person.get(link).status_code == 404


def test_looking_at_a_link_does_not_use_it_up(app):
    """Mail scanners open every link."""
    make()
    person = Person(app)
    person.send("/account/forgot", email=ANN)
    link = link_in(newest(app, ANN))
    for _ in range(3):
        assert person.get(link).status_code == 200
    assert person.send(link, token=link.partition("=")[2], password=OTHER).status_code == 303


def test_a_link_is_good_for_its_own_purpose_only_and_cannot_be_changed(app):
    make()
    person = Person(app)
    person.send("/account/forgot", email=ANN)
    person.send("/account/sign-up", email=BOB)
    reset, sign_up = token_in(newest(app, ANN)), token_in(newest(app, BOB))
    assert person.get(f"/account/confirm?token={reset}").status_code == 404
    assert person.get(f"/account/reset?token={sign_up}").status_code == 404
    for bad in ("", "x", reset[:-1], reset + "A", "W10.x", "\u00e9" * 20, "a" * 5000):
        assert person.get("/account/reset?token=" + bad).status_code == 404


def test_a_row_that_is_made_anew_under_an_old_number_has_another_link(app):
    """As after a restored backup."""
    make()
    person = Person(app)
    person.send("/account/forgot", email=ANN)
    link = link_in(newest(app, ANN))
    with transaction():
        db.session.scalars(select(AccountMail)).one().nonce = "another"
    assert person.get(link).status_code == 404


@pytest.mark.req("S4-33")
def test_of_two_uses_of_a_link_at_once_exactly_one_wins(engine_app):
    make()
    person = Person(engine_app)
    person.send("/account/forgot", email=ANN)
    link = link_in(newest(engine_app, ANN))
    people = [Person(engine_app) for _ in range(4)]
    for one in people:
        one.get("/account/forgot")
    passwords = [f"{OTHER} {number}" for number in range(4)]
    gate = threading.Barrier(4)

    def use(one, password):
        text = one.get(link).get_data(as_text=True)
        secret = text.partition('name="csrf_token" value="')[2].partition('"')[0]
        gate.wait()
        return one.post(
            "/account/reset", csrf_token=secret, token=link.partition("=")[2], password=password
        ).status_code

    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(use, people, passwords))
    assert sorted(codes) == [303, 404, 404, 404]
    won = passwords[codes.index(303)]
    assert person.sign_in(ANN, won).status_code == 303


def test_two_links_that_make_the_same_account_make_one(engine_app):
    """Two mails, two browsers, one moment: the address is one person's."""
    people = [Person(engine_app) for _ in range(3)]
    for one in people:
        one.send("/account/sign-up", email=BOB)
    links = [link_in(mail) for mail in _to(engine_app, BOB)]
    gate = threading.Barrier(3)

    def use(one, link):
        text = one.get(link).get_data(as_text=True)
        secret = text.partition('name="csrf_token" value="')[2].partition('"')[0]
        gate.wait()
        token = link.partition("=")[2]
        done = one.post("/account/confirm", csrf_token=secret, token=token, password=PASSWORD)
        return done.status_code

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(use, people, links)) == [303, 404, 404]
    assert people[0].sign_in(BOB).status_code == 303


@pytest.mark.req("S4-33")
def test_whom_a_wordpress_site_brought_gets_a_password_only_by_mail(app):
    site = SiteCaller(app)
    body = {"wp_user_id": 9, "email": ANN, "username": "ann"}
    user_id = site.post("/api/wordpress/users", json=body, wp_user_id=9).json["user_id"]
    person = Person(app)
    assert person.sign_in(ANN, "").status_code == 422
    person.send("/account/sign-up", email=ANN)
    assert newest(app, ANN)["Subject"] == "You have an account already"
    person.send("/account/forgot", email=ANN)
    link = link_in(newest(app, ANN))
    person.send(link, token=link.partition("=")[2], password=PASSWORD)
    assert person.sign_in(ANN).status_code == 303
    user = db.session.get_one(User, user_id, populate_existing=True)
    assert user.email_confirmed_at is not None
    assert [line.action for line in service.list_audit(limit=2)][-1] == "user.claimed"


@pytest.mark.req("S4-33")
def test_an_address_changes_when_the_new_one_confirms_and_the_old_one_is_told(engine_app):
    user_id = make()
    person = Person(engine_app)
    person.sign_in(ANN)
    assert person.send("/account/forgot", email=ANN).status_code == 303
    old_reset = link_in(newest(engine_app, ANN))
    done = person.send("/account/address", email="Ann.New@example.test")
    assert done.location == "/account/?done=asked"
    assert ANN in person.get("/account/").get_data(as_text=True)
    link = link_in(newest(engine_app, "ann.new@example.test"))
    # Also where nobody is signed in: on the phone that has the mail.
    phone = Person(engine_app)
    assert "ann.new@example.test" in phone.get(link).get_data(as_text=True)
    assert phone.send(link, token=link.partition("=")[2]).status_code == 303
    assert "ann.new@example.test" in person.get("/account/").get_data(as_text=True)
    assert newest(engine_app, ANN)["Subject"] == "Your address was changed"
    assert person.get(old_reset).status_code == 404
    assert phone.get(link).status_code == 404
    assert service.list_audit(user_id=user_id, limit=1)[0].action == "user.address_changed"


def test_an_address_that_is_taken_is_not_told_to_the_asker_and_not_given(app):
    make()
    make(BOB)
    person = Person(app)
    person.sign_in(ANN)
    assert person.send("/account/address", email=BOB).location == "/account/?done=asked"
    assert newest(app, BOB)["Subject"] == "You have an account already"
    person.send("/account/address", email="free@example.test")
    link = link_in(newest(app, "free@example.test"))
    make("free@example.test")
    assert person.send(link, token=link.partition("=")[2]).status_code == 404


def test_a_link_stands_in_no_table_and_no_log(app, capfd):
    make()
    app.config["LOG_LEVEL"] = "DEBUG"
    person = Person(app)
    person.send("/account/forgot", email=ANN)
    rows = db.session.scalars(select(OutboxRow)).all()
    assert [row.payload for row in rows] == [{"mail_id": 1}]
    token = token_in(newest(app, ANN))
    link = f"/account/reset?token={token}"
    assert person.get(link + "x").status_code == 404
    tables = db.session.execute(
        db.text("SELECT name FROM sqlite_master WHERE type = 'table'")
    ).scalars()
    kept = "\n".join(
        str(row)
        for table in tables.all()
        for row in db.session.execute(db.text(f'SELECT * FROM "{table}"')).all()
    )
    signature = token.rpartition(".")[2]
    assert signature not in kept
    assert PASSWORD not in kept
    told = capfd.readouterr()
    assert signature not in told.out + told.err


def test_a_mail_that_has_lost_its_meaning_is_not_sent(app):
    make()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        Person(app).send("/account/forgot", email=ANN)
        traveller.shift(timedelta(minutes=31))
        deliver(app)
    assert mails(app) == []


def test_a_mail_speaks_the_language_of_who_asked(app):
    make()
    client = app.test_client()
    german = {"Accept-Language": "de"}
    page = client.get("/account/forgot", headers=german).get_data(as_text=True)
    secret = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    client.post("/account/forgot", data={"csrf_token": secret, "email": ANN}, headers=german)
    assert newest(app, ANN)["Content-Language"] == "de"
