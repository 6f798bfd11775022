"""The database away, busy or full: 503 with a time to come again, in the shape that is read."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing

import pytest
from flask import Blueprint
from sqlalchemy import event, text

from app.core import auth
from app.core import db as core_db
from app.core.db import db
from app.core.http import json_response
from tests.conftest import make_app, migrate
from tests.services import postgres_server, redis_server

PATIENCE = 0.3


def with_routes(app):
    routes = Blueprint("probe", __name__)

    @routes.get("/api/probe")
    @auth.public
    def read():
        count = db.session.execute(text("SELECT COUNT(*) FROM clock_ticks")).scalar_one()
        return json_response({"rows": count})

    @routes.get("/embed/probe")
    @auth.public
    def fragment():
        return str(db.session.execute(text("SELECT COUNT(*) FROM clock_ticks")).scalar_one())

    @routes.post("/api/probe/<name>")
    @auth.public
    def write(name):
        db.session.execute(
            text("INSERT INTO clock_ticks (name, due_at) VALUES (:name, '2026-01-01')"),
            {"name": name + "x" * 80},
        )
        return json_response({"kept": True})

    app.register_blueprint(routes)
    return app


@pytest.fixture
def lite(tmp_path, monkeypatch):
    monkeypatch.setattr(core_db, "BUSY_SECONDS", PATIENCE)
    app = with_routes(make_app(tmp_path))
    migrate(app)
    return app


def told(answer, code):
    assert answer.status_code == 503, answer.get_data(as_text=True)
    assert int(answer.headers["Retry-After"]) > 0
    if answer.content_type == "application/problem+json":
        assert answer.json["code"] == code
        assert answer.json["request_id"] == answer.headers["X-Request-Id"]
        said = answer.json["detail"]
    else:
        assert answer.headers["X-TRP-Code"] == code
        said = answer.get_data(as_text=True)
        assert "<html" not in said
    assert "Nothing was changed" in said
    assert "sqlite" not in said.lower()
    assert "psycopg" not in said.lower()


def test_a_lock_beyond_patience_is_503_for_writers_and_nothing_for_readers(lite):
    client = lite.test_client()
    path = f"{lite.config['DATA_DIR']}/service.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        told(client.post("/api/probe/a"), "database_busy")
        assert time.monotonic() - start < 20 * PATIENCE
        assert client.get("/api/probe").json == {"rows": 0}
        other.execute("ROLLBACK")
    assert client.post("/api/probe/a").status_code == 200
    assert client.get("/api/probe").json == {"rows": 1}


def test_a_lock_within_patience_is_waited_for(lite):
    path = f"{lite.config['DATA_DIR']}/service.sqlite3"
    locked, ended = threading.Event(), threading.Event()

    def hold():
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            locked.set()
            ended.wait(PATIENCE / 3)
            other.execute("ROLLBACK")

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait(5)
    assert lite.test_client().post("/api/probe/a").status_code == 200
    holder.join()


def test_a_full_disk_refuses_writes_and_serves_reads(lite):
    client = lite.test_client()
    with lite.app_context():
        engine = db.engine
        engine.dispose()

    # SQLite's own limit of size gives the very error of a full disk.
    @event.listens_for(engine, "connect")
    def shrink(connection, _record):
        connection.execute(f"PRAGMA max_page_count={room}")

    room = 1
    answers = [client.post(f"/api/probe/{number}") for number in range(200)]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert refused
    for answer in refused:
        told(answer, "storage_full")
    kept = len(answers) - len(refused)
    assert client.get("/api/probe").json == {"rows": kept}
    room = 1_000_000
    with lite.app_context():
        engine.dispose()
    assert client.post("/api/probe/again").status_code == 200
    with lite.app_context():
        assert db.session.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"


def test_a_database_that_is_away_is_503_for_page_fragment_and_json(tmp_path):
    with postgres_server(tmp_path) as url:
        app = with_routes(
            make_app(tmp_path, SQLALCHEMY_DATABASE_URI=url.replace("sql:", "sql+psycopg:"))
        )
        migrate(app)
        client = app.test_client()
        assert client.post("/api/probe/a").status_code == 200
        assert client.get("/api/probe").json == {"rows": 1}
    for answer in (
        client.get("/api/probe"),
        client.get("/embed/probe"),
        client.post("/api/probe/b"),
        client.get("/api/performance/public/leaderboard"),
        client.get("/api/me", headers={"Authorization": "Bearer trp_live_x.y"}),
    ):
        told(answer, "database_away")
    assert client.get("/healthz").status_code == 503
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("is_hung", [False, True])
def test_while_redis_is_away_or_hangs_reads_and_writes_go_on(
    app, client, member, bearer, tmp_path_factory, is_hung
):
    from redis import Redis

    from app.core import outbox

    folder = tmp_path_factory.mktemp("away")
    if is_hung:
        with redis_server(folder) as url:
            hung = Redis.from_url(url)
            hung.client_pause(60_000, all=True)
            _reads_and_writes(app, client, bearer(member()), url)
            hung.close()
    else:
        _reads_and_writes(app, client, bearer(member()), "unix:///nonexistent/redis.sock")
    assert outbox.waiting().waiting == 1


def _reads_and_writes(app, client, headers, url):
    from redis import Redis

    from app.core.outbox import REDIS_PATIENCE_SECONDS

    app.extensions["redis"] = Redis.from_url(
        url, socket_connect_timeout=0.5, socket_timeout=REDIS_PATIENCE_SECONDS
    )
    fill = {
        "external_id": "a", "executed_at": "2026-03-03T15:00:00Z", "symbol": "SPY", "side": "buy",
        "qty": "1", "price": "100", "fee": "0", "currency": "USD",
    }  # fmt: skip
    start = time.monotonic()
    answer = client.post(
        "/api/ledger/fills", json={"plugin_id": "away", "fills": [fill]}, headers=headers
    )
    assert answer.json["results"][0]["status"] == "created"
    assert client.get("/api/me", headers=headers).status_code == 200
    assert time.monotonic() - start < 10
    app.extensions["redis"].close()
