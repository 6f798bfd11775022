"""Secrets of signing in are looked for where they may lie: Redis, mail, copies, error pages, the log."""

from __future__ import annotations

import io
import sqlite3
import zipfile

import pytest
import structlog
from redis import Redis

from app.accounts import service as accounts
from app.accounts.models import User
from app.core import security
from app.core.db import db, transaction
from app.notifications import service as notifications
from app.notifications.schemas import EndpointIn
from app.privacy import service as privacy
from app.trading import service as trading
from app.trading.schemas import BrokerAccountIn
from tests.conftest import SiteCaller, make_app
from tests.factories.plans import with_api
from tests.person import Person, code_at, deliver, link_in, mails, newest

EMAIL = "canary@example.test"
PASSWORD = "canary horse staple zq7Password"
BROKER = "zq7BrokerSecretCanary0123456789abc"


@pytest.fixture
def house(tmp_path, migrated_database, redis_url):
    """Return an application with a Redis of its own and a log of everything."""
    Redis.from_url(redis_url).flushall()
    (tmp_path / "service.sqlite3").write_bytes(migrated_database.read_bytes())
    app = make_app(
        tmp_path, LOG_LEVEL="DEBUG", REDIS_URL=redis_url, RATE_LIMITS="", WEBHOOKS_ALLOW_LOCAL=True,
        SECRET_KEY=security.random_token(), ENCRYPTION_KEY=security.random_token(),
    )  # fmt: skip
    log = io.StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=log))
    with app.app_context():
        yield app, log
        db.session.remove()
        db.engine.dispose()
        app.extensions["redis"].close()
    structlog.reset_defaults()


def in_redis(url: str) -> tuple[str, int]:
    """Return all keys and values of a Redis as one text, and how many keys there are."""
    client = Redis.from_url(url)
    readers = {
        b"string": client.get, b"hash": client.hgetall, b"set": client.smembers,
        b"list": lambda key: client.lrange(key, 0, -1), b"stream": client.xrange,
        b"zset": lambda key: client.zrange(key, 0, -1),
    }  # fmt: skip
    keys = list(client.scan_iter(count=1000))
    return "\n".join(f"{key!r} {readers[client.type(key)](key)!r}" for key in keys), len(keys)


def signed_up(app) -> tuple[Person, dict[str, str]]:
    """Make an account with everything secret there is, and return the secrets by name."""
    person = Person(app)
    person.send("/account/sign-up", email=EMAIL)
    link = link_in(newest(app, EMAIL))
    words = {"a sign-up link": link.partition("=")[2], "a password": PASSWORD}
    person.send(link, token=words["a sign-up link"], password=PASSWORD)
    person.sign_in(EMAIL, PASSWORD)
    totp, recovery = person.turn_codes_on()
    words |= {"a code's secret": totp} | {
        f"recovery code {place}": code for place, code in enumerate(recovery)
    }
    words["a session"] = person.client.get_cookie("trp_session").value
    Person(app).send("/account/forgot", email=EMAIL)
    words["a reset link"] = link_in(newest(app, EMAIL)).partition("=")[2]
    return person, words


def equipped(app, words: dict[str, str]) -> int:
    """Give the account keys of every kind, and add their secrets to the words."""
    user = db.session.query(User).filter_by(email=EMAIL).one()
    site = SiteCaller(app)
    site.link(7, user.id)
    given = BrokerAccountIn(
        broker="alpaca", name="mine", account_type="paper",
        api_key="PKCANARY0123456789AB", secret_key=BROKER,
    )  # fmt: skip
    with transaction():
        key = accounts.create_key(with_api(user.id), ["ledger:read"], "canary")
        hook = notifications.create_endpoint(user.id, EndpointIn(url="http://127.0.0.1:9/x"))
        trading.add_account(user.id, given)
        notifications.send_test(user.id, hook.id)
    client = app.test_client()
    answer = client.post("/api/tokens", json={}, headers={"Authorization": f"Bearer {key}"})
    ticket = site.post("/api/live/tickets", wp_user_id=7, json={"fragment": "dashboard-overview"})
    words |= {
        "a key": key.partition(".")[2], "a broker's secret": BROKER,
        "an access token": answer.json["access_token"],
        "a refresh token": answer.json["refresh_token"],
        "the site's secret": site.secret, "a webhook's secret": hook.secret,
        "the session key": app.config["SECRET_KEY"],
        "the encryption key": app.config["ENCRYPTION_KEY"],
    }  # fmt: skip
    if ticket.status_code == 201:
        words["a ticket"] = ticket.json["ticket"]
    return int(user.id)


