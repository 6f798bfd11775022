"""A good token with another request, at another time, of somebody who may no longer, and twice."""

from __future__ import annotations

import contextvars
import hashlib
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.accounts import service
from app.accounts.models import SiteMember, User
from app.core import clock
from app.core.db import db, transaction
from tests.conftest import SiteCaller
from tests.factories.tokens import PING, USERS, refused, send

pytestmark = pytest.mark.req("S4-107")
DASHBOARD = "/embed/dashboard"
ADMIN = ["read", "manage_options"]


@pytest.fixture
def fresh(app):
    """Return a site that the test may change."""
    return SiteCaller(app)


@pytest.fixture
def both(engine_app):
    """Return a site that the test may change, on both engines."""
    return SiteCaller(engine_app)


# --- The request ---


ADDRESSES = [
    (PING, "/api/wordpress/ping?x=1"),
    (PING + "?x=1", PING),
    (PING + "?x=1", PING + "?x=2"),
    (PING + "?a=1&b=2", PING + "?b=2&a=1"),
    (PING + "?a=1", PING + "?a=1&"),
    (PING + "?a=1", PING + "?a=%31"),
    (PING, "/api/wordpress/ping/"),
    (PING, "/api/me"),
    ("/embed/pricing", "/embed/performance"),
    ("/embed/pricing", "/embed/../embed/dashboard"),
    ("/embed/robot/a", "/embed/robot/A"),
]


def test_a_token_is_for_one_address_to_the_letter(fresh, member):
    fresh.link(5, member())
    for target, asked in ADDRESSES:
        for wp_user_id in (0, 5):
            token = fresh.token("GET", target, wp_user_id=wp_user_id)
            answer = send(fresh, token, target=asked)
            assert answer.status_code in {401, 404}, (target, asked)
            assert b"wp_user" not in answer.data


def test_a_token_is_for_one_method(fresh):
    for method in ("HEAD", "POST", "PUT", "DELETE", "PATCH"):
        _for_one_method(fresh, method)


def _for_one_method(fresh, method):
    token = fresh.token("GET", "/embed/pricing")
    answer = send(fresh, token, method, "/embed/pricing")
    assert answer.status_code in {401, 405}
    smuggled = {"X-HTTP-Method-Override": method, "X-Method-Override": method}
    answer = send(fresh, fresh.token("GET", PING), headers=smuggled)
    assert answer.status_code == 200


def test_a_token_is_for_one_body_to_the_byte(fresh):
    signed = b'{"wp_user_id":5,"email":"a@example.test","username":"a"}'
    token = fresh.token("POST", USERS, signed, wp_user_id=5)
    kind = {"Content-Type": "application/json"}
    for body in (b"", b"{}", b" ", signed + b" ", signed.replace(b"5", b"6")):
        assert refused(send(fresh, token, "POST", USERS, data=body, headers=kind))
    assert db.session.query(User).count() == 0
    assert send(fresh, token, "POST", USERS, data=signed, headers=kind).status_code == 201


def test_what_a_form_says_beside_the_signed_body_does_not_count(fresh, member):
    fresh.link(5, member())
    for options in ({"query_string": "name=forged"}, {"headers": {"X-Name": "forged"}}):
        token = fresh.token("POST", "/embed/public-name", b"name=Ada", wp_user_id=5)
        kind = {"Content-Type": "application/x-www-form-urlencoded", **options.pop("headers", {})}
        answer = send(
            fresh, token, "POST", "/embed/public-name", data=b"name=Ada", headers=kind, **options
        )
        assert "forged" not in answer.text


HEADERS = [
    {"X-User-Id": "1"}, {"X-User-ID": "2", "X-User-Roles": "site_admin"}, {"X-WP-User": "1"},
    {"X-Remote-User": "admin", "Remote-User": "admin"}, {"X-Site-Id": "site_other"},
    {"X-Forwarded-User": "admin"}, {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
    {"X-Forwarded-Prefix": "/api/admin"}, {"X-Original-URL": "/api/admin/members"},
    {"X-Rewrite-URL": "/api/admin/members"}, {"X-Real-IP": "127.0.0.1"},
    {"Cookie": "user_id=1; session=forged; remember_token=1|forged"},
]  # fmt: skip


def test_no_header_says_who_asks(fresh, member):
    boss = member()
    fresh.link(1, boss)
    fresh.link(5, member("b@example.test"))
    client = fresh.app.test_client()
    for headers in HEADERS:
        assert client.get("/api/me", headers=headers).status_code == 401, headers
        assert fresh.get("/api/admin/members", wp_user_id=5, headers=headers).status_code == 403
        assert fresh.get("/api/me", wp_user_id=5, headers=headers).json["user_id"] != boss
        page = client.get("/nothing", headers=headers)
        assert "evil.example" not in page.text + str(page.headers)


# --- Once ---


def test_of_many_at_once_a_writing_token_counts_for_one(both):
    body = b'{"wp_user_id":5,"email":"a@example.test","username":"a"}'
    token = both.token("POST", USERS, body, wp_user_id=5)
    kind = {"Content-Type": "application/json"}

    def post(_number: int) -> int:
        run = contextvars.Context().run
        return run(send, both, token, "POST", USERS, data=body, headers=kind).status_code

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(post, range(8)))
    assert found == [201] + [401] * 7
    assert db.session.query(User).count() == 1


