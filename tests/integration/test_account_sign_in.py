"""Signing in by password: hashes, no telling of accounts, doors that a cookie does not open."""

from __future__ import annotations

import re
import subprocess
import time
from statistics import median

import bcrypt
import pytest

from app.accounts import service
from app.accounts.models import User
from app.accounts.service import passwords
from app.accounts.service.passwords import HASHER
from app.core.db import db, transaction
from tests.conftest import SiteCaller
from tests.person import OTHER, PASSWORD, Person

ANN = "ann@example.test"
PHP_WORDPRESS = (
    'echo "\\$wp".password_hash(base64_encode(hash_hmac("sha384", trim($argv[1]), "wp-sha384", true)),'
    ' PASSWORD_BCRYPT, ["cost" => 4]);'
)


def make(address: str = ANN, password: str | None = PASSWORD, hashed: str | None = None) -> int:
    hashed = hashed or (service.hash_password(password) if password else None)
    with transaction():
        user = service.create_user(address)
        user.password_hash = hashed
        return user.id


def stored(user_id: int) -> str:
    db.session.rollback()
    return db.session.get_one(User, user_id).password_hash


@pytest.mark.req("S4-33", "S4-113", "S0-111", "S3-20")
def test_a_person_signs_up_by_mail_signs_in_and_out(engine_app):
    person = Person(engine_app)
    assert not person.is_in()
    person.sign_up(ANN)
    assert not person.is_in()
    done = person.sign_in(f"  {ANN.upper()} ")
    assert (done.status_code, done.location) == (303, "/account/")
    assert ANN in person.get("/account/").get_data(as_text=True)
    assert person.send("/account/sign-out", "/account/").status_code == 303
    assert not person.is_in()
    actions = [line.action for line in reversed(service.list_audit())]
    assert actions == ["user.signed_up", "user.signed_in", "user.signed_out"]
    assert service.verify_audit() == (3, None)


@pytest.fixture(autouse=True)
def as_we_hash(monkeypatch):
    """Hash as the service does; the other tests take a cheaper hash."""
    monkeypatch.setattr(passwords, "HASHER", HASHER)
    passwords._nobody_s_hash.cache_clear()
    yield
    passwords._nobody_s_hash.cache_clear()


@pytest.mark.req("S4-113")
def test_a_hash_is_argon2id_with_at_least_owasp_s_parameters(app):
    user_id = make()
    found = stored(user_id)
    assert found.startswith("$argon2id$")
    assert (HASHER.memory_cost, HASHER.time_cost, HASHER.parallelism) >= (19_456, 2, 1)


