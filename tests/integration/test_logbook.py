"""The log of a site: what gets in, what never does, and that it breaks nothing."""

from __future__ import annotations

import shutil
import sqlite3
import time
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import OperationalError

from app.core import clock, logbook, outbox
from app.core.auth import public, site_admin
from app.core.db import db, transaction
from app.core.errors import AppError, ConflictError, UnavailableError
from app.core.logbook import LogEntry
from tests.conftest import SiteCaller, make_app
from workers import core

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzaXRlOjEifQ.s5Uq8Z0u2m1h3f4g5h6j7k8l9"
SECRETS = {
    "a token": JWT,
    "a bearer": "Bearer abcdefghij",
    "an API key": "trp_live_a1B2c3D4.kq8Zr1Yx0Wv9Ut8Sr7Qp6On5Ml4Kj3Ih2Gf1Ed0",
    "an e-mail": "ada.lovelace+x@mail.example.co.uk",
    "a password": "password=hunter2",
    "a secret in JSON": '"site_secret": "abc"',
    "a login in an address": "postgresql://trp:geheim@db.internal/x",
    "a connect code": "k3J9-fQ2_mZx7Lw0Vt5RbN8s",
    "a hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


@pytest.fixture(autouse=True)
def _fresh_minute(monkeypatch):
    monkeypatch.setattr(logbook, "_written", {})


@pytest.fixture
def failing(tmp_path, migrated_database):
    """An application with views that fail, and a site of it."""
    shutil.copy(migrated_database, tmp_path / "service.sqlite3")
    app = make_app(tmp_path)

    def add(rule, decide, error):
        def view():
            raise error

        view.__name__ = rule.strip("/").replace("/", "_").replace("-", "_")
        app.add_url_rule(rule, view_func=decide(view), methods=["GET", "POST"])

    add("/api/admin/crash", site_admin, RuntimeError(f"secret {JWT} of ada@example.test"))
    add("/api/admin/away", site_admin, UnavailableError("The broker of ada@example.test is away."))
    add("/api/admin/clash", site_admin, ConflictError("Twice.", code="clash"))
    add("/api/admin/known", site_admin, ConflictError("New here.", code="user_unknown"))
    add("/api/open-crash", public, RuntimeError("x"))
    add("/api/admin/odd", site_admin, AppError("Odd."))
    with app.app_context():
        yield SiteCaller(app)
        db.session.remove()
        db.engine.dispose()


def ask(site, target, method="GET"):
    return site.request(method, target, wp_user_id=1, caps=["manage_options"])


def lines():
    db.session.rollback()
    return list(db.session.scalars(select(LogEntry).order_by(LogEntry.id)))


def test_a_failure_is_kept_with_its_request_id_and_place_and_no_text_of_its_own(failing):
    answer = ask(failing, "/api/admin/crash?cursor=private", "POST")
    assert answer.status_code == 500
    [line] = lines()
    assert (line.level, line.event, line.status, line.method) == ("error", "internal", 500, "POST")
    assert line.request_id == answer.headers["X-Request-Id"] == answer.json["request_id"]
    assert line.route == "/api/admin/crash"
    assert line.site_id == failing.site_id
    assert line.detail.startswith("RuntimeError")
    assert "ada" not in line.detail


def test_what_we_say_ourselves_is_kept_redacted(failing):
    assert ask(failing, "/api/admin/away").status_code == 503
    assert [line.detail for line in lines()] == ["The broker of [e-mail] is away."]


def test_refusals_of_a_site_are_warnings_and_usual_things_are_nothing(failing):
    now = int(time.time())
    old = {"iat": now - 200, "nbf": now - 200, "exp": now - 140}
    client = failing.app.test_client()
    for claims in ({"wp_user_id": 1}, old, {"secret": "x" * 40}):
        token = failing.token("GET", "/api/admin/clash", **claims)
        client.get("/api/admin/clash", headers={"Authorization": f"Bearer {token}"})
    ask(failing, "/api/admin/clash")
    ask(failing, "/api/admin/known")
    ask(failing, "/api/admin/odd")
    ask(failing, "/api/nowhere")
    client.get("/api/admin/clash")
    client.get("/api/admin/clash", headers={"Authorization": "Bearer a.b.c"})
    found = [(line.level, line.event, line.status) for line in lines()]
    assert found == [
        ("warning", "forbidden", 403),
        ("warning", "expired_token", 401),
        ("warning", "bad_token", 401),
        ("warning", "clash", 409),
    ]


def test_a_failure_without_a_site_is_kept_for_the_operator_only(failing):
    failing.app.test_client().get("/api/open-crash")
    [line] = lines()
    assert line.site_id is None
    assert ask(failing, "/api/admin/logs").json["items"] == []


@pytest.mark.parametrize("what", SECRETS)
def test_a_secret_does_not_get_into_the_log(app, what):
    secret = SECRETS[what]
    logbook.write(logbook.Line("error", "x", "r", "/x", detail=f"It said {secret} and stopped."))
    [line] = lines()
    kept = secret.split("=")[-1].split(": ")[-1].split("://")[-1].strip('"').partition("@")[0]
    assert kept.rpartition(" ")[2] not in line.detail
    assert line.detail.startswith("It said ")
    assert line.detail.endswith(" and stopped.")


def test_words_that_help_are_left_alone():
    text = (
        "OperationalError at app/ledger/service/record.py:88, job performance.refold_account, "
        "site_AbCdEf, 2026-11-21T10:00:00+00:00, code conflict, 12,345 rows"
    )
    assert logbook.redact(text) == text
    assert len(logbook.redact("word " * 400)) == 500


def test_a_log_that_cannot_be_written_changes_no_answer(failing, monkeypatch):
    def broken(*_arguments, **_options):
        raise OperationalError("insert", {}, Exception("disk full"))

    with monkeypatch.context() as patch:
        patch.setattr(db.engine, "begin", broken)
        assert ask(failing, "/api/admin/away").status_code == 503
    assert lines() == []


def test_a_log_waits_only_a_moment_for_another_writer(failing):
    other = sqlite3.connect(f"{failing.app.config['DATA_DIR']}/service.sqlite3")
    other.execute("BEGIN IMMEDIATE")
    start = time.monotonic()
    assert ask(failing, "/api/admin/away").status_code == 503
    assert time.monotonic() - start < 2
    other.rollback()
    other.close()
    assert ask(failing, "/api/admin/away").status_code == 503
    assert len(lines()) == 1
    with db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 20_000


def test_a_flood_of_one_site_leaves_room_for_others(app):
    for _ in range(logbook.MOST_PER_MINUTE + 20):
        logbook.write(logbook.Line("warning", "x", "r", "/x", site_id="loud"))
    logbook.write(logbook.Line("warning", "x", "r", "/x", site_id="quiet"))
    counts = dict(
        db.session.execute(select(LogEntry.site_id, func.count()).group_by(LogEntry.site_id)).all()
    )
    assert counts == {"loud": logbook.MOST_PER_MINUTE, "quiet": 1}


def test_a_job_that_is_given_up_is_kept_once_by_its_name(app):
    with transaction():
        outbox.enqueue("core.prune", {"email": "ada@example.test"}, key="k")
    for attempt in range(outbox.MAX_ATTEMPTS):
        assert outbox.fail(1, "ValueError: ada@example.test") is (
            attempt == outbox.MAX_ATTEMPTS - 1
        )
    [line] = lines()
    assert (line.event, line.route, line.detail) == ("job_failed", "core.prune", "ValueError")
    assert line.request_id == "job-1"
    assert outbox.waiting().failed == 1


def test_old_lines_and_those_beyond_ten_thousand_are_pruned(engine_app, monkeypatch):
    monkeypatch.setattr(logbook, "MOST_PER_SITE", 3)
    now = clock.now()
    rows = [("a", 40), ("b", 29)] + [("a", n) for n in range(5)] + [(None, n) for n in range(5)]
    with transaction():
        for site_id, days in rows:
            values = {
                "at": now - timedelta(days=days), "level": "error", "event": str(days),
                "request_id": "", "site_id": site_id, "method": "", "route": "", "status": 0,
                "detail": "",
            }  # fmt: skip
            db.session.execute(insert(LogEntry).values(values))
    logbook.prune()
    kept = [(line.site_id, line.event) for line in lines()]
    assert kept == [("b", "29")] + [(site_id, str(n)) for site_id in ("a", None) for n in (2, 3, 4)]


def test_the_nightly_job_prunes_the_log(app):
    with transaction():
        db.session.execute(
            insert(LogEntry).values(
                at=clock.now() - timedelta(days=31), level="error", event="x", request_id="",
                method="", route="", status=0, detail="",
            )
        )  # fmt: skip
    core.prune()
    assert lines() == []
