"""The owner's figures by the administrators' routes: money only for the operator's own site."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from app.accounts import service as accounts
from app.accounts.models import SiteMember
from app.core import clock
from app.core.db import db, transaction
from app.notifications.models import MailClicks, MailRow
from tests.conftest import SiteCaller
from tests.factories.business import make_business


def ask(site, target):
    return site.request("GET", f"/api/admin{target}", wp_user_id=1, caps=["read", "manage_options"])


@pytest.fixture
def owners(app, site):
    """The operator's own site, and a business."""
    with transaction():
        accounts.set_operators_site(site.site_id, is_operators=True)
    make_business(members=8, rows=40)
    return site


@pytest.mark.req("S4-116", "S4-120")
def test_the_operators_site_sees_money_and_another_its_own_members_alone(app, owners):
    other = SiteCaller(app, "https://other.example")
    found = ask(owners, "/business?period=90d").json
    assert found["is_operators"]
    assert {each["currency"] for each in found["money"]} == {"EUR", "USD"}
    assert found["sign_ups"]["free"] + found["sign_ups"]["low"] > 0
    shown = ask(other, "/business?period=90d").json
    assert (shown["is_operators"], shown["money"], shown["creators"]) == (False, [], None)
    assert sum(shown["sign_ups"].values()) == 0
    for name in ("mrr_movements", "revenue", "payouts_due", "first_plans", "trials"):
        for tail in ("", "/file"):
            assert ask(owners, f"/business/{name}{tail}").status_code == 200
            assert ask(other, f"/business/{name}{tail}").status_code == 404


@pytest.mark.req("S4-118", "S3-5", "S3-136", "S3-137")
def test_who_used_a_site_within_a_day_a_week_or_a_month_is_active_once(app, owners, member):
    other = SiteCaller(app, "https://other.example")
    seen = {number: member(f"seen{number}@example.test") for number in (0, 1, 6, 7, 29, 30)}
    with transaction():
        for days_ago, user_id in seen.items():
            other.link(100 + days_ago, user_id)
    owners.link(100, seen[0])  # at two sites: one member
    with transaction():
        db.session.execute(db.update(SiteMember).values(last_seen_on=None))
        for row in db.session.query(SiteMember).filter(SiteMember.wp_user_id >= 100):
            row.last_seen_on = accounts.today() - timedelta(days=row.wp_user_id - 100)
    assert ask(other, "/business").json["active"] == {"day": 1, "week": 3, "month": 5}
    assert ask(owners, "/business").json["active"] == {"day": 1, "week": 3, "month": 5}
    with transaction():
        accounts.set_operators_site(owners.site_id, is_operators=False)
    assert ask(owners, "/business").json["active"] == {"day": 1, "week": 1, "month": 1}


def test_a_site_sees_the_money_no_longer_when_the_operator_says_so(app, owners):
    done = app.test_cli_runner().invoke(args=["sites", "set-own", owners.site_id, "--no"])
    assert done.output == f"{owners.site_id} is no longer yours\n"
    assert ask(owners, "/business").json["money"] == []


def test_pages_lead_to_the_end_and_bad_questions_are_named(owners):
    target, seen = "/business/mrr_movements?period=90d&limit=5", []
    while True:
        answer = ask(owners, target)
        seen += answer.json["items"]
        if answer.json["next_cursor"] is None:
            break
        target = f"/business/mrr_movements?period=90d&limit=5&cursor={answer.json['next_cursor']}"
    file = ask(owners, "/business/mrr_movements/file?period=90d")
    assert file.mimetype == "text/csv"
    assert len(file.text.splitlines()) == len(seen) + 1
    assert "attachment" in file.headers["Content-Disposition"]
    assert ask(owners, "/business?period=7d").status_code == 422
    assert ask(owners, "/business/mrr_movements?cursor=x").status_code == 422
    assert ask(owners, "/business/nothing").status_code == 404


def test_the_operators_site_sees_what_became_of_mails_by_topic_over_all_weeks(app, owners, member):
    user_id, now = member("mails@example.test"), clock.now()
    ended = {"unsubscribed_at": now}
    made = [
        ("limit_reached", "sent", 0, {}), ("limit_reached", "sent", 8, ended),
        ("limit_reached", "skipped", 15, {}), ("payment_failed", "dead", 1, {}),
        ("payment_failed", "sent", 120, {}),
    ]  # fmt: skip
    with transaction():
        for number, (topic, state, days, further) in enumerate(made):
            db.session.add(
                MailRow(
                    user_id=user_id, topic=topic, key=f"k:{number}", language="en", facts={},
                    state=state, created_at=now - timedelta(days=days), **further,
                )
            )  # fmt: skip
        db.session.add(MailClicks(topic="limit_reached", day=now.date(), count=3))
    found = ask(owners, "/business").json
    none = dict.fromkeys(
        ("asked", "sent", "refused", "skipped", "dead", "waiting", "unsubscribed", "clicks"), 0
    )
    limits = {"asked": 3, "sent": 2, "skipped": 1, "unsubscribed": 1, "clicks": 3}
    assert found["mails"] == [
        none | {"topic": "limit_reached"} | limits,
        none | {"topic": "payment_failed", "asked": 1, "dead": 1},
    ]
    assert "mails" in {each["key"] for each in found["definitions"]}
    assert ask(owners, "/business?period=365d").json["mails"] == found["mails"]
    other = SiteCaller(app, "https://other.example")
    assert ask(other, "/business").json["mails"] is None


@pytest.mark.req("S4-120")
def test_the_operator_sees_the_same_figures_without_a_site(app, owners, member):
    member("ada@example.test", tier="mid")
    asked = ask(owners, "/business?period=90d").json
    file = ask(owners, "/business/mrr_movements/file?period=90d").text
    runner = app.test_cli_runner()
    told = runner.invoke(args=["billing", "figures", "--period", "90d"])
    assert json.loads(told.output) == asked
    rows = runner.invoke(args=["billing", "figures", "--period", "90d", "--rows", "mrr_movements"])
    assert rows.output.splitlines() == file.splitlines()
    wrong = runner.invoke(args=["billing", "figures", "--rows", "nothing"])
    assert (wrong.exit_code, wrong.output.startswith("Error:")) == (1, True)
    assert runner.invoke(args=["billing", "figures", "--period", "7d"]).exit_code == 2
