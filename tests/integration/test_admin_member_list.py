"""The list of members by ladder and by how the plan stands there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.billing import service as billing
from app.billing.models import ProviderSubscription, Subscription
from app.billing.rules import own_plan
from app.core import clock
from app.core.db import db, transaction

HOUR = timedelta(hours=1)
TIERS = {"robots": "mid", "coach": "pro"}
# What the provider says, and what was given before or after; by how the plan then stands.
CASES = [
    ("active", {"status": "active"}, {}),
    ("active", {"status": "active"}, {"source": "operator"}),
    ("trialing", {"status": "trialing"}, None),
    ("past_due", {"status": "past_due", "is_paused": True}, None),
    ("past_due", {"status": "unpaid"}, {"status": "expired"}),
    ("past_due", {"status": "paused"}, None),
    ("paused", {"status": "active", "is_paused": True, "cancel_at": HOUR}, None),
    ("cancelling", {"status": "trialing", "cancel_at": HOUR}, None),
    ("ended", {"status": "canceled"}, {}),
    ("ended", None, {"source": "operator", "status": "expired"}),
    ("ended", None, {"source": "operator", "ends_at": -HOUR}),
    ("gift", None, {"source": "operator", "ends_at": HOUR}),
    ("gift", {"status": "incomplete_expired"}, {"source": "operator"}),
    ("none", {"status": "incomplete"}, None),
    ("none", None, None),
]


def ask(site, query):
    caps = ["read", "manage_options"]
    return site.request("GET", f"/api/admin/members{query}", wp_user_id=1, caps=caps)


def listed(site, query):
    return {each["user_id"] for each in ask(site, query).json["items"]}


def moment(fields, now):
    return {
        name: now + value if isinstance(value, timedelta) else value
        for name, value in fields.items()
    }


def add(user_id, ladder, paid, given):
    now = clock.now()
    if paid is not None:
        db.session.add(ProviderSubscription(
            provider_id=f"sub_{user_id}", user_id=user_id, ladder=ladder, plan="pro",
            price_id="price_1", interval="month", price_minor=900, currency="USD",
            created_at=now, fetched_at=now, **moment(paid, now),
        ))  # fmt: skip
    if given is not None:
        db.session.add(Subscription(**{
            "user_id": user_id, "ladder": ladder, "tier": TIERS[ladder], "source": "stripe",
            "started_at": now, "created_at": now, **moment(given, now),
        }))  # fmt: skip


@pytest.mark.parametrize("ladder", ["robots", "coach"])
def test_members_are_listed_by_how_their_plan_stands_as_their_own_page_says(
    engine_app, site, member, ladder
):
    users = [member(f"m{number}@example.test") for number in range(len(CASES))]
    with transaction():
        for user_id, (_, paid, given) in zip(users, CASES, strict=True):
            add(user_id, ladder, paid, given)
    for number, user_id in enumerate(users):
        site.link(10 + number, user_id)
    expected = {
        stands: {user for user, case in zip(users, CASES, strict=True) if case[0] == stands}
        for stands in own_plan.STATES
    }
    for stands, meant in expected.items():
        assert listed(site, f"?limit=100&ladder={ladder}&standing={stands}") == meant, stands
    if ladder == "robots":
        for user_id, case in zip(users, CASES, strict=True):
            paid = list(db.session.query(ProviderSubscription).filter_by(user_id=user_id))
            given = db.session.query(Subscription).filter_by(user_id=user_id).first()
            assert own_plan.state(paid[0] if paid else None, given, clock.now()) == case[0], case
        assert listed(site, "?limit=100&standing=gift") == expected["gift"]
    usable = set(users) - expected["ended"] - expected["none"]
    assert listed(site, f"?limit=100&ladder={ladder}") == usable


def test_the_newest_row_counts_and_a_page_follows_the_last(app, site, member):
    first, second, third = (member(f"m{number}@example.test") for number in range(3))
    for number, user_id in enumerate((first, second, third)):
        site.link(10 + number, user_id)
    with transaction():
        add(first, billing.ROBOTS, None, {"source": "operator", "started_at": -HOUR})
        add(first, billing.ROBOTS, None, {"source": "operator", "status": "expired"})
        for user_id in (second, third):
            add(user_id, billing.ROBOTS, None, {"source": "operator"})
    assert listed(site, "?standing=ended") == {first}
    page = ask(site, "?standing=gift&limit=1").json
    rest = ask(site, f"?standing=gift&limit=1&cursor={page['next_cursor']}").json
    assert [each["user_id"] for each in page["items"] + rest["items"]] == [third, second]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [("?plan=gold", "plan"), ("?ladder=offers", "ladder"), ("?standing=rich", "standing")],
)
def test_what_there_is_not_is_refused_by_name(site, query, field):
    answer = ask(site, query)
    assert answer.status_code == 422
    assert field in answer.json["detail"]
