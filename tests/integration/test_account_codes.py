"""The second factor: set up, asked for, used once, lost, turned off; and counted attempts."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.accounts import service
from app.accounts.models import RecoveryCode, SecondFactor
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import TooManyError
from tests.conftest import make_app
from tests.integration.test_account_sign_in import ANN, make
from tests.person import OTHER, PASSWORD, Person, code_at, newest


@pytest.fixture
def ann(app):
    """Return a person who signs in with a code, signed out, with secret and recovery codes."""
    user_id = make()
    person = Person(app)
    person.sign_in(ANN)
    person.secret, person.codes = person.turn_codes_on()
    person.user_id = user_id
    person.send("/account/sign-out", "/account/")
    return person


@pytest.mark.req("S3-97", "S0-111")
def test_with_codes_on_the_password_alone_opens_nothing(engine_app):
    make()
    person = Person(engine_app)
    person.sign_in(ANN)
    other = Person(engine_app)
    other.sign_in(ANN)
    secret, codes = person.turn_codes_on()
    assert len(codes) == 10
    assert person.is_in()
    assert not other.is_in()
    assert newest(engine_app, ANN)["Subject"] == "Codes at sign-in were turned on"
    again = Person(engine_app)
    done = again.sign_in(ANN, keep="1", next="security")
    assert done.location == "/account/code?next=security"
    assert not again.is_in()
    assert again.client.get_cookie("trp_session") is None
    assert again.send("/account/code", code="000000").status_code == 422
    done = again.send("/account/code?next=security", code=code_at(secret, 1))
    assert done.location == "/account/security"
    assert again.is_in()
    assert again.client.get_cookie("trp_step") is None


def test_the_secret_is_encrypted_with_its_owner_and_shown_only_before_it_counts(app, ann):
    row = db.session.get_one(SecondFactor, ann.user_id)
    assert ann.secret not in row.secret_encrypted
    for code in db.session.scalars(select(RecoveryCode)):
        assert len(code.code_hash) == 64
    ann.sign_in(ANN)
    ann.send("/account/code", code=ann.codes[0])
    page = ann.get("/account/security").get_data(as_text=True)
    assert ann.secret not in page
    assert not any(code in page for code in ann.codes)


def test_a_setup_counts_only_after_its_first_code(app):
    make()
    person = Person(app)
    person.sign_in(ANN)
    person.send("/account/security/begin", "/account/security")
    done = person.send("/account/security/confirm", "/account/security", code="000000")
    assert done.status_code == 422
    assert Person(app).sign_in(ANN).location == "/account/"
    page = person.get("/account/security").get_data(as_text=True)
    assert "<svg" in page
    assert "style=" not in page


@pytest.mark.req("S3-97")
def test_a_code_and_a_recovery_code_are_good_once(app, ann):
    for code, left in ((ann.codes[3], 9), (code_at(ann.secret, 1), 9)):
        ann.sign_in(ANN)
        assert ann.send("/account/code", code=code).status_code == 303
        assert service.count_recovery_codes(ann.user_id) == left
        ann.send("/account/sign-out", "/account/")
        ann.sign_in(ANN)
        assert ann.send("/account/code", code=code).status_code == 422
    assert newest(app, ANN)["Subject"] == "A recovery code was used"


def race(app, people, path, **fields) -> list[int]:
    """Send the same form from several browsers at the same moment."""
    gate = threading.Barrier(len(people))

    def use(person):
        page = person.get(path).get_data(as_text=True)
        secret = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        gate.wait()
        return person.post(path, csrf_token=secret, **fields).status_code

    with ThreadPoolExecutor(len(people)) as pool:
        return sorted(pool.map(use, people))


@pytest.mark.req("S3-97")
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_of_two_uses_of_a_code_at_once_exactly_one_wins(engine_app, kind):
    make()
    person = Person(engine_app)
    person.sign_in(ANN)
    secret, codes = person.turn_codes_on()
    people = [Person(engine_app) for _ in range(4)]
    for one in people:
        assert one.sign_in(ANN).status_code == 303
    code = code_at(secret, 1) if kind == "app" else codes[0]
    assert race(engine_app, people, "/account/code", code=code) == [303, 422, 422, 422]
    assert sorted(one.is_in() for one in people) == [False, False, False, True]


def test_one_step_opens_one_session_even_with_two_right_codes(engine_app):
    make()
    person = Person(engine_app)
    person.sign_in(ANN)
    _, codes = person.turn_codes_on()
    first, second = Person(engine_app), Person(engine_app)
    first.sign_in(ANN)
    second.client.set_cookie("trp_step", first.client.get_cookie("trp_step").value)
    assert first.send("/account/code", code=codes[0]).status_code == 303
    assert second.get("/account/code").status_code == 303
    assert not second.is_in()


def test_the_step_to_the_code_is_short_and_ends_with_a_new_password(app, ann):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        ann.sign_in(ANN)
        traveller.shift(timedelta(minutes=5))
        assert ann.get("/account/code").location == "/account/sign-in"
    ann.sign_in(ANN)
    hashed = service.hash_password(OTHER)
    with transaction():
        service.keep_password(service.get_user(ann.user_id), hashed)
    assert ann.send("/account/code", code=ann.codes[0]).location == "/account/sign-in"


def test_a_reset_does_not_pass_by_the_code(app, ann):
    from tests.person import link_in

    ann.send("/account/forgot", email=ANN)
    link = link_in(newest(app, ANN))
    ann.send(link, token=link.partition("=")[2], password=OTHER)
    assert ann.sign_in(ANN, OTHER).location.startswith("/account/code")


@pytest.mark.req("S3-97")
def test_turning_codes_off_needs_password_and_code(app, ann):
    ann.sign_in(ANN)
    ann.send("/account/code", code=ann.codes[0])
    form = ("/account/security/off", "/account/security")
    assert ann.send(*form, password=OTHER, code=ann.codes[1]).status_code == 422
    assert ann.send(*form, password=PASSWORD, code="000000").status_code == 422
    assert ann.send(*form, password=PASSWORD, code=ann.codes[0]).status_code == 422
    assert service.has_second_factor(ann.user_id)
    assert ann.send(*form, password=PASSWORD, code=ann.codes[1]).status_code == 303
    db.session.rollback()
    assert not service.has_second_factor(ann.user_id)
    assert Person(app).sign_in(ANN).location == "/account/"
    assert newest(app, ANN)["Subject"] == "Codes at sign-in were turned off"


def test_new_recovery_codes_replace_the_old_ones(app, ann):
    ann.sign_in(ANN)
    ann.send("/account/code", code=ann.codes[0])
    page = ann.send("/account/security/codes", "/account/security").get_data(as_text=True)
    assert page.count("-") > 30
    ann.send("/account/sign-out", "/account/")
    ann.sign_in(ANN)
    assert ann.send("/account/code", code=ann.codes[1]).status_code == 422


@pytest.mark.req("S3-97")
def test_a_creator_without_codes_is_a_member_and_is_told(app):
    user_id = make()
    with transaction():
        service.set_role(user_id, "creator")
    person = Person(app)
    person.sign_in(ANN)
    assert "Your role counts only with a code" in person.get("/account/").get_data(as_text=True)
    person.turn_codes_on()
    assert "Your role counts" not in person.get("/account/").get_data(as_text=True)


# --- Counted attempts ---


def tries(person, count, password=OTHER, address=ANN) -> list[int]:
    return [person.sign_in(address, password).status_code for _ in range(count)]


@pytest.mark.req("S0-114")
def test_guessing_a_password_waits_longer_and_longer_and_says_how_long(engine_app):
    make()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        person = Person(engine_app)
        assert tries(person, 5) == [422] * 5
        done = person.sign_in(ANN, PASSWORD)
        assert done.status_code == 429
        assert done.headers["Retry-After"] == "3"
        assert "Try again in 3 seconds." in done.get_data(as_text=True)
        waits = []
        for _ in range(10):
            traveller.shift(timedelta(seconds=int(done.headers["Retry-After"])))
            assert person.sign_in(ANN, OTHER).status_code == 422
            done = person.sign_in(ANN, OTHER)
            waits.append(int(done.headers["Retry-After"]) - 1)
        assert waits == [4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert service.list_audit(limit=1)[0].action == "user.sign_in_held_up"


@pytest.mark.req("S0-114")
def test_attempts_during_a_delay_do_not_make_it_longer(app):
    """Nobody is shut out for ever by somebody who never stops."""
    make()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        person = Person(app)
        tries(person, 5)
        assert tries(person, 20) == [429] * 20
        traveller.shift(timedelta(seconds=3))
        assert person.sign_in(ANN, PASSWORD).status_code == 303


@pytest.mark.req("S0-114")
def test_the_owner_gets_in_while_others_guess_from_everywhere(app):
    make()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        owner = Person(app)
        owner.address = "198.51.100.7"
        owner.sign_in(ANN)
        owner.send("/account/sign-out", "/account/")
        for number in range(30):
            guesser = Person(app)
            guesser.address = f"203.0.113.{number}"
            guesser.sign_in(ANN, OTHER)
        stranger = Person(app)
        stranger.address = "192.0.2.1"
        assert stranger.sign_in(ANN, PASSWORD).status_code == 429
        # A browser that was here before, at once; any other one a minute later at most.
        assert owner.sign_in(ANN).status_code == 303
        traveller.shift(timedelta(seconds=61))
        assert stranger.sign_in(ANN, PASSWORD).status_code == 303


def test_the_mark_of_another_person_s_browser_helps_nobody(app):
    make()
    make("bob@example.test")
    bob = Person(app)
    bob.sign_in("bob@example.test")
    bob.send("/account/sign-out", "/account/")
    assert tries(bob, 6)[-1] == 429
    for forged in ("x.y", "", "." * 50):
        bob.client.set_cookie("trp_browser", forged)
        assert bob.sign_in(ANN).status_code == 429


@pytest.mark.req("S0-114")
def test_one_network_that_tries_many_addresses_has_to_wait(app):
    person = Person(app)
    codes = [
        person.sign_in(f"user{number}@example.test", OTHER).status_code for number in range(52)
    ]
    assert codes[:50] == [422] * 50
    assert codes[51] == 429


def test_counts_survive_a_restart(app, tmp_path):
    make()
    tries(Person(app), 5)
    other = make_app(tmp_path)
    with other.app_context():
        assert Person(other).sign_in(ANN).status_code == 429
        db.session.remove()
        db.engine.dispose()
        other.extensions["redis"].close()


def test_attempts_side_by_side_are_all_counted(engine_app):
    """A hundred at once get no more guesses than a hundred in a row."""

    def take(_number):
        with engine_app.app_context():
            try:
                service.limit_codes(7)
            except TooManyError:
                return 0
            finally:
                db.session.remove()
            return 1

    with ThreadPoolExecutor(6) as pool:
        taken = sum(pool.map(take, range(30)))
    assert taken == 5


@pytest.mark.req("S0-114", "S3-97")
def test_guessing_a_code_waits_too_and_a_new_sign_in_does_not_help(app, ann):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        ann.sign_in(ANN)
        codes = [ann.send("/account/code", code=f"{n:06}").status_code for n in range(6)]
        assert codes == [422] * 5 + [429]
        ann.sign_in(ANN)
        done = ann.send("/account/code", code=ann.codes[0])
        assert done.status_code == 429
        assert done.headers["Retry-After"] == "6"
        traveller.shift(timedelta(seconds=6))
        assert ann.send("/account/code", code=ann.codes[0]).status_code == 303


@pytest.mark.req("S0-114", "S3-97")
def test_without_the_store_of_counts_no_code_is_taken(app, ann, monkeypatch):
    ann.sign_in(ANN)

    def away(*_arguments, **_options):
        raise OperationalError("SELECT", {}, Exception("disk I/O error"))

    monkeypatch.setattr("app.accounts.service.limits._lock", away)
    done = ann.send("/account/code", code=ann.codes[0])
    assert done.status_code >= 500
    assert not ann.is_in()
    monkeypatch.undo()
    assert ann.send("/account/code", code=ann.codes[0]).status_code == 303


@pytest.mark.req("S0-114")
@pytest.mark.parametrize("page", ["sign-up", "forgot"])
def test_mail_to_one_address_has_an_end(app, page):
    person = Person(app)
    codes = [person.send(f"/account/{page}", email=ANN).status_code for _ in range(5)]
    assert codes == [303, 303, 303, 429, 429]
    done = person.send(f"/account/{page}", email=ANN)
    assert int(done.headers["Retry-After"]) > 30
