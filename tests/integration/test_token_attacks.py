"""The attacker's set against a site's signed token: forged, altered, replayed, spoken of by others."""

from __future__ import annotations

import base64
import contextvars
import hashlib
import hmac
import json
import secrets
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import jwt
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.accounts import service
from app.accounts.models import SiteMember, User
from app.core import clock
from app.core.db import db, transaction
from tests.conftest import SiteCaller, make_app

pytestmark = pytest.mark.req("S4-107")
PING = "/api/wordpress/ping"
USERS = "/api/wordpress/users"
DASHBOARD = "/embed/dashboard"
ADMIN = ["read", "manage_options"]


@pytest.fixture(scope="module")
def house(tmp_path_factory, migrated_database):
    """Return an application that tests only ask and never change."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(migrated_database, folder / "service.sqlite3")
    return make_app(folder)


@pytest.fixture(scope="module")
def site(house):
    """Return a site of which no test changes anything."""
    with house.app_context():
        return SiteCaller(house)


@pytest.fixture(scope="module")
def other(house):
    with house.app_context():
        return SiteCaller(house, "https://other.example")


@pytest.fixture
def fresh(app):
    """Return a site that the test may change."""
    return SiteCaller(app)


@pytest.fixture
def both(engine_app):
    """Return a site that the test may change, on both engines."""
    return SiteCaller(engine_app)


def send(site, token: str, method: str = "GET", target: str = PING, **options):
    headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
    return site.app.test_client().open(target, method=method, headers=headers, **options)


def raw_token(secret: str, header: str, payload: str) -> str:
    """Return a token with exactly this header and payload, signed well."""
    parts = [base64.urlsafe_b64encode(part.encode()).rstrip(b"=") for part in (header, payload)]
    signed = b".".join(parts)
    made = hmac.digest(secret.encode(), signed, "sha256")
    return (signed + b"." + base64.urlsafe_b64encode(made).rstrip(b"=")).decode()


def claims_of(site, method: str = "GET", target: str = PING, body: bytes = b"", **claims) -> dict:
    token = site.token(method, target, body, **claims)
    return jwt.decode(token, options={"verify_signature": False})


def refused(answer, code: str = "bad_token") -> bool:
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    return (answer.status_code, answer.json["code"]) == (401, code)


# --- The signature ---


def test_the_key_of_one_site_does_not_speak_for_another(site, other):
    own = claims_of(site)
    theirs = claims_of(other)
    kid = {"kid": site.key_id}
    # The other's words, or ours with the other's name, under our key; and the other way round.
    assert refused(send(site, jwt.encode(theirs, site.secret, "HS256", headers=kid)))
    for claims in (
        {**own, "iss": other.site_id},
        {**own, "sub": f"{other.site_id}:1"},
        {**own, "iss": other.site_id, "sub": f"{other.site_id}:1"},
    ):
        assert refused(send(site, jwt.encode(claims, site.secret, "HS256", headers=kid)))
    assert refused(send(site, jwt.encode(own, other.secret, "HS256", headers=kid)))
    assert refused(
        send(site, jwt.encode(own, other.secret, "HS256", headers={"kid": other.key_id}))
    )


@pytest.mark.parametrize("algorithm", ["HS384", "HS512", "none", "None", "NONE", "nOnE", "RS256"])
def test_only_the_one_algorithm_counts_whatever_the_header_says(site, algorithm):
    claims = claims_of(site)
    header = {"alg": algorithm, "typ": "JWT", "kid": site.key_id}
    text_of = {name: json.dumps(value) for name, value in (("h", header), ("c", claims))}
    signed_as_hs256 = raw_token(site.secret, text_of["h"], text_of["c"])
    unsigned = signed_as_hs256.rpartition(".")[0] + "."
    assert refused(send(site, signed_as_hs256))
    assert refused(send(site, unsigned))
    if algorithm.startswith("HS"):
        signed = signed_as_hs256.rpartition(".")[0]
        made = hmac.digest(site.secret.encode(), signed.encode(), f"sha{algorithm[2:]}")
        token = f"{signed}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"
        assert refused(send(site, token))


def test_a_public_key_is_no_secret_to_sign_with(site):
    """RS256 read as HS256: nothing that others may know is ever taken for a key."""
    claims = claims_of(site)
    for known in (site.key_id, site.site_id, "", "trading-robot-service", "null"):
        header = json.dumps({"alg": "HS256", "kid": site.key_id})
        assert refused(send(site, raw_token(known, header, json.dumps(claims))))


KIDS = [
    "../../etc/passwd", "/dev/null", "' OR '1'='1", "x' UNION SELECT 'secret' --", "key_%", "%",
    "edge", "", "k" * 3000, "a\x00b", "\ud800", "key_\n", ["key"], {"a": 1}, 7, None, True,
]  # fmt: skip


def test_a_key_id_is_a_name_and_nothing_else(both):
    for kid in KIDS:
        header = json.dumps({"alg": "HS256", "typ": "JWT", "kid": kid})
        token = raw_token(both.secret, header, json.dumps(claims_of(both)))
        code = "bad_token" if len(token) <= 4096 else "unauthorized"
        assert refused(send(both, token), code), kid


@pytest.mark.parametrize("name", ["jku", "jwk", "x5u", "x5c"])
def test_a_key_that_the_token_brings_along_is_not_used(site, name):
    mine = "m" * 43
    brought = {name: "https://evil.example/keys" if name in {"jku", "x5u"} else [mine]}
    header = json.dumps({"alg": "HS256", "kid": site.key_id, **brought})
    assert refused(send(site, raw_token(mine, header, json.dumps(claims_of(site)))))


def test_what_is_no_token_is_refused_and_a_long_one_is_not_even_read(site):
    good = site.token("GET", PING)
    head, body, signature = good.split(".")
    for broken in (
        good[:-1], good[:-20], f"{head}.{body}", f"{head}.{body}.", f"{head}..{signature}",
        f".{body}.{signature}", f"{good}.{signature}", good + "A", f"{head}.{body}.{signature}==x",
        "....", "..", ".", "é.é.é", "null", "{}", f"{head}.e30.{signature}", "A" * 8192,
        good + "." * 8192, f"{head}.{'A' * 8000}.{signature}",
    ):  # fmt: skip
        assert send(site, broken).status_code == 401, broken[:40]
    for line in (good, f"Basic {good}", f"bearer{good}", f"Bearer  {good} {good}", "Bearer", " "):
        answer = site.app.test_client().get(PING, headers={"Authorization": line})
        assert answer.status_code == 401, line[:20]


# --- The claims ---

GONE = ("iss", "sub", "aud", "typ", "iat", "nbf", "exp", "jti", "htm", "htu", "bh")


@pytest.mark.parametrize("name", GONE)
def test_no_claim_may_be_missing_or_of_another_kind(site, name):
    for wrong in (None, 1.5, True, [], {}, ["trading-robot-service"], "", "0", -1, 1e300, "x\x00"):
        claims = {**claims_of(site), name: wrong}
        token = jwt.api_jws.encode(
            json.dumps(claims).encode(), site.secret, "HS256", headers={"kid": site.key_id}
        )
        assert send(site, token).status_code == 401, (name, wrong)
    claims = claims_of(site)
    del claims[name]
    token = jwt.encode(claims, site.secret, "HS256", headers={"kid": site.key_id})
    assert refused(send(site, token))


def longer(now: int) -> tuple[dict, ...]:
    return (
        {"exp": float(now + 10**9)},
        {"exp": str(now + 10**9)},
        {"exp": float("inf")},
        {"exp": now + 61},
        {"iat": now - 3600, "exp": now + 30},
        {"iat": True},
        {"nbf": now + 300, "exp": now + 60},
        {"nbf": now - 300},
        {"aud": ["trading-robot-service", "another"]},
        {"jti": "a" * 15 + "\x00"},
        {"jti": "a" * 16 + "\ud800"},
        {"jti": ["a"] * 16},
    )


def test_a_token_cannot_talk_itself_into_a_longer_life_or_a_second_one(both):
    body = json.dumps({"wp_user_id": 5, "email": "a@example.test", "username": "a"}).encode()
    header = json.dumps({"alg": "HS256", "kid": both.key_id})
    kind = {"Content-Type": "application/json"}
    for number in range(len(longer(0))):
        claims = claims_of(both, "POST", USERS, body, wp_user_id=5)
        change = longer(claims["iat"])[number]
        claims |= change
        token = raw_token(both.secret, header, json.dumps(claims))
        answer = send(both, token, "POST", USERS, data=body, headers=kind)
        assert answer.status_code == 401, change
    assert db.session.query(User).count() == 0


@pytest.mark.parametrize("name", ["sub", "exp", "htm", "aud", "caps"])
def test_a_claim_that_is_there_twice_is_refused(site, name):
    """PHP and Python might take different ones of the two for what is meant."""
    claims = claims_of(site, target="/embed/pricing")
    header = json.dumps({"alg": "HS256", "kid": site.key_id})
    once = json.dumps(claims, separators=(",", ":"))
    assert send(site, raw_token(site.secret, header, once), target="/embed/pricing").status_code
    twice = f'{{"{name}":{json.dumps(claims[name])},' + once[1:]
    for payload in (twice, twice.replace(",", ", ").replace(":", " : ")):
        for _ in range(2):
            answer = send(site, raw_token(site.secret, header, payload), target="/embed/pricing")
            assert answer.status_code == 401


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


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "PATCH"])
def test_a_token_is_for_one_method(site, method):
    token = site.token("GET", "/embed/pricing")
    answer = send(site, token, method, "/embed/pricing")
    assert answer.status_code in {401, 405}
    smuggled = {"X-HTTP-Method-Override": method, "X-Method-Override": method}
    answer = send(site, site.token("GET", PING), headers=smuggled)
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


@pytest.mark.parametrize("offset", OFFSETS, ids=lambda offset: f"{offset // 60:+d}min")
def test_the_clocks_may_differ_by_little_and_the_answer_says_so(site, offset):
    """The plugin's clock from ten minutes behind to ten minutes ahead of ours."""
    now = int(time.time()) + offset
    token = site.token("GET", PING, iat=now, nbf=now, exp=now + 60)
    answer = send(site, token)
    if -60 <= offset <= 0:
        assert answer.status_code == 200
        return
    assert answer.status_code == 401
    assert "clock" in answer.json["detail"]
    ours = clock.now().timestamp()
    assert abs(datetime.fromisoformat(answer.json["time"]).timestamp() - ours) < 5


def test_every_refusal_of_a_token_tells_the_time(site):
    token = site.token("GET", PING)
    used = site.token("POST", USERS, b"{}", wp_user_id=5)
    for answer in (
        send(site, token + "x"),
        send(site, token, target=PING + "?a"),
        send(site, site.token("GET", PING, header={"kid": "key_unknown"})),
        send(site, used, "POST", USERS, data=b"{ }"),
        send(site, "a.b.c"),
    ):
        assert answer.status_code == 401
        assert answer.json["time"].endswith("+00:00")


def test_hashes_and_ids_are_compared_whole(site):
    body = b"{}"
    digest = hashlib.sha256(body).hexdigest()
    for wrong in (digest.upper(), digest[:-1], digest + "0", ""):
        token = site.token("POST", USERS, body, wp_user_id=5, bh=wrong)
        assert refused(send(site, token, "POST", USERS, data=body))
    short, long = secrets.token_hex(7), secrets.token_hex(41)
    for jti in (short, long):
        assert refused(send(site, site.token("GET", PING, jti=jti)))
