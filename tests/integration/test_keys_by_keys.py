"""Keys that programs make of keys, the operator's commands, and the own account."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.accounts import service
from app.core import clock
from app.core.auth import PERSON_SCOPES, SCOPES
from app.core.errors import ConflictError
from tests.integration.test_key_terms import ask, make, revoke, rotate, status

# --- Keys by keys ---


def test_no_key_may_make_keys_unless_a_person_said_so(client, member):
    user_id = member()
    text = make(user_id).text
    assert not set(service.list_keys(user_id)[0].scopes) & set(PERSON_SCOPES)
    for method, path in (
        ("GET", "/api/keys"),
        ("POST", "/api/keys"),
        ("POST", "/api/keys/1/rotate"),
        ("DELETE", "/api/keys/1"),
    ):
        answer = ask(client, text, path, method, json={"name": "x", "scopes": list(SCOPES)})
        assert (answer.status_code, answer.json["code"]) == (403, "missing_scope")


@pytest.fixture
def manager(member):
    """Return a user with a key that may make keys, for ten days and from this machine."""
    user_id = member()
    return user_id, make(
        user_id,
        ["keys:write", "ledger:read"],
        expires_at=clock.now() + timedelta(days=10),
        networks=["127.0.0.0/8"],
    )


@pytest.mark.req("S3-100")
def test_keys_are_made_listed_rotated_and_revoked_over_the_api(client, manager):
    user_id, made = manager
    body = {"name": "CI", "scopes": ["ledger:read"]}
    first = ask(client, made.text, "/api/keys", "POST", json=body)
    assert first.status_code == 201
    assert status(client, first.json["text"]) == 200
    key_id = first.json["key"]["id"]
    second = ask(client, made.text, f"/api/keys/{key_id}/rotate", "POST", json={"overlap_hours": 0})
    assert second.status_code == 201
    assert [status(client, one.json["text"]) for one in (first, second)] == [401, 200]
    listed = ask(client, made.text, "/api/keys").json["items"]
    assert [key["state"] for key in listed] == ["active", "expired", "active"]
    assert first.json["text"] not in str(listed)
    new_id = second.json["key"]["id"]
    assert ask(client, made.text, f"/api/keys/{new_id}", "DELETE").status_code == 204
    assert status(client, second.json["text"]) == 401
    actions = [(entry.action, entry.actor) for entry in service.list_audit(user_id=user_id)]
    assert actions == [
        ("key.revoked", f"user:{user_id}"),
        ("key.rotated", f"user:{user_id}"),
        ("key.created", f"user:{user_id}"),
        ("key.created", "operator"),
    ]
    assert all(first.json["text"] not in entry.detail for entry in service.list_audit())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"scopes": ["ledger:write"]}, "scope_not_passed_on"),
        ({"scopes": ["ledger:read", "keys:write"]}, "scope_not_passed_on"),
        ({"scopes": ["profile:write"]}, "scope_not_passed_on"),
        ({"networks": ["0.0.0.0/0"]}, "network_not_passed_on"),
        ({"networks": ["127.0.0.1", "::1"]}, "network_not_passed_on"),
        ({"scopes": ["root"]}, "invalid"),
        ({"scopes": []}, "invalid"),
        ({"user_id": 1}, "invalid"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "invalid"),
        ({"expires_at": "2099-01-01T00:00:00"}, "invalid"),
    ],
)
def test_a_key_passes_on_no_more_than_it_has(client, manager, change, code):
    user_id, made = manager
    body = {"name": "x", "scopes": ["ledger:read"], **change}
    answer = ask(client, made.text, "/api/keys", "POST", json=body)
    assert (answer.status_code, answer.json["code"]) == (422 if code == "invalid" else 403, code)
    assert len(service.list_keys(user_id)) == 1


def test_a_key_of_a_key_ends_with_it(client, manager):
    user_id, made = manager
    body = {"name": "x", "scopes": ["ledger:read"], "expires_at": "2099-01-01T00:00:00Z"}
    child = ask(client, made.text, "/api/keys", "POST", json=body).json
    assert child["key"]["networks"] == ["127.0.0.0/8"]
    assert datetime.fromisoformat(child["key"]["expires_at"]) == made.key.expires_at
    renewed = ask(client, made.text, f"/api/keys/{made.key.id}/rotate", "POST", json={}).json
    assert datetime.fromisoformat(renewed["key"]["expires_at"]) == made.key.expires_at
    revoke(user_id, made.key.id)
    texts = (made.text, child["text"], renewed["text"])
    assert [status(client, text) for text in texts] == [401, 401, 401]


def test_a_key_cannot_turn_into_a_stronger_one_by_rotating_it(client, manager):
    user_id, made = manager
    strong = make(user_id, ["ledger:write"])
    answer = ask(client, made.text, f"/api/keys/{strong.key.id}/rotate", "POST", json={})
    assert (answer.status_code, answer.json["code"]) == (403, "scope_not_passed_on")


def test_anothers_key_is_not_found(client, manager, member):
    _user_id, made = manager
    other = make(member("other@example.test"))
    for method, path in (("POST", "/rotate"), ("DELETE", "")):
        answer = ask(client, made.text, f"/api/keys/{other.key.id}{path}", method, json={})
        assert answer.status_code == 404
    assert status(client, other.text) == 200


def test_twenty_keys_are_enough_however_they_are_made(app, member):
    user_id = member()
    for _ in range(20):
        made = make(user_id)
    with pytest.raises(ConflictError, match="20 keys"):
        make(user_id)
    rotate(user_id, made.key.id)  # no further key, the same one anew
    with pytest.raises(ConflictError, match="20 keys"):
        make(user_id)


# --- The own account ---
def test_a_user_reads_and_renames_the_own_account(client, member):
    user_id = member()
    reader, writer = make(user_id).text, make(user_id, ["profile:write"]).text
    own = ask(client, reader, "/api/users/me").json
    assert (own["user_id"], own["username"]) == (user_id, "member")
    assert set(own) == {
        "user_id", "email", "username", "pseudonym", "subscription_tier", "created_at",
    }  # fmt: skip
    body = {"username": "  Ada L. "}
    assert ask(client, reader, "/api/users/me", "PUT", json=body).status_code == 403
    answer = ask(client, writer, "/api/users/me", "PUT", json=body)
    assert (answer.status_code, answer.json["username"]) == (200, "Ada L.")
    assert [entry.action for entry in service.list_audit(user_id=user_id, limit=1)] == [
        "user.renamed"
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"email": "x@example.test"},
        {"is_demo": True},
        {"subscription_tier": "premium"},
        {"password_hash": "x"},
        {"auth_version": 9},
        {"disabled_at": None},
        {"id": 1},
        {"pseudonym": "Best Trader"},
        {"username": "a\nb"},
        {"username": "a\u202eb"},
        {"username": ""},
        {"username": "x" * 61},
        {"username": 7},
        {"username": None},
    ],
)
def test_nothing_else_of_a_user_can_be_set(client, member, more):
    user_id = member()
    text = make(user_id, ["profile:write"]).text
    before = ask(client, text, "/api/users/me").json
    body = {"username": "Ada", **more}
    answer = ask(client, text, "/api/users/me", "PUT", json=body)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == f"/{next(iter(more))}"
    assert ask(client, text, "/api/users/me").json == before


def test_the_operator_makes_lists_rotates_and_revokes_keys(app, client, member):
    user_id = member(tier="mid")
    run = app.test_cli_runner().invoke
    made = run(
        args=["accounts", "create-key", "member@example.test", "--scopes", "keys:write",
              "--expires", "2099-12-31", "--network", "127.0.0.1"],
    )  # fmt: skip
    text = made.output.split()[-1]
    assert status(client, text) == 200
    rotated = run(args=["accounts", "rotate-key", "member@example.test", text.partition(".")[0]])
    assert status(client, rotated.output.split()[-1]) == 200
    listed = run(args=["accounts", "list-keys", "member@example.test"]).output
    assert [line.split()[2] for line in listed.splitlines()] == ["active", "ending"]
    assert service.list_keys(user_id)[0].expires_at is not None
    assert run(args=["accounts", "revoke-key", "member@example.test", "1"]).exit_code == 0
    assert status(client, rotated.output.split()[-1]) == 401
    wrong = run(args=["accounts", "create-key", "member@example.test", "--network", "nowhere"])
    assert wrong.exit_code == 1
    assert "not an address" in wrong.output
