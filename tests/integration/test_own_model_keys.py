"""A member's own keys of models as JSON and on the account's page: written, never given back."""

from __future__ import annotations

import contextvars
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.accounts import service as accounts
from app.accounts.models import User
from app.ai.models import AiKey
from app.billing import service as billing
from app.billing.schemas.administration import PlanGiftIn
from app.core.db import db, transaction
from app.core.outbox import OutboxRow
from tests.person import Person

PATH, PAGE = "/api/model-keys", "/account/model-keys"
KEY = "sk-own-key-of-dana-7c1d"
GIVEN = {"provider": "openai", "key": KEY, "daily_limit": "0.5"}
SCOPES = ["models:read", "models:write"]
EMAIL = "dana@example.test"


def with_own_keys(user_id: int) -> int:
    with transaction():
        billing.subscribe(user_id, "mid", source="demo")
        billing.give_plan(user_id, PlanGiftIn(ladder="ai_traders", plan="byok", reason="A test"))
    return user_id


@pytest.fixture
def owner(engine_app, member):
    return with_own_keys(member(EMAIL))


@pytest.fixture
def call(engine_app, owner, bearer):
    headers, client = bearer(owner, SCOPES), engine_app.test_client()

    def send(method, path="", more=None, **given):
        return client.open(PATH + path, method=method, headers={**headers, **(more or {})}, **given)

    return send


def stored() -> list[AiKey]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(AiKey).order_by(AiKey.provider)))


def nowhere_told(*answers) -> None:
    """No answer and no row holds the text of the key."""
    for answer in answers:
        assert KEY not in answer.text + str(answer.headers)
    for table in db.metadata.sorted_tables:
        assert KEY not in str(db.session.execute(table.select()).all()), table.name


@pytest.mark.req("S0-25", "S4-106")
def test_a_key_goes_in_is_limited_checked_and_removed_and_never_comes_out(call):
    assert call("GET").json == {"items": [], "is_in_plan": True}
    made = call("POST", json=GIVEN)
    assert made.status_code == 201, made.text
    told = {name: made.json[name] for name in ("provider", "key_hint", "state", "daily_limit")}
    assert told == {
        "provider": "openai", "key_hint": "7c1d", "state": "unchecked", "daily_limit": "0.5",
    }  # fmt: skip
    limited = call("PUT", "/openai/limits", json={"monthly_limit": "20"})
    assert (limited.json["daily_limit"], limited.json["monthly_limit"]) == (None, "20")
    asked = call("POST", "/openai/check")
    assert (asked.status_code, asked.json["state"]) == (202, "unchecked")
    listed = call("GET")
    assert [one["provider"] for one in listed.json["items"]] == ["openai"]
    nowhere_told(made, limited, asked, listed)
    assert call("DELETE", "/openai").status_code == 204
    assert call("DELETE", "/openai").status_code == 404
    assert stored() == []
    lines = [one for one in accounts.list_audit(limit=20) if one.action.startswith("ai.key")]
    assert [one.action for one in reversed(lines)] == [
        "ai.key_saved", "ai.key_limited", "ai.key_deleted",
    ]  # fmt: skip
    assert {one.subject for one in lines} == {"ai-key:openai"}


def test_a_key_that_is_sent_twice_under_one_idempotency_key_is_saved_once(call):
    more = {"Idempotency-Key": "save-my-key-1"}
    first, second = (call("POST", more=more, json=GIVEN) for _ in range(2))
    assert (first.status_code, first.json) == (second.status_code, second.json)
    assert second.headers["Idempotent-Replayed"] == "true"
    jobs = select(OutboxRow).where(OutboxRow.name == "ai.check_key")
    assert len(db.session.scalars(jobs).all()) == 1
    nowhere_told(first, second)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"provider": "acme"}, "provider"),
        ({"key": "short"}, "key"),
        ({"key": f"{KEY} with blanks"}, "key"),
        ({"key": f"{KEY[:9]}\n{KEY[9:]}"}, "key"),
        ({"daily_limit": "-1"}, "daily_limit"),
        ({"daily_limit": "NaN"}, "daily_limit"),
        ({"monthly_limit": "0.000000001"}, "monthly_limit"),
        ({"monthly_limit": 1e6}, "monthly_limit"),
        ({"user_id": 1}, "user_id"),
    ],
)
def test_what_is_wrong_is_named_and_the_key_is_not_told_back(call, change, field):
    refused = call("POST", json={**GIVEN, **change})
    assert refused.status_code == 422, refused.text
    assert refused.json["errors"][0]["pointer"] == f"/{field}"
    assert KEY not in refused.text
    assert stored() == []


