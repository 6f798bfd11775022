"""Mails about what a member has not tried: by one rule, once, and not to who does nothing here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.accounts import service as accounts
from app.billing import service as billing
from app.core import clock
from app.core.db import db, transaction
from app.embed import service
from app.embed.service import campaigns
from app.notifications import service as notifications
from app.notifications.models import MailRow
from app.performance.models import PerformanceScope
from tests.factories.performance import make_account
from tests.person import mails
from workers.schedule import SCHEDULE

NOW = datetime(2026, 11, 12, 15, 0, tzinfo=UTC)


@pytest.fixture
def now(engine_app):
    with time_machine.travel(NOW, tick=False):
        yield engine_app


def active(user_id, days_ago=1):
    """Let a member have traded so many days ago."""
    with transaction():
        db.session.add(PerformanceScope(
            user_id=user_id, user_key=user_id, account_id=0, plugin_id="", kind="paper",
            currency="USD", last_day=clock.now().date() - timedelta(days=days_ago),
            updated_at=clock.now(),
        ))  # fmt: skip


def rows():
    db.session.rollback()
    return db.session.scalars(select(MailRow).order_by(MailRow.user_id)).all()


def sync_robots():
    from app.robots import service as robots

    with transaction():
        robots.sync_catalogue()


def test_every_robot_of_the_next_plan_is_shown_by_name(now, member):
    sync_robots()
    ann, old, top, off = (member(f"{name}@example.test") for name in ("ann", "old", "top", "off"))
    active(ann)
    active(old, days_ago=40)
    for user_id in (top, off):
        active(user_id)
    with transaction():
        billing.subscribe(top, billing.plan_keys()[-1], source="operator")
        notifications.set_preferences(off, set())
    assert service.tell_missing() == 1
    (row,) = rows()
    assert (row.user_id, row.key) == (ann, f"see_what_you_miss:{ann}:2026-11")
    plan = billing.get_plan(billing.plan_keys()[1])
    opened = [
        each.robot.name for each in campaigns.list_cards() if each.robot.min_tier == plan.tier
    ]
    assert opened
    assert [each["robot"] for each in row.facts["records"]] == sorted(opened, key=str.lower)
    assert (row.facts["plan"], row.facts["amount"]) == (plan.name, plan.price_minor("month"))
    notifications.send_member_mail(row.id)
    (mail,) = mails(now)
    assert "no closed trade yet" in mail.get_body(("plain",)).get_content()


def test_it_comes_once_a_month(now, member):
    sync_robots()
    ann = member("ann@example.test")
    active(ann)
    assert [service.tell_missing(), service.tell_missing()] == [1, 0]
    with time_machine.travel(NOW + timedelta(days=28), tick=False):
        assert service.tell_missing() == 1


def test_a_next_step_is_named_once_to_who_runs_no_robot(now, member):
    ann, bob = member("ann@example.test"), member("bob@example.test")
    with transaction():
        make_account(bob, kind="journal")
    assert service.tell_next_step() == 0  # on the first day nobody is written to
    with time_machine.travel(NOW + timedelta(days=4), tick=False):
        assert [service.tell_next_step(), service.tell_next_step()] == [2, 0]
    with time_machine.travel(NOW + timedelta(days=5), tick=False):
        assert service.tell_next_step() == 0
    assert [(row.user_id, row.facts["step"]) for row in rows()] == [(ann, "robot"), (bob, "run")]


def test_who_runs_a_robot_or_came_long_ago_is_left_alone(now, member, monkeypatch):
    ann = member("ann@example.test")
    with transaction():
        gone = accounts.create_user("gone@example.test").id
        accounts.erase_user(gone)
    monkeypatch.setattr(campaigns.robots, "list_deployments", lambda user_id: [user_id])
    with time_machine.travel(NOW + timedelta(days=4), tick=False):
        assert service.tell_next_step() == 0
    monkeypatch.undo()
    with time_machine.travel(NOW + timedelta(days=11), tick=False):
        assert service.tell_next_step() == 0
    assert ann
    assert rows() == []


def test_batches_leave_nobody_out(now, member, monkeypatch):
    monkeypatch.setattr(campaigns, "BATCH", 2)
    users = [member(f"m{number}@example.test") for number in range(5)]
    with time_machine.travel(NOW + timedelta(days=4), tick=False):
        assert service.tell_next_step() == 5
    assert [row.user_id for row in rows()] == users


def test_the_clock_asks_for_all_of_them():
    names = {each.name for each in SCHEDULE}
    assert {"performance.tell_week", "embed.tell_missing", "embed.tell_next_step"} <= names


@pytest.mark.req("S4-95")
def test_who_takes_the_last_robot_of_the_plan_is_told_what_the_next_one_gives(now, member):
    from app.robots import service as robots
    from app.robots.schemas.running import DeploymentIn

    sync_robots()
    user_id = member("ann@example.test", "low")
    most = billing.limit(user_id, "robots")
    given = DeploymentIn(plugin_id="ma_cross", symbols=["SPY"], timeframe="D1")
    for number in range(most):
        assert rows() == [], number
        with transaction():
            robots.deploy(user_id, given)
    (row,) = rows()
    plan = billing.next_plan(user_id, "robots")
    assert (row.topic, row.key) == (
        "limit_reached", f"limit_reached:{user_id}:robots:2026-11:{most}",
    )  # fmt: skip
    assert (row.facts["used"], row.facts["allowed"]) == (most, most)
    assert row.facts["next_plan"] == billing.plan_name(plan)
    with transaction():
        robots.stop(user_id, robots.list_deployments(user_id)[0].id)
        robots.deploy(user_id, given)
    assert len(rows()) == 1
    notifications.send_member_mail(row.id)
    (mail,) = mails(now)
    assert mail["Subject"].startswith("You have reached a limit: ")
