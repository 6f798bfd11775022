"""Clicks of the calls to action: counted once, by whom is not known, and how many went on."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from scipy.stats import binomtest
from sqlalchemy import inspect

from app.accounts import service as accounts
from app.billing import service as billing
from app.billing.models import CallClicks, Checkout
from app.core import clock
from app.core.db import db, transaction
from app.core.limits import POLICIES
from tests.conftest import SiteCaller

NOON = "2026-03-02T12:00:00Z"
TARGET = "/api/wordpress/clicks"
WORDS = [
    "Start Free - No Credit Card Required",
    "Upgrade to Low Commitment - $9.99/month",
    "Upgrade to Mid-Tier - $29.99/month",
    "Contact Sales for Premium - $99.99/month",
]


@pytest.fixture
def site(engine_app):
    """Return the operator's own site, on both engines."""
    caller = SiteCaller(engine_app)
    with transaction():
        accounts.set_operators_site(caller.site_id, is_operators=True)
    return caller


def click(site, plan="premium", place="pricing", key=None, **told):
    headers = {"Idempotency-Key": key} if key else {}
    return site.post(TARGET, json={"plan": plan, "place": place, **told}, headers=headers)


def told(site, target="?period=30d"):
    answer = site.request(
        "GET", f"/api/admin/business{target}", wp_user_id=1, caps=["read", "manage_options"]
    )
    assert answer.status_code == 200, answer.text
    return answer.json


def rows():
    db.session.rollback()
    return {
        (row.ladder, row.plan, row.place, row.site_id): row.count
        for row in db.session.query(CallClicks)
    }


@pytest.mark.req("S4-92", "S4-88", "S4-89", "S4-90", "S4-91")
def test_clicks_are_counted_by_plan_and_place_and_a_page_that_tells_twice_counts_once(site):
    for plan in ("free", "low", "mid", "premium"):
        assert click(site, plan, key=f"page-1:{plan}").status_code == 204
    again = click(site, "premium", key="page-1:premium")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (204, "true")
    assert click(site, "premium", key="page-2:premium").status_code == 204
    assert click(site, "premium", "home", key="page-3:premium").status_code == 204
    assert rows() == {
        ("robots", "free", "pricing", site.site_id): 1,
        ("robots", "low", "pricing", site.site_id): 1,
        ("robots", "mid", "pricing", site.site_id): 1,
        ("robots", "premium", "pricing", site.site_id): 2,
        ("robots", "premium", "home", site.site_id): 1,
    }
    shown = told(site)["calls"]["rows"]
    assert [row["call"] for row in shown] == WORDS
    assert [row["clicks"] for row in shown] == [1, 1, 1, 3]
    assert {key: shown[3][key] for key in ("pricing", "home", "other")} == {
        "pricing": 2, "home": 1, "other": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"plan": "gold", "place": "pricing"}, "plan"),
        ({"plan": "pro", "place": "pricing"}, "plan"),
        ({"plan": "mid", "ladder": "yachts", "place": "pricing"}, "plan"),
        ({"plan": "mid", "ladder": "ROBOTS", "place": "pricing"}, "ladder"),
        ({"plan": "mid", "place": "/pricing?email=a@b.example"}, "place"),
        ({"plan": "mid"}, "place"),
        ({"plan": "mid", "place": "pricing", "email": "a@b.example"}, "email"),
        ({"plan": "mid", "place": "pricing", "user_id": 7}, "user_id"),
    ],
)
def test_only_buttons_that_there_are_can_be_told_and_nothing_beside_them(site, body, field):
    answer = site.post(TARGET, json=body)
    assert answer.status_code == 422
    assert field in answer.text
    assert rows() == {}


def test_only_a_connected_site_may_tell(site):
    body = {"plan": "mid", "place": "pricing"}
    assert site.app.test_client().post(TARGET, json=body).status_code == 401
    with transaction():
        accounts.pause_site(site.site_id)
    assert click(site).status_code == 403
    assert rows() == {}


@pytest.mark.req("S4-33")
def test_nothing_of_a_person_is_kept_whoever_clicked(site):
    with transaction():
        user = accounts.create_user("clicker@example.test")
    site.link(7, user.id)
    site.request("POST", TARGET, wp_user_id=7, json={"plan": "mid", "place": "pricing"})
    names = {column["name"] for column in inspect(db.engine).get_columns("call_clicks")}
    assert names == {"day", "site_id", "ladder", "plan", "place", "count"}
    assert list(rows().values()) == [1]


