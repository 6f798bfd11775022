"""The API's five groups: users, performance, plugins, subscriptions, trading accounts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.billing import service as billing
from app.core import clock
from app.core.db import transaction
from app.robots import service as robots
from tests.conftest import SiteCaller

GROUPS = {
    "users": "/api/users/me",
    "performance": "/api/performance/{user}/all-time",
    "plugins": "/api/plugins",
    "subscriptions": "/api/subscriptions",
    "trading accounts": "/api/trading-accounts",
}


@pytest.fixture
def catalogue(engine_app):
    with transaction():
        robots.sync_catalogue(demo=True)
    return robots.list_robots()


@pytest.fixture
def owner(engine_app, member):
    return member("dana@example.test")


@pytest.mark.req("S4-103")
def test_all_five_groups_are_there_described_and_answer(engine_app, owner, bearer):
    client = engine_app.test_client()
    headers = bearer(owner, ["performance:read", "trading:read"])
    paths = client.get("/api/openapi.json").json["paths"]
    for name, address in GROUPS.items():
        described = paths[address.replace("{user}", "{user_id}").replace("all-time", "{period}")]
        assert described["get"]["summary"], name
        answer = client.get(address.format(user=owner), headers=headers)
        assert answer.status_code == 200, (name, answer.text)
        assert answer.content_type == "application/json"


@pytest.mark.req("S4-103")
def test_the_catalogue_is_the_same_for_everybody_and_says_what_the_file_says(
    engine_app, catalogue, owner, bearer, site
):
    site_answer = site.get("/api/plugins?limit=100")
    client = engine_app.test_client()
    anybody = client.get("/api/plugins?limit=100")
    assert anybody.status_code == 200
    key = client.get("/api/plugins?limit=100", headers=bearer(owner))
    assert anybody.json == key.json == site_answer.json
    assert [one["name"] for one in anybody.json["items"]] == sorted(r.name for r in catalogue)
    for robot in catalogue:
        one = client.get(f"/api/plugins/{robot.id}")
        assert one.json in anybody.json["items"]
        assert (one.json["id"], one.json["min_tier"]) == (robot.id, robot.min_tier)
        again = client.get(
            f"/api/plugins/{robot.id}", headers={"If-None-Match": one.headers["ETag"]}
        )
        assert again.status_code == 304
    other = client.get("/api/plugins/ma_cross", headers={"If-Match": '"other"'})
    assert (other.status_code, other.json["code"]) == (412, "precondition_failed")


@pytest.fixture
def site(engine_app):
    from tests.conftest import SiteCaller

    return SiteCaller(engine_app)


def test_robots_page_and_filter_and_the_unlisted_are_not_there(engine_app, catalogue):
    client = engine_app.test_client()
    seen, address = [], "/api/plugins?limit=2"
    while address:
        answer = client.get(address)
        seen += [one["id"] for one in answer.json["items"]]
        address = answer.headers.get("Link", "").partition(">")[0].lstrip("<")
        assert bool(address) is answer.json["has_more"]
    assert len(seen) == len(set(seen)) == len(catalogue)
    trend = client.get("/api/plugins?strategy=trend").json["items"]
    assert {one["strategy"] for one in trend} == {"trend"}
    assert len(trend) < len(seen)
    wrong = client.get("/api/plugins?strategy=magic")
    assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "/strategy")
    with transaction():
        robots.sync_catalogue(demo=False)
    hidden = next(robot.id for robot in catalogue if robot.is_demo)
    nothing = client.get(f"/api/plugins/{hidden}")
    assert nothing.status_code == 404
    assert nothing.json["detail"] == client.get("/api/plugins/no_such").json["detail"]


@pytest.mark.req("S4-103")
def test_subscriptions_are_the_asker_s_own_newest_first(engine_app, owner, member):
    site = SiteCaller(engine_app)
    site.link(7, owner)

    def ask(address, **headers):
        return site.get(address, wp_user_id=7, caps=["read"], headers=headers)

    other = member("other@example.test")
    with transaction():
        billing.subscribe(other, "premium", source="operator")
    free = ask("/api/subscriptions/current")
    assert {key: free.json[key] for key in ("plan", "subscription")} == {
        "plan": {"tier": "free", "name": "Free", "price": "0", "currency": "USD"},
        "subscription": None,
    }
    assert ask("/api/subscriptions").json["items"] == []
    now = clock.now()
    with transaction():
        for days, tier in ((30, "low"), (10, "mid"), (10, "premium")):
            billing.subscribe(owner, tier, source="operator", started_at=now - timedelta(days=days))
    current = ask("/api/subscriptions/current")
    assert current.json["plan"] == {
        "tier": "premium", "name": "Premium", "price": "99.99", "currency": "USD",
    }  # fmt: skip
    seen, address = [], "/api/subscriptions?limit=1"
    while address:
        answer = ask(address)
        seen += answer.json["items"]
        address = answer.headers.get("Link", "").partition(">")[0].lstrip("<")
    assert [one["tier"] for one in seen] == ["premium", "mid", "low"]
    assert seen[0] == current.json["subscription"]
    etag = {"If-None-Match": current.headers["ETag"]}
    assert ask("/api/subscriptions/current", **etag).status_code == 304


def test_what_is_read_cannot_be_written(engine_app, owner, bearer):
    client, headers = engine_app.test_client(), bearer(owner)
    for address in ("/api/plugins", "/api/subscriptions", "/api/subscriptions/current"):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = client.open(address, method=method, json={"tier": "premium"}, headers=headers)
            assert answer.status_code == 405, (method, address)
