"""Answers that are repeated from memory: to the same credentials, while nobody has written."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from app.accounts import service
from app.accounts.models import ApiKey, User
from app.accounts.schemas import KeyTerms
from app.core import clock, quick
from app.core.db import db, transaction
from app.performance import service as performance
from tests.conftest import make_app, migrate
from tests.factories.plans import with_api


@pytest.fixture
def made(monkeypatch) -> list[int]:
    """Return a list that grows with each answer that the application itself made."""
    seen: list[int] = []
    read = performance.own_metrics

    def noted(user_id, *rest, **options):
        seen.append(user_id)
        return read(user_id, *rest, **options)

    monkeypatch.setattr(performance, "own_metrics", noted)
    return seen


@pytest.fixture
def owner(member) -> int:
    return member()


@pytest.fixture
def key(owner, api_key) -> str:
    return api_key(owner)


def path(user_id, more=""):
    return f"/api/performance/{user_id}/all-time{more}"


def ask(client, text, where, **headers):
    credentials = {"Authorization": f"Bearer {text}"} if text else {}
    return client.get(where, headers={**credentials, **headers})


def made_for(key):
    return service.find_key_owner(key).user_id


@pytest.fixture
def warm(client, key, owner, made):
    """Ask once more than the first use of the key, whose note is a write, needs."""
    ask(client, key, path(owner))
    ask(client, key, path(owner))
    made.clear()


def test_the_same_question_is_answered_once(client, key, owner, made, warm):
    first = ask(client, key, path(owner))
    again = ask(client, key, path(owner))
    assert made == []
    assert (again.status_code, again.data) == (200, first.data)
    assert again.json["user_id"] == owner
    for name in ("ETag", "Cache-Control", "Content-Type", "X-TRP-Service", "Vary"):
        assert again.headers[name] == first.headers[name], name
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    known = ask(client, key, path(owner), **{"If-None-Match": first.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")


def test_repeated_answers_are_measured_like_others(client, key, owner, made, warm, monkeypatch):
    seen = []
    monkeypatch.setattr(quick.metrics, "observe", lambda *facts: seen.append(facts[:3]))
    etag = ask(client, key, path(owner)).headers["ETag"]
    ask(client, key, path(owner), **{"If-None-Match": etag})
    assert made == []
    assert {route.partition(":user_id")[2][:1] for route, _, _ in seen} == {">"}
    assert [facts[1:] for facts in seen] == [("GET", 200), ("GET", 304)]


def test_what_a_304_was_made_of_is_kept_whole(client, key, owner, made, warm):
    etag = ask(client, key, path(owner)).headers["ETag"]
    assert ask(client, key, path(owner, "?kind=paper")).status_code == 200
    with transaction():
        service.rename_user(owner, "New")
    assert ask(client, key, path(owner), **{"If-None-Match": etag}).status_code == 304
    made.clear()
    whole = ask(client, key, path(owner))
    assert (made, whole.json["user_id"], whole.mimetype) == ([], owner, "application/json")


def test_other_questions_and_other_credentials_have_their_own(
    client, key, made, warm, member, api_key
):
    other, owner = member("other@example.test"), made_for(key)
    theirs = api_key(other)
    assert ask(client, key, path(owner)).status_code == 200
    assert ask(client, theirs, path(owner)).status_code == 404
    assert ask(client, theirs, path(other)).json["user_id"] == other
    assert ask(client, key, path(other)).status_code == 404
    for text in ("", "trp_live_x.y", key[:-1], f"{key} ", key.upper()):
        assert ask(client, text, path(owner)).status_code in {401, 403}
    made.clear()
    for _ in range(2):
        assert ask(client, key, path(owner, "?currency=USD")).json["currency"] == "USD"
        assert ask(client, key, path(owner, "?currency=EUR")).json["currency"] == "EUR"
    assert made == [owner, owner]


@pytest.mark.req("S4-107", "S3-100")
@pytest.mark.parametrize("end", ["revoke", "disable", "scope"])
def test_what_is_ended_is_refused_at_the_very_next_request(client, key, owner, warm, end):
    assert ask(client, key, path(owner)).status_code == 200
    with transaction():
        if end == "revoke":
            service.revoke_key(owner, service.list_keys(owner)[0].id)
        elif end == "disable":
            db.session.get(User, owner).disabled_at = clock.now()
        else:
            db.session.query(ApiKey).one().scopes = ["ledger:read"]
    assert ask(client, key, path(owner)).status_code == (403 if end == "scope" else 401)


@pytest.mark.parametrize("end", ["revoke", "disable", "scope"])
def test_what_another_process_ends_is_refused_a_second_later(app, key, owner, monkeypatch, end):
    there = make_app(app.config["DATA_DIR"], FRAGMENT_SECONDS=1.0).test_client()
    now = [1000.0]
    monkeypatch.setattr("app.core.pulse.time.monotonic", lambda: now[0])
    monkeypatch.setattr("app.core.pulse.commits", lambda: 0)
    for _ in range(3):
        assert ask(there, key, path(owner)).status_code == 200
        now[0] += 1.01
    assert ask(there, key, path(owner)).status_code == 200
    with transaction():
        if end == "revoke":
            service.revoke_key(owner, service.list_keys(owner)[0].id)
        elif end == "disable":
            db.session.get(User, owner).disabled_at = clock.now()
        else:
            db.session.query(ApiKey).one().scopes = ["ledger:read"]
    now[0] += 1.01
    assert ask(there, key, path(owner)).status_code == (403 if end == "scope" else 401)


def test_a_key_and_a_token_end_by_time_without_a_write(client, owner):
    end = clock.now() + timedelta(seconds=20)
    with transaction():
        key = service.make_key(with_api(owner), None, "x", KeyTerms(expires_at=end)).text
    token = client.post("/api/tokens", json={}, headers={"Authorization": f"Bearer {key}"}).json[
        "access_token"
    ]
    for text in (key, key, token, token):
        assert ask(client, text, path(owner)).status_code == 200
    with time_machine.travel(end + timedelta(seconds=1)):
        assert [ask(client, text, path(owner)).status_code for text in (key, token)] == [401, 401]


def test_a_key_that_is_bound_to_networks_is_looked_at_each_time(client, owner, made):
    with transaction():
        key = service.make_key(with_api(owner), None, "x", KeyTerms(networks=["127.0.0.1"])).text
    headers = {"Authorization": f"Bearer {key}"}
    for _ in range(3):
        assert client.get(path(owner), headers=headers).status_code == 200
    assert len(made) == 3
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    assert client.get(path(owner), headers=headers, environ_base=elsewhere).status_code == 403


def test_nothing_is_older_than_half_a_minute_nor_unnoticed_for_more_than_one(
    client, key, owner, made, warm
):
    ask(client, key, path(owner))
    with time_machine.travel(clock.now() + timedelta(seconds=quick.KEEP_SECONDS + 1)):
        ask(client, key, path(owner))
    assert made == [owner]


@pytest.mark.req("S4-108")
def test_repeated_answers_are_counted_and_told_the_same(tmp_path, redis_url, member, api_key):
    app = make_app(tmp_path / "limited", RATE_LIMITS="key=10/60", REDIS_URL=redis_url)
    migrate(app)
    with app.app_context():
        owner = member()
        key = api_key(owner)
        with time_machine.travel("2026-03-02T12:00:00Z", tick=False):
            answers = [ask(app.test_client(), key, path(owner)) for _ in range(12)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 2
    left = [answer.headers["RateLimit"] for answer in answers]
    assert left == [f'"key";r={n};t=60' for n in range(9, -1, -1)] + ['"key";r=0;t=60'] * 2
    assert all(len(answer.headers.getlist("RateLimit")) == 1 for answer in answers)


def test_the_public_board_is_repeated_and_counted_by_address(tmp_path, redis_url, monkeypatch):
    from app.performance import service as figures

    app = make_app(tmp_path / "board", RATE_LIMITS="anonymous=3/60", REDIS_URL=redis_url)
    migrate(app)
    made, board = [], figures.leaderboard
    monkeypatch.setattr(figures, "leaderboard", lambda *a, **k: made.append(1) or board(*a, **k))
    client, where = app.test_client(), "/api/performance/public/leaderboard"

    def codes(address):
        asked = [client.get(where, environ_base={"REMOTE_ADDR": address}) for _ in range(4)]
        return [answer.status_code for answer in asked]

    with time_machine.travel("2026-03-02T13:00:00Z", tick=False):
        assert codes("203.0.113.1") == [200, 200, 200, 429]
        assert codes("203.0.113.2") == [200, 200, 200, 429]
    assert len(made) == 1
    wrong = client.get(where, headers={"Authorization": "Bearer trp_live_x.y"})
    assert wrong.status_code in {200, 429}


def test_it_keeps_no_more_than_it_may(app, client, key, owner, warm, monkeypatch):
    monkeypatch.setattr(quick, "KEEP_COUNT", 3)
    for number in range(8):
        ask(client, key, path(owner), **{"Accept-Language": f"x{number}"})
    kept = next(
        layer
        for layer in (app.wsgi_app, getattr(app.wsgi_app, "_next", None))
        if isinstance(layer, quick.QuickReads)
    )
    assert len(kept._kept) == 3
    assert key not in repr(kept._kept)