def broken_pages(app, person: Person, words: dict[str, str], monkeypatch) -> list:
    """Let pages break with every secret in the error, signed in and not; return the answers."""

    def broken(*_args, **_more):
        raise RuntimeError(f"it broke: {words}")

    monkeypatch.setattr("app.accounts.views.overview.service.list_sessions", broken)
    monkeypatch.setattr("app.accounts.views.sign_up.service.find_link", broken)
    reset = f"/account/reset?token={words['a reset link']}"
    code = code_at(words["a code's secret"], 1)
    answers = [
        person.get("/account/"), person.get(reset), person.post(reset, password=PASSWORD),
        app.test_client().post("/account/sign-in", data={"password": PASSWORD, "code": code}),
    ]  # fmt: skip
    monkeypatch.undo()
    return [*answers, person.get("/account/security")]


def zipped(user_id: int) -> str:
    """Return all that a person's copy holds, as one text."""
    file = io.BytesIO()
    privacy.write_copy(user_id, file)
    archive = zipfile.ZipFile(file)
    return "\n".join(archive.read(name).decode(errors="replace") for name in archive.namelist())


@pytest.mark.req("S4-109")
def test_no_secret_lies_in_redis_mail_a_copy_an_error_page_or_the_log(
    house, tmp_path, redis_url, monkeypatch
):
    app, log = house
    person, words = signed_up(app)
    user_id = equipped(app, words)
    answers = broken_pages(app, person, words, monkeypatch)
    assert [answer.status_code for answer in answers][:2] == [500, 500]
    deliver(app)
    redis, keys = in_redis(redis_url)
    assert keys > 3, "something is in Redis at all"
    with sqlite3.connect(tmp_path / "service.sqlite3") as kept:
        dumped = "\n".join(kept.iterdump())
    kept.close()
    told = {
        "Redis": redis,
        "an error page": "\n".join(one.text + str(one.headers) for one in answers),
        "the log": log.getvalue(),
        "the database": dumped,
        "the copy of one's data": zipped(user_id),
        "the operator's list": app.test_cli_runner().invoke(args=["audit", "list"]).output,
    }
    assert "it broke" in told["the log"]
    # What proves that the places were read at all.
    assert EMAIL in told["the copy of one's data"]
    assert security.fingerprint(words["a key"]) in dumped
    for what, word in words.items():
        assert len(word) >= 16, what
        for place, text in told.items():
            assert word not in text, f"{what} stands in {place}"
            assert word.encode().hex() not in text.lower(), f"{what} stands in {place} as bytes"


def test_a_mail_holds_its_own_link_and_no_other_secret(house):
    app, _ = house
    _, words = signed_up(app)
    equipped(app, words)
    sent = mails(app)
    assert len(sent) >= 3
    links = {"a sign-up link", "a reset link"}
    found = dict.fromkeys(words, 0)
    for mail in sent:
        text = mail.as_string() + "".join(
            part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"
        )
        inside = {what for what, word in words.items() if word in text}
        assert len(inside) <= 1, (mail["Subject"], inside)
        assert inside <= links, (mail["Subject"], inside)
        for what in inside:
            found[what] += 1
    assert {what for what, count in found.items() if count} == links
