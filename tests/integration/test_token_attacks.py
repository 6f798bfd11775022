"""The attacker's set against a site's signed token: forged, altered, replayed, spoken of by others."""

from __future__ import annotations

import base64
import hmac
import json
import shutil

import jwt
import pytest

from app.accounts.models import User
from app.core.db import db
from tests.conftest import SiteCaller, make_app
from tests.factories.tokens import PING, USERS, claims_of, raw_token, refused, send

pytestmark = pytest.mark.req("S4-107")


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
def both(engine_app):
    """Return a site that the test may change, on both engines."""
    return SiteCaller(engine_app)


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