def test_where_the_store_of_used_tokens_is_away_nothing_is_written(both, member, monkeypatch):
    both.link(5, member())
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    def away(*_args):
        raise OperationalError("SELECT", {}, Exception("the database is away"))

    monkeypatch.setattr("app.accounts.service.tokens.db.session.get", away)
    answer = both.post("/embed/public-name", wp_user_id=5, data=b"name=Ada+Lovelace", headers=form)
    monkeypatch.undo()
    assert answer.status_code >= 500
    assert "away" not in answer.text
    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM moderation_cases")) == 0
    again = both.post("/embed/public-name", wp_user_id=5, data=b"name=Ada+Lovelace", headers=form)
    assert again.status_code == 200


# --- What changes between two requests ---


@pytest.mark.req("S4-109")
def test_a_lowered_role_counts_from_the_next_request_on(fresh, member):
    fresh.link(1, member())
    assert fresh.get("/api/admin/members", wp_user_id=1, caps=ADMIN).status_code == 200
    for caps in (["read"], [], ["edit_posts"], "manage_options", {"manage_options": False}, None):
        answer = fresh.get("/api/admin/members", wp_user_id=1, caps=caps)
        assert answer.status_code == 403, caps
    assert fresh.get("/api/admin/members", wp_user_id=0, caps=ADMIN).status_code == 403


def test_who_is_shut_out_disabled_or_gone_is_so_from_the_next_request_on(fresh, member):
    user_id = member()
    fresh.link(5, user_id)
    assert fresh.get(DASHBOARD, wp_user_id=5).status_code == 200
    with transaction():
        found = db.session.query(SiteMember).filter_by(site_id=fresh.site_id).one()
        service.set_member_disabled(fresh.site_id, found.id, is_disabled=True)
    assert fresh.get(DASHBOARD, wp_user_id=5).status_code == 403
    with transaction():
        service.set_member_disabled(fresh.site_id, found.id, is_disabled=False)
        db.session.get_one(User, user_id).disabled_at = clock.now()
    assert fresh.get(DASHBOARD, wp_user_id=5).status_code == 403
    assert fresh.get("/api/me", wp_user_id=5).status_code == 403
    with transaction():
        service.erase_user(user_id)
    assert fresh.get(DASHBOARD, wp_user_id=5).status_code == 409


@pytest.mark.parametrize("state", ["paused", "disconnected"])
def test_a_site_that_is_paused_or_gone_gets_nothing_from_the_next_request_on(fresh, member, state):
    fresh.link(5, member())
    with transaction():
        (service.pause_site if state == "paused" else service.disconnect_site)(fresh.site_id)
    for target in (PING, "/embed/pricing", DASHBOARD, "/api/admin/members"):
        answer = fresh.get(target, wp_user_id=5, caps=ADMIN)
        assert answer.status_code == (403 if state == "paused" else 401), target


# --- The clock (F18) ---

OFFSETS = [60 * minute for minute in range(-10, 11)]


def test_the_clocks_may_differ_by_little_and_the_answer_says_so(fresh):
    """The plugin's clock from ten minutes behind to ten minutes ahead of ours."""
    for offset in OFFSETS:
        now = int(time.time()) + offset
        answer = send(fresh, fresh.token("GET", PING, iat=now, nbf=now, exp=now + 60))
        if -60 <= offset <= 0:
            assert answer.status_code == 200, offset
            continue
        assert answer.status_code == 401, offset
        assert "clock" in answer.json["detail"]
        told = datetime.fromisoformat(answer.json["time"]).timestamp()
        assert abs(told - clock.now().timestamp()) < 5


def test_every_refusal_of_a_token_tells_the_time(fresh):
    token = fresh.token("GET", PING)
    used = fresh.token("POST", USERS, b"{}", wp_user_id=5)
    for answer in (
        send(fresh, token + "x"),
        send(fresh, token, target=PING + "?a"),
        send(fresh, fresh.token("GET", PING, header={"kid": "key_unknown"})),
        send(fresh, used, "POST", USERS, data=b"{ }"),
        send(fresh, "a.b.c"),
    ):
        assert answer.status_code == 401
        assert answer.json["time"].endswith("+00:00")


def test_hashes_and_ids_are_compared_whole(fresh):
    body = b"{}"
    digest = hashlib.sha256(body).hexdigest()
    for wrong in (digest.upper(), digest[:-1], digest + "0", ""):
        token = fresh.token("POST", USERS, body, wp_user_id=5, bh=wrong)
        assert refused(send(fresh, token, "POST", USERS, data=body))
    short, long = secrets.token_hex(7), secrets.token_hex(41)
    for jti in (short, long):
        assert refused(send(fresh, fresh.token("GET", PING, jti=jti)))
