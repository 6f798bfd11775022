"""Access tokens in exchange for an API key, and the refresh tokens that renew them once."""

from __future__ import annotations

import base64
import contextvars
import json
import threading
from datetime import timedelta

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from app.accounts import service
from app.accounts.models import ApiKey, RefreshToken, TokenFamily, User
from app.accounts.rules import access as rules
from app.accounts.schemas import KeyTerms
from app.core import clock, security
from app.core.db import db, transaction
from tests.conftest import BASE_SETTINGS
from tests.factories.plans import with_api

ISSUED = "/api/tokens"
KEY = security.derived_key(BASE_SETTINGS["SECRET_KEY"], "access tokens")


def ask(client, text, path="/api/me", method="GET", **options):
    headers = {"Authorization": f"Bearer {text}"} if text else {}
    return client.open(path, method=method, headers=headers, **options)


def exchange(client, key, **body):
    answer = ask(client, key, ISSUED, "POST", json=body)
    assert answer.status_code == 201, answer.json
    return answer.json


def renew(client, text):
    return client.post(f"{ISSUED}/refresh", json={"refresh_token": text})


def status(client, text):
    return ask(client, text).status_code


@pytest.fixture
def key(member, api_key) -> str:
    return api_key(member(), ["ledger:read", "performance:read"])


@pytest.fixture
def tokens(client, key) -> dict:
    return exchange(client, key)


@pytest.mark.req("S4-107", "S3-96")
def test_a_key_is_exchanged_for_a_token_of_ten_minutes(client, key, tokens):
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 600
    me = ask(client, tokens["access_token"]).json
    assert me["scopes"] == ["ledger:read", "performance:read"]
    assert ask(client, tokens["access_token"], "/api/ledger/accounts").status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=10, seconds=1)):
        assert status(client, tokens["access_token"]) == 401
        assert status(client, key) == 200


def test_a_token_may_do_less_than_its_key_and_never_more(client, key):
    small = exchange(client, key, scopes=["performance:read"])["access_token"]
    assert ask(client, small, "/api/ledger/accounts").status_code == 403
    for scopes in (["ledger:write"], ["performance:read", "keys:write"], ["root"]):
        answer = ask(client, key, ISSUED, "POST", json={"scopes": scopes})
        assert (answer.status_code, answer.json["code"]) == (403, "missing_scope")
    for body in ({"scopes": []}, {"scope": "x"}, {"scopes": "ledger:read"}, {"user_id": 1}):
        assert ask(client, key, ISSUED, "POST", json=body).status_code == 422


def test_only_a_key_is_exchanged(client, tokens, site, member):
    site.link(7, member("site@example.test"))
    assert client.post(ISSUED, json={}).status_code == 401
    for answer in (
        ask(client, tokens["access_token"], ISSUED, "POST", json={}),
        site.post(ISSUED, wp_user_id=7, json={}),
    ):
        assert (answer.status_code, answer.json["code"]) == (403, "key_needed")


def test_nothing_of_a_refresh_token_is_kept_but_its_hash(client, tokens):
    row = db.session.query(RefreshToken).one()
    assert row.token_hash == security.fingerprint(tokens["refresh_token"])
    assert tokens["refresh_token"] not in str(vars(row))


# --- What a token must be ---


def claims(tokens, **changes):
    told = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    return {name: value for name, value in (told | changes).items() if value is not None}


def signed(body, key=KEY, algorithm="HS256", **header):
    return jwt.encode(body, key, algorithm, {"typ": rules.TYPE, "kid": rules.KEY_ID, **header})


def bare(part):
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def test_one_that_we_sign_here_is_good(client, tokens):
    assert status(client, signed(claims(tokens))) == 200


@pytest.mark.req("S4-107")
@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "hs256", "", None])
def test_without_a_signature_it_is_refused(client, tokens, algorithm):
    header = {"typ": rules.TYPE, "kid": rules.KEY_ID, "alg": algorithm}
    body = bare(claims(tokens))
    signature = tokens["access_token"].rpartition(".")[2]
    for end in ("", signature):
        assert status(client, f"{bare(header)}.{body}.{end}") == 401


@pytest.mark.req("S4-107")
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_another_algorithm_is_refused(client, tokens):
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    body = claims(tokens)
    for text in (
        signed(body, rsa_key, "RS256"),
        signed(body, ed25519.Ed25519PrivateKey.generate(), "EdDSA"),
        signed(body, KEY, "HS384"),
        signed(body, KEY * 2, "HS512"),
        signed(body, b"x" * 32),
        signed(body, BASE_SETTINGS["SECRET_KEY"].encode() * 3),
        signed(body, security.derived_key(BASE_SETTINGS["SECRET_KEY"], "edge requests")),
        signed(body, b"x" * 32, jwk={"kty": "oct", "k": bare("x" * 32)}),
        signed(body, b"x" * 32, jku="https://evil.example/keys.json"),
    ):
        assert status(client, text) == 401


