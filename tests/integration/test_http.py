"""The edge of HTTP: one error shape for each reader, transactions around writing requests."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

import pytest
from flask import Blueprint, Flask
from sqlalchemy import text

from app.core import auth
from app.core.db import db, in_transaction
from app.core.errors import NotFoundError, ValidationError
from app.core.http import json_response, with_etag
from app.core.parse import json_body
from tests.conftest import make_app, migrate


@pytest.fixture(scope="module")
def probe(tmp_path_factory) -> Flask:
    """Return an application with a few routes that do what the tests need."""
    app = make_app(tmp_path_factory.mktemp("probe"), MAX_CONTENT_LENGTH=1000)
    migrate(app)
    routes = Blueprint("probe", __name__)

    def insert() -> None:
        db.session.execute(
            text("INSERT INTO clock_ticks (name, due_at) VALUES ('x', '2026-01-01')")
        )

    @routes.post("/api/probe/<how>")
    @auth.public
    def write(how):
        assert in_transaction()
        insert()
        if how == "refuse":
            message = "qty: must be above zero"
            raise ValidationError(message, field="qty")
        if how == "break":
            raise ZeroDivisionError
        return json_response({"how": how}, 400 if how == "bad" else 200)

    @routes.post("/api/probe/json")
    @auth.public
    def read():
        return json_response({"read": json_body()})

    @routes.get("/embed/probe")
    @auth.public
    def fragment():
        message = "There is no such robot."
        raise NotFoundError(message)

    @routes.get("/api/probe/count")
    @auth.public
    def count():
        assert not in_transaction()
        rows = db.session.execute(text("SELECT COUNT(*) FROM clock_ticks")).scalar_one()
        return with_etag(json_response({"rows": rows}))

    app.register_blueprint(routes)
    return app


@pytest.fixture(autouse=True)
def clean(probe):
    with probe.app_context():
        from app.core.db import transaction

        with transaction():
            db.session.execute(text("DELETE FROM clock_ticks"))


@pytest.mark.parametrize(
    ("how", "status", "rows"),
    [("keep", 200, 1), ("bad", 400, 0), ("refuse", 422, 0), ("break", 500, 0)],
)
def test_a_writing_request_is_one_transaction(probe, how, status, rows):
    client = probe.test_client()
    assert client.post(f"/api/probe/{how}").status_code == status
    assert client.get("/api/probe/count").json == {"rows": rows}


def test_json_errors_are_problem_documents_that_name_the_field(probe):
    answer = probe.test_client().post("/api/probe/refuse")
    assert answer.content_type == "application/problem+json"
    assert answer.json["errors"] == [{"pointer": "/qty", "detail": "qty: must be above zero"}]
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


def test_an_unexpected_error_says_nothing_of_the_inside(probe):
    answer = probe.test_client().post("/api/probe/break")
    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("DELETE", "/api/probe/keep", 405),
        ("POST", "/api/probe/keep", 413),
        ("POST", "/api/probe/json", 415),
        ("POST", "/api/probe/break", 500),
        ("POST", "/api/probe/refuse", 422),
    ],
)
def test_all_errors_of_the_api_have_one_shape(probe, method, path, status):
    body = b"x" * 2000 if status == 413 else b""
    answer = probe.test_client().open(path, method=method, data=body)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    assert answer.json["instance"] == f"urn:uuid:{UUID(answer.json['request_id'])}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", answer.headers["Api-Version"])
    if status == 405:
        assert "POST" in answer.headers["Allow"]


def test_a_number_does_not_pass_for_a_text(client, member, bearer):
    headers = bearer(member(), ["profile:write"])
    for name in (1.5, 1e-71, -0.0, 7):
        answer = client.put("/api/users/me", json={"username": name}, headers=headers)
        assert answer.status_code == 422, name
        assert answer.json["errors"][0]["pointer"] == "/username"


@pytest.mark.parametrize(
    "headers",
    [{}, {"Content-Type": "text/plain"}, {"Content-Type": "application/json; charset=utf-16"},
     {"Content-Type": "application/json", "Content-Encoding": "gzip"},
     {"Content-Type": "application/x-www-form-urlencoded"}],
)  # fmt: skip
def test_a_body_of_another_kind_is_named(probe, headers):
    answer = probe.test_client().post("/api/probe/json", data=b"{}", headers=headers)
    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")
    assert answer.json["errors"][0]["pointer"] in {"/Content-Type", "/Content-Encoding"}


def test_head_and_options_answer_without_a_body(probe):
    client = probe.test_client()
    full = client.get("/api/probe/count")
    head = client.head("/api/probe/count")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == full.headers["ETag"]
    assert head.headers["Content-Length"] == full.headers["Content-Length"]
    options = client.options("/api/probe/count")
    assert (options.status_code, options.data) == (204, b"")
    assert {"GET", "HEAD", "OPTIONS"} <= set(options.headers["Allow"].split(", "))
    assert client.head("/api/nothing").status_code == 404


def test_fragments_and_htmx_get_a_fragment_and_others_a_page(probe):
    client = probe.test_client()
    fragment = client.get("/embed/probe").get_data(as_text=True)
    assert "There is no such robot." in fragment
    assert "<html" not in fragment
    assert "<html" in client.get("/nothing").get_data(as_text=True)
    assert "<html" not in client.get("/nothing", headers={"HX-Request": "true"}).get_data(
        as_text=True
    )


def test_every_answer_carries_the_security_headers_and_is_private(probe):
    answer = probe.test_client().get("/nothing")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store, private"


@pytest.mark.req("S4-114")
@pytest.mark.parametrize("path", ["/nothing", "/api/nothing", "/healthz"])
def test_behind_tls_browsers_are_told_to_come_back_by_tls_alone(probe, monkeypatch, path):
    name = "Strict-Transport-Security"
    assert name not in probe.test_client().get(path).headers
    monkeypatch.setitem(probe.config, "SESSION_COOKIE_SECURE", True)
    answer = probe.test_client().get(path, base_url="https://localhost")
    assert answer.headers[name] == "max-age=31536000; includeSubDomains"


@pytest.mark.req("S4-114")
def test_the_documented_server_answers_nothing_of_ours_without_tls():
    text = (Path(__file__).parents[2] / "docs/production/nginx.conf").read_text("utf-8")
    servers = text.split("\nserver {")[1:]
    (plain,) = [each for each in servers if re.search(r"listen 80;", each)]
    assert "proxy_pass" not in plain
    assert re.search(r"location / \{ return 301 https://", plain)
    assert re.search(r"location /api/ \{[^}]*return 403 ", plain)
    for each in servers:
        if "proxy_pass" in each:
            assert re.search(r"listen 443 ssl\b", each)


@pytest.mark.parametrize(
    ("address", "status"),
    [("/api/probe/a%00b", 404), ("/embed/probe/%00", 404), ("/api/probe/count?a=%00", 422),
     ("/api/probe/count?%00=a", 422), ("/api/probe/count?a=1&a=2", 422)],
)  # fmt: skip
def test_an_address_with_nul_or_a_name_given_twice_is_refused(probe, address, status):
    assert probe.test_client().get(address).status_code == status


def test_an_unchanged_answer_costs_a_304(probe):
    client = probe.test_client()
    etag = client.get("/api/probe/count").headers["ETag"]
    again = client.get("/api/probe/count", headers={"If-None-Match": etag})
    assert again.status_code == 304
    assert again.get_data() == b""


def test_healthz_tells_each_part(probe):
    answer = probe.test_client().get("/healthz")
    assert answer.status_code == 200
    assert answer.json["status"] == "degraded"
    assert (answer.json["database"], answer.json["redis"]) == ("ok", "down")