def wordpress_hash(password: str) -> str:
    done = subprocess.run(
        ["php", "-r", PHP_WORDPRESS, "--", password], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.req("S4-33", "S4-113")
@pytest.mark.parametrize("kind", ["$2y$", "$2b$", "$wp$2y$", "old argon2"])
def test_an_old_hash_is_taken_and_renewed_at_the_next_sign_in(app, kind):
    old = {
        "$wp$2y$": lambda: wordpress_hash(PASSWORD),
        "old argon2": lambda: type(HASHER)(time_cost=1, memory_cost=8192).hash(PASSWORD.encode()),
    }.get(kind, lambda: bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode())()
    old = old.replace("$2b$", kind) if kind == "$2y$" else old
    user_id = make(hashed=old)
    person = Person(app)
    assert person.sign_in(ANN, OTHER).status_code == 422
    assert stored(user_id) == old
    assert person.sign_in(ANN).status_code == 303
    assert stored(user_id).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert person.is_in()
    assert Person(app).sign_in(ANN).status_code == 303


@pytest.mark.req("S4-33")
def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(app):
    make()
    make("wordpress@example.test", password=None)
    with transaction():
        gone = service.get_user(make("gone@example.test"))
        db.session.merge(gone).disabled_at = gone.created_at
    answers = set()
    for address, password in [
        (ANN, OTHER),
        ("nobody@example.test", PASSWORD),
        ("wordpress@example.test", ""),
        ("wordpress@example.test", PASSWORD),
        ("gone@example.test", PASSWORD),
        (ANN, "x" * 1000),
    ]:
        done = Person(app).sign_in(address, password)
        text = done.get_data(as_text=True).replace(address, "")
        answers.add((done.status_code, "The address or the password is wrong." in text))
    assert answers == {(422, True)}


@pytest.mark.req("S4-33")
def test_both_take_the_same_time(app):
    hashed = service.hash_password(PASSWORD)

    def seconds(known: str | None) -> float:
        begun = time.process_time()
        assert not service.check_password(OTHER, known)
        return time.process_time() - begun

    seconds(None)
    unknown = median(seconds(None) for _ in range(9))
    wrong = median(seconds(hashed) for _ in range(9))
    assert 0.5 < unknown / wrong < 2


@pytest.mark.req("S4-112")
def test_no_form_is_taken_without_its_secret(app):
    make()
    person = Person(app)
    person.get("/account/sign-in")
    for token in ({}, {"csrf_token": ""}, {"csrf_token": "forged"}):
        done = person.post("/account/sign-in", email=ANN, password=PASSWORD, **token)
        assert done.status_code == 403
        assert done.headers["X-TRP-Code"] == "form_expired"
    assert person.sign_in(ANN).status_code == 303
    posting = [
        re.sub(r"<[^>]+>", "1", re.sub(r"<any\(\W*(\w+)[^>]*>", r"\1", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/account/") and "POST" in rule.methods
    ]
    assert len(posting) > 10
    for path in posting:
        assert person.post(path).status_code == 403, path
    assert person.is_in()


@pytest.mark.req("S4-112")
def test_another_person_s_form_secret_is_not_taken(app):
    make()
    mine, theirs = Person(app), Person(app)
    page = theirs.get("/account/sign-in").get_data(as_text=True)
    mine.get("/account/sign-in")
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    done = mine.post("/account/sign-in", csrf_token=token, email=ANN, password=PASSWORD)
    assert done.status_code == 403


@pytest.mark.req("S4-112", "S4-37")
def test_a_cookie_alone_opens_the_account_pages_and_nothing_else(app):
    make()
    person = Person(app)
    person.sign_in(ANN)
    assert person.is_in()
    page = person.get("/account/").get_data(as_text=True)
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    guarded = {"member", "site", "site_admin"}
    count = 0
    for rule in app.url_map.iter_rules():
        decision = getattr(app.view_functions[rule.endpoint], "auth_decision", "")
        if not (decision in guarded or decision.startswith("scope ")):
            continue
        path = re.sub(r'<any\("([^"]+)".*?\):\w+>', r"\1", rule.rule)
        path = re.sub(r"<[^>]+>", "1", path)
        for method in rule.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"}:
            done = person.client.open(
                path, method=method, data={"csrf_token": token}, headers={"X-CSRFToken": token}
            )
            assert done.status_code in {401, 403}, (method, path, done.status_code)
            count += 1
    assert count > 40


def test_credentials_of_a_program_open_no_account_page(app, bearer):
    user_id = make()
    assert app.test_client().get("/account/", headers=bearer(user_id)).status_code == 303
    site = SiteCaller(app)
    site.link(5, user_id)
    assert site.get("/account/", wp_user_id=5).status_code == 303


@pytest.mark.req("S0-111")
def test_a_disabled_person_is_out_at_the_next_request_by_every_door(engine_app, bearer):
    user_id = make()
    site = SiteCaller(engine_app)
    site.link(5, user_id)
    person = Person(engine_app)
    person.sign_in(ANN)
    key = bearer(user_id)
    doors = (
        lambda: person.get("/account/").status_code,
        lambda: engine_app.test_client().get("/api/me", headers=key).status_code,
        lambda: site.get("/api/me", wp_user_id=5).status_code,
    )
    assert [door() for door in doors] == [200, 200, 200]
    with transaction():
        service.set_user_disabled(user_id, disabled=True)
    assert [door() for door in doors] == [303, 401, 403]
    with transaction():
        service.set_user_disabled(user_id, disabled=False)
    assert [door() for door in doors] == [303, 200, 200]


def test_the_pages_are_strict_and_go_nowhere_else(app):
    make()
    person = Person(app)
    page = person.get("/account/sign-in")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store, private"
    assert "<script" not in page.get_data(as_text=True)
    for wish in ("https://evil.example/", "//evil.example", "/account/security", "enter"):
        done = person.sign_in(ANN, next=wish)
        assert done.location == "/account/"
        person.send("/account/sign-out", "/account/")
    assert person.sign_in(ANN, next="security").location == "/account/security"


def test_behind_tls_the_cookies_are_bound_to_the_host(app, monkeypatch):
    make()
    monkeypatch.setenv("COOKIE_SECURE", "1")
    from app.core.config import load_config

    settings = load_config({"DATA_DIR": app.config["DATA_DIR"]})
    app.config["SESSION_COOKIE_NAME"] = settings["SESSION_COOKIE_NAME"]
    app.config["SESSION_COOKIE_SECURE"] = settings["SESSION_COOKIE_SECURE"]
    client = app.test_client()
    base = {"base_url": "https://localhost"}
    page = client.get("/account/sign-in", **base).get_data(as_text=True)
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    done = client.post(
        "/account/sign-in",
        data={"csrf_token": token, "email": ANN, "password": PASSWORD, "keep": "1"},
        headers={"Referer": "https://localhost/account/sign-in"},
        **base,
    )
    cookies = done.headers.getlist("Set-Cookie")
    session = next(one for one in cookies if one.startswith("__Host-trp_session="))
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(session.split("; "))
    assert "Domain" not in session
    assert all(one.startswith("__Host-") for one in cookies)
    assert client.get("/account/", **base).status_code == 200
