"""Idempotency-Key: one effect and one answer, whoever sends a POST how often at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from app.accounts.models import Site
from app.accounts.service import create_connect_code
from app.core import clock, idempotency
from app.core.db import db, transaction
from app.core.idempotency import IdempotentAnswer
from app.ledger.models import LedgerEvent as Event
from tests.conftest import SiteCaller

FILLS = "/api/ledger/fills"
FILL = {
    "external_id": "f-1", "executed_at": "2026-05-20T13:30:00Z", "symbol": "AAPL",
    "side": "buy", "qty": "1", "price": "10",
}  # fmt: skip
BODY = {"plugin_id": "ma_cross", "fills": [FILL]}
OTHER = {"plugin_id": "ma_cross", "fills": [{**FILL, "external_id": "f-2"}]}


@pytest.fixture
def headers(engine_app, member, bearer):
    return {**bearer(member()), "Idempotency-Key": "8f14e45f-ceea-467f-a0e6-1f7a0b6d0e2c"}


def count(model) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model))


def test_the_second_request_gets_the_first_answer_and_does_nothing(engine_app, headers):
    client = engine_app.test_client()
    first = client.post(FILLS, json=BODY, headers=headers)
    assert (first.status_code, first.json["created"]) == (200, 1)
    assert "Idempotent-Replayed" not in first.headers
    again = client.post(FILLS, json=BODY, headers=headers)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert again.content_type == first.content_type
    # Without the key the ledger itself would have said "duplicate": the view did not run again.
    assert again.json["created"] == 1
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]


def test_the_same_key_for_another_request_is_refused(engine_app, headers):
    client = engine_app.test_client()
    client.post(FILLS, json=BODY, headers=headers)
    answer = client.post(FILLS, json=OTHER, headers=headers)
    assert answer.status_code == 422
    assert answer.json["code"] == "idempotency_key_reused"
    assert answer.json["errors"][0]["pointer"] == "/Idempotency-Key"
    assert count(Event) == 1
    assert client.post(f"{FILLS}?a=1", json=BODY, headers=headers).status_code == 422


def test_another_askers_key_is_another_key(engine_app, headers, member, bearer):
    client = engine_app.test_client()
    client.post(FILLS, json=BODY, headers=headers)
    other = {**bearer(member("other@example.test")), "Idempotency-Key": headers["Idempotency-Key"]}
    answer = client.post(FILLS, json=OTHER, headers=other)
    assert (answer.status_code, answer.json["created"]) == (200, 1)


def test_who_may_no_longer_ask_gets_no_old_answer(engine_app, headers):
    client = engine_app.test_client()
    client.post(FILLS, json=BODY, headers=headers)
    with transaction():
        db.session.execute(text("UPDATE api_keys SET scopes = '[\"ledger:read\"]'"))
    answer = client.post(FILLS, json=BODY, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (403, "missing_scope")


def test_a_refused_request_leaves_the_key_free(engine_app, headers):
    client = engine_app.test_client()
    assert client.post(FILLS, json={"plugin_id": "x"}, headers=headers).status_code == 422
    assert count(IdempotentAnswer) == 0
    assert client.post(FILLS, json=BODY, headers=headers).status_code == 200


def test_a_request_that_broke_is_not_kept(engine_app, headers, monkeypatch):
    from app.ledger import api

    client = engine_app.test_client()
    with monkeypatch.context() as patch:
        patch.setattr(api, "record_batch", lambda *_args, **_more: 1 / 0)
        assert client.post(FILLS, json=BODY, headers=headers).status_code == 500
    assert count(IdempotentAnswer) == 0
    assert client.post(FILLS, json=BODY, headers=headers).json["created"] == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "naïve", "tab\there", "\u202eabc"])
def test_a_key_that_is_none_is_named(engine_app, headers, key):
    sent = {**headers, "Idempotency-Key": key.encode().decode("latin-1")}
    answer = engine_app.test_client().post(FILLS, json=BODY, headers=sent)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/Idempotency-Key"
    assert count(Event) == 0


def test_the_longest_key_is_taken(engine_app, headers):
    sent = {**headers, "Idempotency-Key": "~" * 255}
    client = engine_app.test_client()
    assert client.post(FILLS, json=BODY, headers=sent).status_code == 200
    assert "Idempotent-Replayed" in client.post(FILLS, json=BODY, headers=sent).headers


def test_fifty_at_once_are_one_effect(engine_app, headers):
    def post(_number):
        answer = engine_app.test_client().post(FILLS, json=BODY, headers=headers)
        return answer.status_code, answer.headers.get("Retry-After"), answer.data

    db.session.remove()
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(post, range(50)))
    assert {status for status, *_ in answers} <= {200, 409}
    done = {data for status, _, data in answers if status == 200}
    assert len(done) == 1
    assert b'"created":1' in done.pop()
    assert {retry for status, retry, _ in answers if status == 409} <= {"1"}
    assert count(Event) == 1
    assert count(IdempotentAnswer) == 1


def test_a_request_while_the_first_is_being_done_is_told_to_wait(engine_app, headers):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("writers of SQLite queue: the second waits for the first one's answer")
    asked = idempotency.Asked("user:1:1", 1, headers["Idempotency-Key"], "")
    number = int.from_bytes(bytes.fromhex(asked.key_hash)[:8], signed=True)
    with db.engine.begin() as other:
        other.execute(select(func.pg_advisory_xact_lock(number)))
        answer = engine_app.test_client().post(FILLS, json=BODY, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (409, "idempotency_in_progress")
    assert answer.headers["Retry-After"] == "1"


def test_a_key_is_kept_for_seven_days(engine_app, headers, monkeypatch):
    client = engine_app.test_client()
    client.post(FILLS, json=BODY, headers=headers)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=6, hours=23))
    assert idempotency.prune() == 0
    assert client.post(FILLS, json=OTHER, headers=headers).status_code == 422
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=7, seconds=1))
    # Old answers count for nothing, pruned or not.
    assert client.post(FILLS, json=OTHER, headers=headers).json["created"] == 1
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=15))
    assert idempotency.prune() == 1
    assert count(IdempotentAnswer) == 0


def test_a_site_connects_once_and_its_secret_is_told_again_but_never_kept_in_plain(engine_app):
    with transaction():
        code = create_connect_code("Site")
    body = {
        "code": code, "site_url": "https://a.example", "site_name": "A", "plugin_version": "1",
    }  # fmt: skip
    client = engine_app.test_client()
    headers = {"Idempotency-Key": "connect-1"}
    first = client.post("/api/wordpress/connect", json=body, headers=headers)
    again = client.post("/api/wordpress/connect", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    assert count(Site) == 1
    row = db.session.scalars(select(IdempotentAnswer)).one()
    kept = repr({name: getattr(row, name) for name in IdempotentAnswer.__table__.columns.keys()})  # noqa: SIM118
    assert first.json["secret"] not in kept
    assert "connect-1" not in kept
    # Who knows neither the code nor the key gets nothing.
    wrong = {**body, "code": "guessed-code-1"}
    assert client.post("/api/wordpress/connect", json=wrong, headers=headers).status_code == 422


def test_a_signed_site_may_send_again_with_a_new_token(engine_app):
    site = SiteCaller(engine_app)
    body = {"wp_user_id": 7, "email": "m@example.test", "username": "m"}
    sent = {"json": body, "wp_user_id": 7, "headers": {"Idempotency-Key": "k"}}
    first = site.post("/api/wordpress/users", **sent)
    again = site.post("/api/wordpress/users", **sent)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    sent["wp_user_id"] = 8
    # Another WordPress user's key is another key, so the view looks for itself.
    assert site.post("/api/wordpress/users", **sent).status_code == 403


def test_erasing_a_person_forgets_their_answers(engine_app, headers):
    engine_app.test_client().post(FILLS, json=BODY, headers=headers)
    with transaction():
        user_id = db.session.scalars(select(IdempotentAnswer.user_id)).one()
        idempotency.forget_user(user_id + 1)
    assert count(IdempotentAnswer) == 1
    with transaction():
        idempotency.forget_user(user_id)
    assert count(IdempotentAnswer) == 0
