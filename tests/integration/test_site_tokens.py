"""Signed tokens of WordPress sites: what is believed and what is refused."""

from __future__ import annotations

import hashlib
import json
import time

import jwt
import pytest

pytestmark = pytest.mark.req("S4-107")
PING = "/api/wordpress/ping"


def ping(site, target: str = PING, **claims):
    token = site.token("GET", PING, **claims)
    return site.app.test_client().get(target, headers={"Authorization": f"Bearer {token}"})


def test_it_accepts_a_good_token(site):
    answer = ping(site)
    assert answer.status_code == 200
    assert answer.json["site_id"] == site.site_id
    assert answer.json["state"] == "active"


@pytest.mark.parametrize(
    ("late", "status"), [(-29, 200), (-31, 401), (29, 200), (31, 401)], ids=str
)
def test_it_allows_thirty_seconds_of_skew_and_no_more(site, late, status):
    now = int(time.time())
    if late < 0:  # expired by so many seconds
        claims = {"iat": now + late - 60, "nbf": now + late - 60, "exp": now + late}
    else:  # made by a clock that runs ahead
        claims = {"iat": now + late, "nbf": now + late, "exp": now + late + 60}
    assert ping(site, **claims).status_code == status


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-service"},
        {"iss": "site_other"},
        {"typ": "session"},
        {"htm": "POST"},
        {"htu": "/api/wordpress/ping?x=1"},
        {"bh": hashlib.sha256(b"other").hexdigest()},
        {"sub": "site_other:1"},
        {"sub": "7"},
        {"jti": "short"},
        {"exp": 4_000_000_000},
        {"secret": "s" * 43},
        {"header": {"kid": "key_unknown"}},
        {"header": {"kid": "../../etc/passwd"}},
    ],
    ids=lambda claims: str(claims)[:40],
)
def test_it_refuses_a_token_that_says_something_else(site, claims):
    answer = ping(site, **claims)
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.json["code"] in {"bad_token", "expired_token"}


def test_it_refuses_unsigned_and_truncated_and_oversized_tokens(site, client):
    token = site.token("GET", PING)
    claims = jwt.decode(token, options={"verify_signature": False})
    unsigned = jwt.encode(claims, None, algorithm="none", headers={"kid": site.key_id})
    for text in (unsigned, token[:-4], "x" * 8192, "a.b.c", ""):
        answer = client.get(PING, headers={"Authorization": f"Bearer {text}"})
        assert answer.status_code == 401, text[:20]


def test_it_refuses_a_writing_token_the_second_time(site, member):
    site.link(5, member())
    target, body = (
        "/api/wordpress/users",
        json.dumps({"wp_user_id": 5, "email": "member@example.test", "username": "m"}).encode(),
    )
    token = site.token("POST", target, body, wp_user_id=5)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    post = site.app.test_client().post
    assert post(target, data=body, headers=headers).status_code == 200
    again = post(target, data=body, headers=headers)
    assert again.status_code == 401
    assert again.json["code"] == "replayed_token"