def test_a_site_counts_at_most_sixty_a_minute(site):
    assert (POLICIES["clicks"].quota, POLICIES["clicks"].window) == (60, 60)
    # No Redis here: each process lets its part through.
    quota = 2 * int(site.app.config["WEB_PROCESSES"])
    site.app.extensions["limits"].policies["clicks"] = POLICIES["clicks"]._replace(quota=quota)
    with time_machine.travel(NOON, tick=False):
        answers = [click(site) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [204, 204, 429, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert list(rows().values()) == [2]


def begin(site_id, plan, *, source="pricing", done=False, ago=1):
    """Write a checkout as the service does, with its step."""
    at = clock.now() - timedelta(days=ago)
    with transaction():
        user = accounts.create_user(f"buyer-{db.session.query(Checkout).count()}@example.test")
        row = Checkout(
            user_id=user.id, ladder="robots", plan=plan, interval="month", source=source,
            state="complete" if done else "open", created_at=at, expires_at=at,
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        billing.note_conversion(
            "checkout_started", key=f"checkout:{row.id}", user_id=user.id, site_id=site_id,
            source=source, plan_to=plan, happened_at=at,
        )  # fmt: skip


@pytest.mark.req("S4-92", "S4-117")
def test_who_went_on_is_a_share_with_its_n_and_interval(site):
    for number in range(8):
        click(site, "mid", key=f"page-{number}")
    click(site, "free")  # has no checkout
    for done in (True, False, False):
        begin(site.site_id, "mid", done=done)
    begin(site.site_id, "mid", source="limit.robots", done=True)  # did not come from the plans
    begin(site.site_id, "mid", ago=40, done=True)  # in another period
    begin(site.site_id, "low", done=True)  # begun, and no click was counted: no scripts
    found = {row["plan"]: row for row in told(site)["calls"]["rows"]}
    for step, count, of in (("started", 3, 8), ("finished", 1, 3)):
        said = found["mid"][step]
        exact = binomtest(count, of).proportion_ci(method="wilson")
        assert (said["count"], said["of"]) == (count, of)
        assert said["ratio"] == pytest.approx(count / of)
        assert (said["low"], said["high"]) == pytest.approx((exact.low, exact.high))
    none = {"ratio": None, "low": None, "high": None}
    assert found["low"]["started"] == {"count": 1, "of": 0, **none}
    assert found["low"]["finished"]["ratio"] == 1.0
    assert found["free"]["clicks"] == 1
    assert found["free"]["started"] == {"count": 0, "of": 0, **none}


@pytest.mark.req("S4-117")
def test_a_site_sees_its_own_clicks_and_the_operator_those_of_all(site):
    other = SiteCaller(site.app, "https://other.example")
    click(site, "mid")
    click(other, "low", "other")
    click(other, "pro", "home", ladder="coach")
    begin(other.site_id, "low")
    begin(site.site_id, "low", done=True)
    mine = {(row["ladder"], row["plan"]): row for row in told(other)["calls"]["rows"]}
    assert {key: row["clicks"] for key, row in mine.items() if row["clicks"]} == {
        ("robots", "low"): 1, ("coach", "pro"): 1,
    }  # fmt: skip
    assert mine["robots", "low"]["started"]["count"] == 1
    assert mine["robots", "low"]["finished"]["count"] == 0
    whole = {(row["ladder"], row["plan"]): row for row in told(site)["calls"]["rows"]}
    assert whole["robots", "mid"]["clicks"] == 1
    assert whole["robots", "low"]["started"]["count"] == 2
    listed = told(other, "/calls?period=30d&limit=1")
    assert listed["columns"] == ["Day", "Ladder", "Plan", "Place", "Site", "Clicks"]
    assert listed["items"] == [
        [clock.now().date().isoformat(), "robots", "low", "other", other.site_id, "1"]
    ]
    rest = told(other, f"/calls?period=30d&limit=1&cursor={listed['next_cursor']}")
    assert (rest["items"][0][2], rest["next_cursor"]) == ("pro", None)
    assert len(told(site, "/calls?period=30d")["items"]) == 3


def test_before_the_first_click_there_are_no_rows_and_what_it_means_is_said(site):
    found = told(site)
    assert found["calls"] == {"viewed": 0, "rows": []}
    assert "calls" in {each["key"] for each in found["definitions"]}


def test_views_are_those_of_members_once_a_day(site):
    with transaction():
        user = accounts.create_user("reader@example.test")
        for key in ("pricing:1:a", "pricing:1:b", "pricing:1:a"):
            billing.note_conversion(
                "pricing_viewed", key=key, user_id=user.id, site_id=site.site_id
            )
    assert told(site)["calls"]["viewed"] == 2
    other = SiteCaller(site.app, "https://other.example")
    assert told(other)["calls"]["viewed"] == 0


def test_a_plan_that_is_no_longer_sold_keeps_its_clicks(site):
    with transaction():
        db.session.add(
            CallClicks(
                day=clock.now().date(), site_id=site.site_id, ladder="robots", plan="gold",
                place="home", count=4,
            )
        )  # fmt: skip
    last = told(site)["calls"]["rows"][-1]
    assert (last["call"], last["clicks"]) == ("robots: gold", 4)
