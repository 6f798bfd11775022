"""Secrets go in through every door, and are looked for in all that comes out and is kept."""

from __future__ import annotations

import io
import json
import sqlite3

import pytest
import structlog

from app.accounts import service as accounts
from app.core import security
from app.core.db import db, transaction
from app.trading import service as trading
from app.trading.schemas import BrokerAccountIn
from tests.conftest import SiteCaller, make_app
from tests.factories.plans import with_api
from tests.person import Person

PASSWORD = "canary horse staple zq7Password"
BROKER = "zq7BrokerSecretCanary0123456789abc"
EMAIL = "canary@example.test"


@pytest.fixture
def house(tmp_path, migrated_database):
    """Return an application that logs all it can, and what it logs."""
    (tmp_path / "service.sqlite3").write_bytes(migrated_database.read_bytes())
    app = make_app(
        tmp_path,
        LOG_LEVEL="DEBUG",
        WEBHOOKS_ALLOW_LOCAL=True,
        SECRET_KEY=security.random_token(),
        ENCRYPTION_KEY=security.random_token(),
    )
    log = io.StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=log))
    with app.app_context():
        yield app, log, tmp_path / "service.sqlite3"
        db.session.remove()
        db.engine.dispose()
    structlog.reset_defaults()


@pytest.fixture
def secrets(house):
    """Seed one secret of each kind and return their texts."""
    app = house[0]
    site = SiteCaller(app)
    with transaction():
        user = accounts.create_user(EMAIL)
        key = accounts.create_key(with_api(user.id), ["ledger:read", "webhooks:write"], "canary")
        code = accounts.create_connect_code("Next site")
        given = BrokerAccountIn(
            broker="alpaca", name="mine", account_type="paper",
            api_key="PKCANARY0123456789AB", secret_key=BROKER,
        )  # fmt: skip
        trading.add_account(user.id, given)
    site.link(7, user.id)
    return {
        "site": site, "user_id": user.id, "key": key,
        "words": {
            "the key's secret": key.partition(".")[2], "the site's secret": site.secret,
            "a connect code": code, "a password": PASSWORD, "a broker's secret": BROKER,
            "the encryption key": app.config["ENCRYPTION_KEY"],
            "the session key": app.config["SECRET_KEY"],
        },
    }  # fmt: skip


def drive(house, secrets, monkeypatch) -> list:
    """Ask in ways that succeed and that fail, with secrets in all of them; return the answers."""
    app, _, _ = house
    site, key = secrets["site"], secrets["key"]
    words = secrets["words"]
    client = app.test_client()
    bearer = {"Authorization": f"Bearer {key}"}
    answers = [
        client.get("/api/me", headers=bearer),
        client.get("/api/me", headers={"Authorization": f"Bearer {key}x"}),
        client.get("/api/me", headers={"Authorization": f"Basic {PASSWORD}"}),
        client.get(f"/api/ledger/trades?account_id={key}", headers=bearer),

        client.post("/api/wordpress/connect", json={"code": words["a connect code"] + "x"}),
        client.post("/api/tokens/refresh", json={"refresh_token": "trp_refresh_" + BROKER}),
        site.get("/embed/dashboard-settings", wp_user_id=7),
        site.get("/embed/broker-accounts", wp_user_id=7),
        site.post("/api/wordpress/privacy/export", wp_user_id=1, caps=["manage"],
                  json={"email": EMAIL, "wp_user_id": 7, "page": 1}),
        site.get("/api/admin/logs", wp_user_id=1, caps=["manage"]),
    ]  # fmt: skip
    person = Person(app)
    answers.append(person.sign_in(EMAIL, PASSWORD))
    hook = client.post("/api/webhooks", json={"url": "http://127.0.0.1:9/x"}, headers=bearer)
    words["a webhook's secret"] = hook.json["secret"]
    answers += [client.get("/api/webhooks", headers=bearer)]

    def broken(*_args):
        raise RuntimeError(
            f"it broke: {bearer} password={PASSWORD} {words} postgresql://u:{BROKER}@h/d"
        )

    monkeypatch.setattr("app.accounts.api.service.get_user", broken)
    answers.append(client.get("/api/me", headers=bearer))
    monkeypatch.setattr("app.embed.service.settings", broken)
    answers.append(site.get("/embed/dashboard-settings", wp_user_id=7))
    monkeypatch.undo()
    answers.append(site.get("/api/admin/logs", wp_user_id=1, caps=["manage"]))
    return answers


@pytest.mark.req("S4-109")
def test_no_secret_comes_out_or_is_kept_in_the_open(house, secrets, monkeypatch):
    app, log, path = house
    answers = drive(house, secrets, monkeypatch)
    assert [answer.status_code for answer in answers].count(500) == 2
    kept = sqlite3.connect(path)
    dumped = "\n".join(kept.iterdump())
    kept.close()
    runner = app.test_cli_runner()
    commands = (["sites", "list"], ["sites", "list", "--format", "json"], ["routes"])
    told = {
        "an answer": "\n".join(
            answer.get_data(as_text=True) + str(answer.headers) for answer in answers
        ),
        "the log": log.getvalue(),
        "the database": dumped,
        "a command": "\n".join(runner.invoke(args=command).output for command in commands),
    }
    assert "it broke" in told["the log"]
    for line in told["the log"].splitlines():
        json.loads(line)
    for what, word in secrets["words"].items():
        for place, text in told.items():
            assert word not in text, f"{what} stands in {place}"
            assert word.encode().hex() not in text.lower(), f"{what} stands in {place} as bytes"
    assert EMAIL not in told["the log"]
    assert security.fingerprint(secrets["words"]["the key's secret"]) in dumped
