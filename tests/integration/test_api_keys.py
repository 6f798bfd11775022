"""API keys: shown once, scoped, revocable, and only their hash is kept."""

from __future__ import annotations

import pytest

from app.accounts import service
from app.accounts.models import ApiKey
from app.core.auth import SCOPES
from app.core.db import db, transaction
from app.core.errors import ValidationError
from tests.factories.plans import with_api


def test_me_tells_who_a_key_stands_for(client, member, bearer):
    user_id = member()
    answer = client.get("/api/me", headers=bearer(user_id, ["ledger:read"]))
    assert answer.status_code == 200
    assert answer.json["user_id"] == user_id
    assert answer.json["roles"] == ["member"]
    assert answer.json["scopes"] == ["ledger:read"]


def test_without_a_key_it_is_a_problem_document_that_says_what_to_do(client):
    answer = client.get("/api/me")
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json["status"] == 401


@pytest.mark.parametrize(
    "header", ["Basic abc", "Bearer", "Bearer trp_live_x.y", "Bearer trp_live_"]
)
def test_a_wrong_key_is_refused(client, header):
    assert client.get("/api/me", headers={"Authorization": header}).status_code == 401


def test_the_text_of_a_key_is_not_kept(app, member, api_key):
    text = api_key(member())
    row = db.session.query(ApiKey).one()
    prefix, _, secret = text.partition(".")
    assert row.prefix == prefix
    assert secret not in row.secret_hash
    assert row.scopes == list(SCOPES)


def test_a_revoked_key_stops_at_the_next_request(client, member, bearer):
    user_id = member()
    headers = bearer(user_id)
    assert client.get("/api/me", headers=headers).status_code == 200
    key_id = service.list_keys(user_id)[0].id
    with transaction():
        service.revoke_key(user_id, key_id)
    assert client.get("/api/me", headers=headers).status_code == 401


def test_an_unknown_scope_is_refused_by_name(app, member):
    with pytest.raises(ValidationError, match="admin:all"), transaction():
        service.create_key(with_api(member()), ["admin:all"])