@pytest.mark.req("S4-107")
@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "trading-robot-service"},
        {"aud": None},
        {"aud": ["somebody"]},
        {"iss": "somebody"},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "soon"},
        {"iat": 99_999_999_999},
        {"iat": None},
        {"nbf": 99_999_999_999},
        {"jti": None},
        {"sub": "2"},
        {"sub": "1 "},
        {"sub": "-1"},
        {"sub": None},
        {"ver": 1},
        {"ver": None},
        {"fam": 99},
        {"fam": None},
        {"fam": "1"},
        {"fam": True},
        {"scope": None},
        {"scope": ["ledger:read"]},
    ],
    ids=str,
)
def test_a_claim_that_does_not_fit_is_refused(client, tokens, changes):
    assert status(client, signed(claims(tokens, **changes))) == 401


def test_another_type_or_key_id_is_refused(client, tokens, site):
    body = claims(tokens)
    for header in ({"typ": "JWT"}, {"typ": None}, {"kid": "edge"}, {"kid": site.key_id}):
        assert status(client, signed(body, **header)) == 401, header
    # A site cannot pass its own token off as ours, nor ours as a site's.
    assert status(client, site.token("GET", "/api/me", header={"kid": rules.KEY_ID})) == 401
    assert status(client, signed(body, site.secret.encode(), kid=site.key_id)) == 401


def test_a_changed_token_is_refused(client, tokens):
    head, body, signature = tokens["access_token"].split(".")
    wider = bare(claims(tokens, scope="ledger:write keys:write"))
    turned = signature[:-2] + ("AA" if signature[-2:] != "AA" else "BB")
    for text in (f"{head}.{wider}.{signature}", f"{head}.{body}.{turned}", f"{head}.{body}."):
        assert status(client, text) == 401


def test_scopes_that_nobody_gave_do_not_count_even_if_signed(client, tokens):
    text = signed(claims(tokens, scope="ledger:read keys:write ledger:write"))
    assert ask(client, text).json["scopes"] == ["ledger:read"]


def test_a_token_is_of_its_own_user(client, tokens, member, api_key):
    other = exchange(client, api_key(member("other@example.test")))
    mine = claims(tokens)
    assert status(client, signed(claims(other, fam=mine["fam"]))) == 401
    assert status(client, signed(claims(other, sub=mine["sub"]))) == 401


# --- What ends a token at the next request ---


def end_key(user_id):
    service.revoke_key(user_id, service.list_keys(user_id)[0].id)


def expire_key(user_id):
    db.session.query(ApiKey).update({"expires_at": clock.now()})


def disable(user_id):
    db.session.get(User, user_id).disabled_at = clock.now()


def sign_out_everywhere(user_id):
    db.session.get(User, user_id).auth_version += 1


def change_password(user_id):
    service.keep_password(db.session.get(User, user_id), service.hash_password("a new long one"))


def end_other_sessions(user_id):
    service.end_other_sessions(user_id, 0)


def end_all_sessions(user_id):
    service.end_all_sessions(user_id)


def erase(user_id):
    service.erase_user(user_id)


@pytest.mark.req("S4-107")
@pytest.mark.parametrize(
    "end",
    [
        end_key, expire_key, disable, sign_out_everywhere, change_password, end_other_sessions,
        end_all_sessions, erase,
    ],
)  # fmt: skip
def test_what_ends_the_key_or_the_sign_in_ends_the_tokens(client, tokens, end):
    user_id = ask(client, tokens["access_token"]).json["user_id"]
    with transaction():
        end(user_id)
    assert status(client, tokens["access_token"]) == 401
    assert renew(client, tokens["refresh_token"]).status_code == 401


def test_a_scope_that_the_key_loses_is_lost_to_its_tokens(client, tokens):
    with transaction():
        db.session.query(ApiKey).one().scopes = ["performance:read"]
    assert ask(client, tokens["access_token"]).json["scopes"] == ["performance:read"]


def test_a_token_counts_only_from_the_networks_of_its_key(client, member):
    with transaction():
        terms = KeyTerms(networks=["127.0.0.0/8"])
        key = service.make_key(with_api(member()), None, "x", terms).text
    tokens = exchange(client, key)
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    assert ask(client, tokens["access_token"], environ_base=elsewhere).status_code == 403
    body = {"refresh_token": tokens["refresh_token"]}
    answer = client.post(f"{ISSUED}/refresh", json=body, environ_base=elsewhere)
    assert answer.status_code == 401
    assert renew(client, tokens["refresh_token"]).status_code == 200


