"""Browsers that are signed in: listed, ended one by one and all, by time and by a new password."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from app.accounts import service
from app.accounts.models import User, UserSession
from app.core import clock, security
from app.core.db import db, transaction
from tests.conftest import SiteCaller
from tests.integration.test_account_sign_in import ANN, make
from tests.person import OTHER, PASSWORD, Person, newest


def token_of(person: Person) -> str:
    return person.client.get_cookie("trp_session").value


def rows(user_id: int) -> list[UserSession]:
    db.session.rollback()
    with transaction():
        user = db.session.get_one(User, user_id)
        return service.list_sessions(user)


@pytest.mark.req("S4-37")
def test_sessions_are_listed_and_ended_one_by_one_and_all_others(engine_app):
    user_id = make()
    here, there, elsewhere = (
        Person(engine_app, agent)
        for agent in ("Linux Firefox/1", "Android Chrome/1", "Windows Firefox/1")
    )
    elsewhere.address = "203.0.113.77"
    for person in (here, there, elsewhere):
        assert person.sign_in(ANN).status_code == 303
    page = here.get("/account/").get_data(as_text=True)
    for shown in ("Firefox, Linux", "Chrome, Android", "Firefox, Windows", "203.0.113.0/24"):
        assert shown in page
    assert "203.0.113.77" not in page
    theirs = next(row for row in rows(user_id) if row.browser == "Chrome, Android")
    assert here.send(f"/account/sessions/{theirs.id}/revoke", "/account/").status_code == 303
    assert [one.is_in() for one in (here, there, elsewhere)] == [True, False, True]
    assert here.send("/account/sessions/revoke-others", "/account/").status_code == 303
    assert [one.is_in() for one in (here, there, elsewhere)] == [True, False, False]
    actions = [line.action for line in service.list_audit(limit=2)]
    assert actions == ["session.others_revoked", "session.revoked"]


@pytest.mark.req("S4-37")
def test_somebody_else_s_session_is_not_found(app):
    make()
    make("bob@example.test")
    ann, bob = Person(app), Person(app)
    ann.sign_in(ANN)
    bob.sign_in("bob@example.test")
    session = db.session.query(UserSession).filter_by(user_id=1).one()
    assert bob.send(f"/account/sessions/{session.id}/revoke", "/account/").status_code == 404
    assert ann.is_in()


@pytest.mark.req("S4-37")
def test_only_a_hash_of_the_token_is_kept(app):
    make()
    person = Person(app)
    person.sign_in(ANN)
    token = token_of(person)
    assert len(token) == 43
    row = db.session.query(UserSession).one()
    assert row.token_hash == security.fingerprint(token)


@pytest.mark.req("S4-37")
def test_a_token_that_was_there_before_is_worth_nothing_after_signing_in(app):
    """Fixation: whoever planted a cookie, or used the browser before, does not come along."""
    make()
    person = Person(app)
    person.client.set_cookie("trp_session", "planted-by-somebody")
    person.sign_in(ANN)
    first = token_of(person)
    assert first != "planted-by-somebody"
    page = person.get("/account/").get_data(as_text=True)
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    person.post("/account/sign-in", csrf_token=token, email=ANN, password=PASSWORD)
    second = token_of(person)
    assert second != first
    db.session.rollback()
    assert service.find_session(first) is None
    assert service.find_session(second) is not None


@pytest.mark.req("S4-37")
def test_a_session_ends_by_being_idle_unless_it_is_kept(app):
    make()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        short, kept = Person(app), Person(app)
        short.sign_in(ANN)
        kept.sign_in(ANN, keep="1")
        for _ in range(3):
            traveller.shift(timedelta(hours=11))
            assert short.is_in()
            assert kept.is_in()
        traveller.shift(timedelta(hours=12))
        assert not short.is_in()
        assert kept.is_in()
        traveller.shift(timedelta(days=29))
        assert not kept.is_in()


def test_last_seen_is_kept_to_the_minute(app):
    make()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        person = Person(app)
        person.sign_in(ANN)
        begun = db.session.query(UserSession).one().seen_at
        for seconds, moved in ((30, 0), (30, 60), (59, 60), (1, 120)):
            traveller.shift(timedelta(seconds=seconds))
            person.get("/account/")
            db.session.rollback()
            seen = db.session.query(UserSession).one().seen_at
            assert (seen - begun).total_seconds() == moved


@pytest.mark.req("S4-33", "S4-37")
def test_a_new_password_ends_every_other_session_and_renews_this_one(engine_app):
    make()
    here, there = Person(engine_app), Person(engine_app)
    here.sign_in(ANN)
    there.sign_in(ANN)
    before = token_of(here)
    assert here.send("/account/password", password="short").status_code == 422
    done = here.send("/account/password", password=OTHER)
    assert done.location == "/account/?done=password"
    assert token_of(here) != before
    assert here.is_in()
    assert not there.is_in()
    db.session.rollback()
    assert service.find_session(before) is None
    assert there.sign_in(ANN, PASSWORD).status_code == 422
    assert there.sign_in(ANN, OTHER).status_code == 303
    assert newest(engine_app, ANN)["Subject"] == "Your password was changed"


@pytest.mark.req("S4-37")
def test_a_password_that_is_set_past_the_pages_ends_sessions_too(app):
    user_id = make()
    person = Person(app)
    person.sign_in(ANN)
    hashed = service.hash_password(OTHER)
    with transaction():
        service.keep_password(service.get_user(user_id), hashed)
    assert not person.is_in()


@pytest.mark.req("S0-111")
def test_sensitive_changes_ask_for_the_password_again_after_ten_minutes(app):
    make()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        person = Person(app)
        person.sign_in(ANN)
        for path in ("/account/password", "/account/address", "/account/security"):
            assert person.get(path).status_code == 200
        traveller.shift(timedelta(minutes=10))
        assert person.is_in()
        for path in ("/account/password", "/account/address", "/account/security"):
            assert "/account/password-again" in person.get(path).location
        done = person.send("/account/password", "/account/", password=OTHER)
        assert "/account/password-again" in done.location
        assert person.send("/account/security/begin", "/account/").location.endswith("security")
        wrong = person.send("/account/password-again", password=OTHER)
        assert wrong.status_code == 422
        again = person.send("/account/password-again?next=address", password=PASSWORD)
        assert again.location == "/account/address"
        assert person.get("/account/address").status_code == 200


def test_an_erased_person_is_out_and_nothing_of_the_sign_in_is_left(app):
    user_id = make()
    person = Person(app)
    person.sign_in(ANN)
    person.turn_codes_on()
    Person(app).send("/account/sign-up", email=ANN)
    with transaction():
        service.erase_user(user_id)
    assert not person.is_in()
    assert newest(app, ANN)["Subject"] == "Your account is erased"
    for table in ("user_sessions", "second_factors", "recovery_codes", "account_mails"):
        count = db.session.execute(db.text(f"SELECT COUNT(*) FROM {table}")).scalar_one()
        assert count == 0, table


def test_what_has_ended_is_pruned(app):
    make()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        Person(app).sign_in(ANN, keep="1")
        Person(app).sign_in(ANN, OTHER)
        Person(app).send("/account/forgot", email=ANN)
        traveller.shift(timedelta(days=31))
        service.prune_tokens()
        for table in ("user_sessions", "attempt_counts", "account_mails"):
            count = db.session.execute(db.text(f"SELECT COUNT(*) FROM {table}")).scalar_one()
            assert count == 0, table


@pytest.mark.req("S0-111")
def test_a_person_sees_which_sites_speak_for_them_and_cuts_them_off(engine_app):
    """A site could have introduced the address before its owner came: the owner ends that."""
    user_id, other_id = make(), make("bob@example.test")
    site = SiteCaller(engine_app)
    site.link(5, user_id)
    elsewhere = SiteCaller(engine_app, "https://elsewhere.example")
    elsewhere.link(6, other_id)
    person = Person(engine_app)
    person.sign_in(ANN)
    page = person.get("/account/").get_data(as_text=True)
    assert "https://site.example" in page
    assert "elsewhere.example" not in page
    assert site.get("/api/me", wp_user_id=5).status_code == 200
    path = f"/account/sites/{elsewhere.site_id}/cut-off"
    assert person.send(path, "/account/").status_code == 404
    assert (
        person.send(f"/account/sites/{site.site_id}/cut-off", "/account/", sure="yes").status_code
        == 303
    )
    assert site.get("/api/me", wp_user_id=5).status_code == 409
    assert elsewhere.get("/api/me", wp_user_id=6).status_code == 200
    body = {"wp_user_id": 5, "email": ANN, "username": "ann"}
    assert site.post("/api/wordpress/users", json=body, wp_user_id=5).status_code == 409
    assert service.list_audit(user_id=user_id, limit=1)[0].action == "site.cut_off"