def test_another_member_finds_no_key(engine_app, call, member, bearer):
    call("POST", json=GIVEN)
    headers = bearer(with_own_keys(member("other@example.test")), SCOPES)
    client = engine_app.test_client()
    assert client.get(PATH, headers=headers).json["items"] == []
    for method, path, body in (
        ("PUT", "/openai/limits", {"daily_limit": "1"}),
        ("POST", "/openai/check", None),
        ("DELETE", "/openai", None),
    ):
        found = client.open(PATH + path, method=method, json=body, headers=headers)
        assert found.status_code == 404, (method, path)
    (row,) = stored()
    assert str(row.daily_limit) == "0.50000000"


def test_it_needs_the_scope_by_name_and_a_plan_for_it(engine_app, member, bearer):
    user_id, client = member("cy@example.test"), engine_app.test_client()
    assert client.get(PATH).status_code == 401
    usual = bearer(user_id)
    assert client.get(PATH, headers=usual).json["scope"] == "models:read"
    reading = bearer(user_id, ["models:read"])
    assert client.get(PATH, headers=reading).json == {"items": [], "is_in_plan": False}
    assert client.post(PATH, json=GIVEN, headers=reading).status_code == 403
    refused = client.post(PATH, json=GIVEN, headers=bearer(user_id, SCOPES))
    assert (refused.status_code, refused.json["code"]) == (403, "plan_needed")
    assert stored() == []


def test_two_keys_that_are_saved_at_one_moment_leave_one(engine_app, owner, bearer):
    """By the API, as two programs of one member do: each answer is of a key that was kept."""
    headers = bearer(owner, SCOPES)

    def save(number):
        with engine_app.app_context():
            body = {**GIVEN, "key": f"{KEY}{number:03}"}
            return engine_app.test_client().post(PATH, json=body, headers=headers)

    with ThreadPoolExecutor(5) as pool:
        found = list(pool.map(lambda n: contextvars.Context().run(save, n), range(10)))
    assert {one.status_code for one in found} <= {201, 503}
    (row,) = stored()
    assert row.hint in {one.json["key_hint"] for one in found if one.status_code == 201}


# --- The page of the account ---


@pytest.fixture
def person(app):
    found = Person(app)
    found.sign_up(EMAIL)
    assert found.sign_in(EMAIL).status_code == 303
    with_own_keys(db.session.scalar(select(User.id).where(User.email == EMAIL)))
    return found


def said(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


@pytest.mark.req("S0-25")
def test_on_its_page_a_key_is_saved_limited_checked_and_deleted_without_a_script(person):
    page = person.get(PAGE)
    assert "No key of yours yet" in page.text
    assert "hx-" not in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert person.send(PAGE, provider="openai", key=KEY).location == f"{PAGE}?done=model_key"
    page = person.get(PAGE)
    assert "…7c1d" in page.text
    assert "Being checked" in page.text
    assert "Look again" in page.text
    done = person.send(f"{PAGE}/openai/limits", PAGE, daily_limit="0.5", monthly_limit="9")
    assert done.location == f"{PAGE}?done=key_limits"
    (row,) = stored()
    assert (str(row.daily_limit), str(row.monthly_limit)) == ("0.50000000", "9.00000000")
    assert person.send(f"{PAGE}/openai/check", PAGE).location == f"{PAGE}?done=key_checking"
    asked = person.send(f"{PAGE}/openai/delete", PAGE)
    assert "Delete this key?" in asked.text
    assert len(stored()) == 1
    assert person.send(f"{PAGE}/openai/delete", PAGE, sure="yes").location.endswith("key_gone")
    assert stored() == []
    assert person.send(f"{PAGE}/openai/delete", PAGE, sure="yes").status_code == 404
    nowhere_told(page, done, asked)


def test_on_its_page_what_is_wrong_stands_at_its_field_and_no_key_comes_back(person):
    wrong = person.send(PAGE, provider="openai", key=f"{KEY} x")
    assert wrong.status_code == 422
    assert 'id="model-key-text-said"' in wrong.text
    assert KEY not in wrong.text
    person.send(PAGE, provider="openai", key=KEY)
    limits = person.send(f"{PAGE}/openai/limits", PAGE, daily_limit="-1", monthly_limit="")
    assert limits.status_code == 422
    assert 'id="day-openai-said"' in limits.text
    assert "model-key-day-said" not in limits.text, "it stands at the key's own field alone"


def test_who_has_no_plan_for_it_x(person):
    person.send(PAGE, provider="openai", key=KEY)
    user_id = db.session.scalar(select(User.id).where(User.email == EMAIL))
    with transaction():
        given = PlanGiftIn(ladder="ai_traders", plan="basic", reason="A test")
        billing.give_plan(user_id, given)
    page = said(person.get(PAGE))
    assert "…7c1d" in page
    assert "Your plan takes no keys of your own: keys that you have rest" in page
    assert "They come with the plan" in page
    refused = person.send(PAGE, provider="openai", key=f"{KEY}2")
    assert refused.status_code == 403
    assert stored()[0].hint == "7c1d"


def test_without_signing_in_it_leads_to_the_door(app):
    away = Person(app).get(PAGE)
    assert (away.status_code, away.location) == (303, "/account/sign-in?next=model_keys")
