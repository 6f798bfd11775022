from datetime import timedelta

import pytest

from app.billing import service
from app.billing.errors import EntitlementError
from app.core import clock
from app.core.db import db, transaction


def subscribe(*args, **options):
    with transaction():
        return service.subscribe(*args, source="operator", **options)


@pytest.mark.req("S4-30", "S4-98")
def test_who_never_subscribed_has_what_is_free(engine_app, member):
    mine = service.entitlements(member())
    assert mine.limit("robots") == 1
    assert mine.limit("history_days") == 7
    assert mine.members("periods") == {"daily"}
    assert mine.level("robot_settings") == "none"
    assert mine.can("paper_trading")
    assert not mine.can("api")
    assert mine.limit("signals") == 3
    assert mine.plans["coach"] is None


def test_a_change_in_the_same_request_counts_at_once(engine_app, member):
    user_id = member()
    assert not service.can(user_id, "api")
    subscribe(user_id, "mid")
    assert service.can(user_id, "api")
    assert service.limit(user_id, "history_days") is None
    subscribe(user_id, "free")
    assert not service.can(user_id, "api")


def test_a_change_that_is_rolled_back_does_not_count(engine_app, member):
    user_id = member()

    def change_and_fail():
        with transaction():
            service.subscribe(user_id, "mid", source="operator")
            assert service.can(user_id, "api")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_fail()
    assert not service.can(user_id, "api")


def test_plans_of_several_ladders_give_the_larger(engine_app, member):
    user_id = member()
    subscribe(user_id, "pro", ladder="coach")
    assert (service.limit(user_id, "alerts"), service.limit(user_id, "robots")) == (5, 1)
    subscribe(user_id, "pro", ladder="ai_traders")
    subscribe(user_id, "low")
    assert service.limit(user_id, "alerts") is None
    assert service.limit(user_id, "coach_questions") == 500
    assert service.limit(user_id, "robots") == 3


@pytest.mark.parametrize(("status", "days", "allowed"), [
    ("active", None, True),
    ("active", 3, True),
    ("cancelled", 3, True),
    ("cancelled", -1, False),
    ("active", -1, False),
    ("expired", 3, False),
    ("expired", None, False),
])  # fmt: skip
@pytest.mark.req("S4-30")
def test_a_plan_is_used_until_it_ends(engine_app, member, status, days, allowed):
    user_id = member()
    made = subscribe(user_id, "mid", started_at=clock.now() - timedelta(days=9))
    with transaction():
        row = db.session.get(type(made), made.id)
        row.status = status
        row.ends_at = None if days is None else clock.now() + timedelta(days=days)
    assert service.can(user_id, "api") is allowed
    assert service.covers(user_id, "low") is allowed
    assert service.covers(user_id, "free")


def test_a_plan_that_ends_during_a_long_job_ends_there_too(app, member, monkeypatch):
    user_id = member()
    ends = clock.now() + timedelta(hours=1)
    subscribe(user_id, "mid", ends_at=ends)
    assert service.can(user_id, "api")
    monkeypatch.setattr(clock, "now", lambda: ends)
    assert not service.can(user_id, "api")


def test_a_plan_that_is_no_longer_sold_gives_what_is_free(app, member):
    user_id = member()
    made = subscribe(user_id, "institutional", ladder="signals")
    with transaction():
        db.session.get(type(made), made.id).tier = "gone"
    assert service.limit(user_id, "signals") == 3


def test_a_refusal_names_the_feature_and_the_cheapest_plan(app, member):
    user_id = member()
    with pytest.raises(EntitlementError) as refused:
        service.require(user_id, "api")
    assert refused.value.code == "plan_needed"
    assert refused.value.details == {"feature": "api", "ladder": "robots", "plan": "mid"}
    assert "API access" in refused.value.message
    assert "Mid-Tier" in refused.value.message
    subscribe(user_id, "mid")
    service.require(user_id, "api")


def test_the_next_plan_is_the_cheapest_that_gives_more(app, member):
    user_id = member()

    def next_key(key):
        found = service.next_plan(user_id, key)
        return found and (found.ladder, found.tier)

    assert next_key("robots") == ("robots", "low")
    assert next_key("alerts") == ("coach", "pro")
    assert next_key("record_proof") is None
    subscribe(user_id, "low")
    assert next_key("robots") == ("robots", "mid")
    assert next_key("history_days") == ("robots", "mid")
    subscribe(user_id, "premium")
    assert next_key("robots") is None


def test_only_the_first_question_of_a_request_reads(app, member, client):
    user_id = member()
    service.can(user_id, "api")
    asked = []

    from sqlalchemy import event

    def note(*args):
        asked.append(args[2])

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        for _ in range(50):
            service.can(user_id, "api")
            service.limit(user_id, "robots")
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert asked == []


def test_the_api_lists_what_is_sold(client):
    answer = client.get("/api/plans")
    assert answer.status_code == 200
    ladders = {ladder["key"]: ladder for ladder in answer.json["ladders"]}
    assert list(ladders) == ["robots", "ai_traders", "signals", "coach", "creator"]
    mid = ladders["robots"]["plans"][2]
    assert (mid["price"], mid["yearly_price"], mid["trial_days"]) == ("29.99", "299.90", 14)
    assert mid["entitlements"]["history_days"]["value"] == "unlimited"
    assert mid["entitlements"]["live_trading"] == {"kind": "flag", "value": True, "ready": False}
    etag = {"If-None-Match": answer.headers["ETag"]}
    assert client.get("/api/plans", headers=etag).status_code == 304


def test_the_api_says_what_the_asker_may_do(client, member, bearer):
    user_id = member()
    subscribe(user_id, "mid")
    given = client.get("/api/subscriptions/current", headers=bearer(user_id)).json["entitlements"]
    assert given["robots"] == {"kind": "limit", "value": 25, "ready": True}
    assert given["periods"]["value"] == ["daily", "weekly", "monthly", "all_time"]
    assert given["coach_questions"] == {"kind": "limit", "value": 10, "ready": True}
