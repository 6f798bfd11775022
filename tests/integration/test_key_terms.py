"""API keys end, rotate with an overlap, know networks, and reach no further than they may."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from app.accounts import service
from app.accounts.models import ApiKey, User
from app.accounts.schemas import KeyTerms
from app.accounts.service import credentials
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import ConflictError, NotFoundError, ValidationError
from tests.conftest import make_app
from tests.factories.plans import with_api


def make(user_id, scopes=None, **terms):
    with transaction():
        return service.make_key(with_api(user_id), scopes, "test", KeyTerms(**terms))


def rotate(user_id, key_id, **options):
    with transaction():
        return service.rotate_key(user_id, key_id, **options)


def revoke(user_id, key_id):
    with transaction():
        service.revoke_key(user_id, key_id)


def ask(client, text, path="/api/me", method="GET", **options):
    headers = {"Authorization": f"Bearer {text}", **options.pop("headers", {})}
    return client.open(path, method=method, headers=headers, **options)


def status(client, text, **options):
    return ask(client, text, **options).status_code


@pytest.mark.req("S3-100")
def test_a_key_ends_when_it_was_said_to(client, member):
    user_id, end = member(), clock.now() + timedelta(hours=1)
    made = make(user_id, expires_at=end)
    assert status(client, made.text) == 200
    with time_machine.travel(end + timedelta(seconds=1)):
        assert status(client, made.text) == 401
        assert service.list_keys(user_id)[0].state == "expired"


def test_a_key_that_would_have_ended_is_not_made(app, member):
    with pytest.raises(ValidationError, match="later day") as error, transaction():
        service.make_key(
            with_api(member()), None, "x", KeyTerms(expires_at=clock.now() - timedelta(seconds=1))
        )
    assert error.value.field == "expires_at"


@pytest.mark.req("S3-100")
def test_after_a_rotation_both_texts_count_for_the_overlap(client, member):
    user_id = member()
    old = make(user_id, ["ledger:read"], networks=["127.0.0.1"])
    new = rotate(user_id, old.key.id)
    assert [status(client, text) for text in (old.text, new.text)] == [200, 200]
    assert (new.key.scopes, new.key.networks) == (["ledger:read"], ["127.0.0.1/32"])
    assert {key.id: key.state for key in service.list_keys(user_id)} == {
        old.key.id: "ending",
        new.key.id: "active",
    }
    with time_machine.travel(clock.now() + timedelta(hours=24, seconds=1)):
        assert [status(client, text) for text in (old.text, new.text)] == [401, 200]


def test_an_overlap_of_nothing_ends_the_old_key_at_once(client, member):
    user_id = member()
    old = make(user_id)
    new = rotate(user_id, old.key.id, overlap=timedelta(0))
    assert [status(client, text) for text in (old.text, new.text)] == [401, 200]


@pytest.mark.parametrize("which", [0, 1])
def test_revoking_one_of_a_rotated_pair_ends_both(client, member, which):
    user_id = member()
    old = make(user_id)
    new = rotate(user_id, old.key.id)
    revoke(user_id, (old, new)[which].key.id)
    assert [status(client, text) for text in (old.text, new.text)] == [401, 401]


def test_only_one_old_key_goes_on_beside_the_new_one(client, member):
    user_id = member()
    first = make(user_id)
    second = rotate(user_id, first.key.id)
    third = rotate(user_id, second.key.id)
    assert [status(client, one.text) for one in (first, second, third)] == [401, 200, 200]
    revoke(user_id, first.key.id)
    assert [status(client, one.text) for one in (first, second, third)] == [401, 401, 401]


def test_what_was_rotated_revoked_or_is_anothers_is_not_rotated(app, member):
    user_id, other = member(), member("other@example.test")
    old = make(user_id)
    rotate(user_id, old.key.id)
    with pytest.raises(ConflictError):
        rotate(user_id, old.key.id)
    with pytest.raises(NotFoundError):
        rotate(other, old.key.id)
    with pytest.raises(ValidationError):
        rotate(user_id, make(user_id).key.id, overlap=timedelta(days=8))


def test_the_new_key_gets_as_long_a_life_as_the_old_one_had(app, member):
    user_id, start = member(), datetime(2026, 3, 2, 9, tzinfo=UTC)
    with time_machine.travel(start, tick=False):
        old = make(user_id, expires_at=start + timedelta(days=30))
    with time_machine.travel(start + timedelta(days=29), tick=False):
        new = rotate(user_id, old.key.id)
    assert new.key.expires_at == start + timedelta(days=59)


@pytest.mark.parametrize(
    ("networks", "address", "expected"),
    [
        (["203.0.113.7"], "203.0.113.7", 200),
        (["203.0.113.7"], "203.0.113.8", 403),
        (["203.0.113.0/24"], "::ffff:203.0.113.9", 200),
        (["2001:db8::/32"], "2001:db8::1", 200),
        (["2001:db8::/32"], "203.0.113.7", 403),
        (["2001:db8::/32"], "", 403),
        ([], "203.0.113.7", 200),
    ],
)
def test_a_key_counts_only_from_its_networks(client, member, networks, address, expected):
    text = make(member(), networks=networks).text
    answer = ask(client, text, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == expected
    # The place must not be one that the caller names.
    spoofed = ask(
        client,
        text,
        environ_base={"REMOTE_ADDR": address},
        headers={"X-Forwarded-For": "203.0.113.7"},
    )
    assert spoofed.status_code == expected


def test_behind_a_proxy_of_ours_the_caller_counts(app, client, member):
    text = make(member(), networks=["203.0.113.7"]).text
    app.config["TRUSTED_PROXIES"] = "127.0.0.1/32,10.0.0.0/8"

    def through(forwarded):
        return status(client, text, headers={"X-Forwarded-For": forwarded})

    assert through("203.0.113.7") == 200
    assert through("203.0.113.7, 10.1.2.3") == 200
    assert through("203.0.113.7, 198.51.100.1") == 403
    assert through("198.51.100.1, 203.0.113.7") == 200
    assert through("rubbish") == 403


@pytest.mark.parametrize("network", ["here", "203.0.113.0/40", "", "1.2.3.4 "])
def test_a_network_is_read_or_refused(client, member, network):
    text = make(member(), ["keys:write", "ledger:read"]).text
    body = {"name": "x", "scopes": ["ledger:read"], "networks": [network]}
    answer = ask(client, text, "/api/keys", "POST", json=body)
    assert answer.status_code == (201 if network.startswith("1.2") else 422), answer.json
    if answer.status_code == 422:
        assert answer.json["errors"][0]["pointer"] == "/networks/0"


# --- At the very next request ---


def test_what_changes_about_a_key_counts_at_the_next_request(client, member):
    user_id = member()
    made = make(user_id, ["ledger:read"])
    assert ask(client, made.text, "/api/ledger/accounts").status_code == 200
    with transaction():
        db.session.get(ApiKey, made.key.id).scopes = ["performance:read"]
    assert ask(client, made.text, "/api/ledger/accounts").status_code == 403
    with transaction():
        db.session.get(User, user_id).disabled_at = clock.now()
    assert status(client, made.text) == 401
    with transaction():
        db.session.get(User, user_id).disabled_at = None
    assert status(client, made.text) == 200
    revoke(user_id, made.key.id)
    assert status(client, made.text) == 401


def test_what_a_session_began_to_read_earlier_is_not_kept_as_new(app, member):
    user_id = member()
    made = make(user_id)
    assert service.get_user(user_id).is_active  # on SQLite this snapshot stays
    other = make_app(app.config["DATA_DIR"])
    with other.app_context(), transaction():
        service.revoke_key(user_id, made.key.id)
    assert service.find_key_owner(made.text) is None


@pytest.mark.parametrize("change", ["revoke", "disable", "scope"])
def test_another_process_knows_within_a_second(tmp_path, member, app, monkeypatch, change):
    """Two applications on one database stand for two processes; each has a memory of its own."""
    other = make_app(tmp_path, FRAGMENT_SECONDS=1.0)
    there = other.test_client()
    user_id = member()
    made = make(user_id, ["ledger:read"])
    now = [1000.0]
    monkeypatch.setattr("app.core.pulse.time.monotonic", lambda: now[0])
    # The commits of this test's own process would be noticed at once.
    monkeypatch.setattr("app.core.pulse.commits", lambda: 0)

    def asked():
        return ask(there, made.text, "/api/ledger/accounts").status_code

    assert [asked(), asked()] == [200, 200]
    with transaction():
        if change == "revoke":
            service.revoke_key(user_id, made.key.id)
        elif change == "disable":
            db.session.get(User, user_id).disabled_at = clock.now()
        else:
            db.session.get(ApiKey, made.key.id).scopes = ["performance:read"]
    now[0] += 1.01
    assert asked() == (403 if change == "scope" else 401)


def test_the_database_is_not_asked_twice_for_a_key(app, client, member, monkeypatch):
    text = make(member()).text
    client.get("/api/me", headers={"Authorization": f"Bearer {text}"})
    shelf, asked = app.extensions["keys"]._kept, []
    find = shelf._read
    monkeypatch.setattr(shelf, "_read", lambda name: asked.append(name) or find(name))
    for _ in range(5):
        status(client, text)
    assert len(asked) <= 1


def test_the_secret_is_compared_in_constant_time_even_for_no_key(app, member, monkeypatch):
    text = make(member()).text
    compared = []
    honest = hmac.compare_digest

    def spy(left, right):
        compared.append((left, right))
        return honest(left, right)

    monkeypatch.setattr(credentials.hmac, "compare_digest", spy)
    assert credentials.find_key_owner(text) is not None
    assert credentials.find_key_owner(text[:-1] + "?") is None
    assert credentials.find_key_owner("trp_live_nobody." + "x" * 43) is None
    assert len(compared) == 3
    assert all(len(left) == len(right) == 64 for left, right in compared)


def test_the_last_use_is_kept_without_a_write_per_request(client, member):
    user_id = member()
    made, second = make(user_id), make(user_id)

    def used():
        return {key.id: key.last_used_at for key in service.list_keys(user_id)}

    status(client, made.text)
    first = used()[made.key.id]
    assert first is not None
    with time_machine.travel(first + timedelta(minutes=5), tick=False):
        status(client, made.text)
        assert used()[made.key.id] == first
        service.write_key_uses()
        assert used() == {made.key.id: first + timedelta(minutes=5), second.key.id: None}