# --- Refreshing ---


def test_a_refresh_token_gives_the_next_pair(client, tokens):
    answer = renew(client, tokens["refresh_token"])
    assert answer.status_code == 200
    assert answer.json["refresh_token"] != tokens["refresh_token"]
    assert answer.json["scopes"] == tokens["scopes"]
    assert status(client, answer.json["access_token"]) == 200
    with time_machine.travel(clock.now() + timedelta(days=30, seconds=1)):
        assert renew(client, answer.json["refresh_token"]).status_code == 401


def test_who_lost_the_answer_gets_the_same_next_token_for_ten_seconds(client, tokens):
    first = renew(client, tokens["refresh_token"]).json["refresh_token"]
    with time_machine.travel(clock.now() + timedelta(seconds=9)):
        again = renew(client, tokens["refresh_token"])
        assert (again.status_code, again.json["refresh_token"]) == (200, first)
    assert db.session.query(RefreshToken).count() == 2


@pytest.mark.req("S4-107")
@pytest.mark.parametrize("how", ["late", "after the next was used"])
def test_a_used_token_that_comes_again_ends_the_whole_family(client, key, tokens, how):
    following = renew(client, tokens["refresh_token"]).json
    other = exchange(client, key)
    seconds = 0
    if how == "late":
        seconds = 11
    else:
        following = renew(client, following["refresh_token"]).json
    with time_machine.travel(clock.now() + timedelta(seconds=seconds)):
        assert renew(client, tokens["refresh_token"]).status_code == 401
    assert renew(client, following["refresh_token"]).status_code == 401
    assert status(client, following["access_token"]) == 401
    assert status(client, other["access_token"]) == 200
    assert [entry.action for entry in service.list_audit(limit=1)] == ["tokens.reused"]


def test_two_who_refresh_at_once_get_one_and_the_same(engine_app, member, api_key):
    client = engine_app.test_client()
    first = exchange(client, api_key(member()))["refresh_token"]
    db.session.remove()
    answers = []
    gate = threading.Barrier(4)

    def run():
        gate.wait()
        answers.append(renew(engine_app.test_client(), first))

    threads = [threading.Thread(target=contextvars.Context().run, args=(run,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.json["refresh_token"] for answer in answers}) == 1
    assert db.session.query(RefreshToken).count() == 2
    assert renew(client, answers[0].json["refresh_token"]).status_code == 200


@pytest.mark.parametrize("body", [{}, {"refresh_token": 1}, {"refresh_token": "x", "scopes": []}])
def test_a_malformed_refresh_is_named(client, body):
    assert client.post(f"{ISSUED}/refresh", json=body).status_code == 422


@pytest.mark.parametrize("text", ["x", "trp_refresh_" + "x" * 43, "ü"])
def test_an_unknown_refresh_token_is_refused(client, text):
    answer = renew(client, text)
    assert (answer.status_code, answer.json["code"]) == (401, "bad_refresh_token")


def test_revoking_ends_the_family_and_tells_nothing(client, tokens):
    following = renew(client, tokens["refresh_token"]).json
    for text in (tokens["refresh_token"], tokens["refresh_token"], "nobody's"):
        answer = client.post(f"{ISSUED}/revoke", json={"refresh_token": text})
        assert (answer.status_code, answer.data) == (204, b"")
    assert status(client, following["access_token"]) == 401
    assert renew(client, following["refresh_token"]).status_code == 401


def test_a_key_has_at_most_fifty_lines_of_tokens(client, key, monkeypatch):
    monkeypatch.setattr(rules, "MAX_FAMILIES", 3)
    made = [exchange(client, key)["access_token"] for _ in range(5)]
    assert [status(client, text) for text in made] == [401, 401, 200, 200, 200]


def test_what_has_ended_by_time_is_forgotten(client, tokens):
    service.prune_tokens()
    assert db.session.query(TokenFamily).count() == 1
    with time_machine.travel(clock.now() + timedelta(days=31)):
        service.prune_tokens()
    db.session.rollback()
    assert (db.session.query(TokenFamily).count(), db.session.query(RefreshToken).count()) == (0, 0)


def test_an_idempotency_key_does_not_hand_a_keys_answer_to_another_key(client, member, api_key):
    user_id = member()
    strong, weak = api_key(user_id, ["keys:write", "ledger:read"]), api_key(user_id, ["keys:write"])
    headers = {"Idempotency-Key": "1"}
    body = {"name": "x", "scopes": ["ledger:read"]}

    def post(key):
        return client.post(
            "/api/keys", json=body, headers={"Authorization": f"Bearer {key}", **headers}
        )

    first = post(strong)
    assert (first.status_code, post(strong).json) == (201, first.json)
    assert post(weak).status_code == 403