def test_it_refuses_a_changed_body(site):
    target = "/api/wordpress/users"
    token = site.token("POST", target, b"{}", wp_user_id=5)
    answer = site.app.test_client().post(
        target,
        data=b'{"wp_user_id": 5}',
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    assert answer.status_code == 401


def test_an_unknown_member_is_asked_for_and_then_known(site):
    first = site.post(
        "/api/wordpress/users",
        wp_user_id=9,
        json={"wp_user_id": 9, "email": "New@Example.test", "username": "new"},
    )
    assert first.status_code == 201
    again = site.post(
        "/api/wordpress/users",
        wp_user_id=9,
        json={"wp_user_id": 9, "email": "new@example.test", "username": "new"},
    )
    assert again.status_code == 200
    assert again.json == first.json


def test_a_token_speaks_only_for_its_own_user(site):
    answer = site.post(
        "/api/wordpress/users",
        wp_user_id=9,
        json={"wp_user_id": 10, "email": "x@example.test", "username": "x"},
    )
    assert answer.status_code == 403


def test_a_site_cannot_open_an_account_of_another_by_its_address(site, member):
    user_id = member("owner@example.test")
    assert user_id
    answer = site.post(
        "/api/wordpress/users",
        wp_user_id=3,
        json={"wp_user_id": 3, "email": "owner@example.test", "username": "thief"},
    )
    assert answer.status_code == 409
    assert answer.json["code"] == "account_elsewhere"


def test_an_address_that_a_member_gave_up_does_not_open_the_account(app, site):
    """The old address may be registered anew at the site, by a stranger; only the operator links."""
    given = {"email": "first@example.test", "username": "first"}
    first = site.post("/api/wordpress/users", wp_user_id=7, json={"wp_user_id": 7, **given})
    assert first.status_code == 201
    other = site.post("/api/wordpress/users", wp_user_id=8, json={"wp_user_id": 8, **given})
    assert other.status_code == 409
    assert other.json["code"] == "account_elsewhere"
    runner = app.test_cli_runner()
    linked = runner.invoke(args=["sites", "link-member", site.site_id, "8", "First@example.test"])
    assert linked.exit_code == 0, linked.output
    again = site.post("/api/wordpress/users", wp_user_id=8, json={"wp_user_id": 8, **given})
    assert again.json == first.json
    lost = runner.invoke(args=["sites", "link-member", site.site_id, "8", "none@example.test"])
    assert lost.exit_code != 0
    assert "no account with the address" in lost.output


def test_only_an_administrator_changes_the_site(site):
    body = {"site_url": "https://moved.example", "site_name": "Moved", "pages": {}}
    assert site.request("PUT", "/api/wordpress/site", wp_user_id=1, json=body).status_code == 403
    answer = site.request(
        "PUT", "/api/wordpress/site", wp_user_id=1, caps=["read", "manage_options"], json=body
    )
    assert answer.status_code == 200


def test_a_connect_code_works_once(client, site):
    from app.accounts import service
    from app.core.db import transaction

    with transaction():
        code = service.create_connect_code("X")
    body = {"code": code, "site_url": "https://x.example", "site_name": "X", "plugin_version": "1"}
    first = client.post("/api/wordpress/connect", json=body)
    assert first.status_code == 201
    assert set(first.json) == {"site_id", "key_id", "secret", "service_version"}
    second = client.post("/api/wordpress/connect", json=body)
    assert second.status_code == 422
    assert second.json["errors"][0]["pointer"] == "/code"


@pytest.mark.req("S4-107")
def test_a_site_that_connects_again_keeps_its_members_and_its_old_secret_ends(client, site, member):
    """Disconnect and connect in wp-admin: nobody may be locked out of an own account by that."""
    from app.accounts import service
    from app.core.db import transaction

    user_id = member("kept@example.com")
    site.link(7, user_id)
    old = site.token("GET", PING)
    with transaction():
        code = service.create_connect_code("Test site", url="https://site.example/")
    body = {
        "code": code,
        "site_url": "https://site.example",
        "site_name": "T",
        "plugin_version": "1",
    }
    answer = client.post("/api/wordpress/connect", json=body)
    assert answer.status_code == 201
    assert answer.json["site_id"] == site.site_id
    refused = client.get(PING, headers={"Authorization": f"Bearer {old}"})
    assert refused.status_code == 401
    site.key_id, site.secret = answer.json["key_id"], answer.json["secret"]
    assert ping(site).status_code == 200
    assert service.member_user(site.site_id, 7) == user_id


def test_a_code_for_an_unknown_address_makes_a_new_site(client, site):
    from app.accounts import service
    from app.core.db import transaction

    with transaction():
        code = service.create_connect_code("Y", url="https://y.example")
    # An address that a site claims of itself gives it nobody else's members.
    body = {
        "code": code,
        "site_url": "https://site.example",
        "site_name": "Y",
        "plugin_version": "1",
    }
    answer = client.post("/api/wordpress/connect", json=body)
    assert answer.status_code == 201
    assert answer.json["site_id"] != site.site_id
