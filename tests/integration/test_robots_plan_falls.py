"""Robots follow the plan: what it does not include is refused, or paused when the plan falls."""

from datetime import timedelta

import pytest

from app.billing import service as billing
from app.core import clock
from app.core.db import db, transaction
from app.core.outbox import OutboxRow
from app.robots import service
from app.robots.errors import NotAllowedError
from app.robots.models import Plugin, RobotDeployment
from app.robots.schemas.running import DeploymentIn
from app.robots.service import permission
from tests.factories.house import work_off
from workers import queues

PLAIN = DeploymentIn(plugin_id="ma_cross", symbols=["SPY"])


@pytest.fixture(autouse=True)
def catalogue(request, monkeypatch):
    name = "engine_app" if "engine_app" in request.fixturenames else "app"
    house = request.getfixturevalue(name)
    monkeypatch.setattr(queues, "application", lambda: house)
    with transaction():
        service.sync_catalogue()


def subscribe(user_id, tier, **options):
    with transaction():
        billing.subscribe(user_id, tier, source="operator", **options)


def states(user_id):
    db.session.rollback()
    db.session.expire_all()
    return [each.state for each in reversed(service.list_deployments(user_id))]


@pytest.mark.req("S4-98", "S4-38")
def test_a_plan_that_falls_pauses_the_younger_robots_and_says_why(engine_app, member):
    user_id = member(tier="low")
    made = [service.deploy(user_id, PLAIN).id for _ in range(3)]
    subscribe(user_id, "free")
    work_off()
    assert states(user_id) == ["active", "paused", "paused"]
    assert "1 robots at once" in service.get_deployment(user_id, made[1]).reason
    with pytest.raises(NotAllowedError, match="1 robots at once"):
        service.resume(user_id, made[2])
    with pytest.raises(NotAllowedError):
        service.change_parameters(user_id, made[2], {"fast": 9})
    subscribe(user_id, "low")
    work_off()
    assert states(user_id) == ["active", "paused", "paused"]
    assert service.resume(user_id, made[2]).state == "active"
    assert service.resume(user_id, made[1]).state == "active"


def test_who_pauses_one_may_let_another_go_on(app, member):
    user_id = member(tier="low")
    old, new = (service.deploy(user_id, PLAIN).id for _ in range(2))
    subscribe(user_id, "free")
    work_off()
    service.pause(user_id, old)
    assert service.resume(user_id, new).state == "active"
    with pytest.raises(NotAllowedError):
        service.resume(user_id, old)


@pytest.mark.req("S4-98", "S4-64")
def test_a_robot_that_the_plan_no_longer_includes_is_paused_before_older_ones(app, member):
    user_id = member(tier="premium")
    first = service.deploy(user_id, DeploymentIn(plugin_id="rsi_reversion", symbols=["SPY"]))
    service.deploy(user_id, PLAIN)
    with transaction():
        db.session.get(Plugin, "rsi_reversion").min_tier = "premium"
    subscribe(user_id, "mid")
    work_off()
    assert states(user_id) == ["paused", "active"]
    assert "Premium" in service.get_deployment(user_id, first.id).reason
    with pytest.raises(NotAllowedError, match="Premium") as refused:
        service.resume(user_id, first.id)
    assert refused.value.details["plan"] == "premium"


def test_a_plan_that_ends_by_itself_is_seen_by_the_clock(app, member, monkeypatch):
    user_id = member()
    ends = clock.now() + timedelta(days=1)
    subscribe(user_id, "low", ends_at=ends)
    for _ in range(2):
        service.deploy(user_id, PLAIN)
    with transaction():
        permission.hold_all_to_plans()
    assert not db.session.query(OutboxRow).filter_by(name=permission.HOLD, state="pending").count()
    monkeypatch.setattr(clock, "now", lambda: ends + timedelta(minutes=5))
    with transaction():
        permission.hold_all_to_plans()
    work_off()
    assert states(user_id) == ["active", "paused"]


def test_the_job_may_run_twice(app, member):
    user_id = member(tier="low")
    for _ in range(2):
        service.deploy(user_id, PLAIN)
    subscribe(user_id, "free")
    with transaction():
        first = permission.hold_to_plan(user_id)
    with transaction():
        again = permission.hold_to_plan(user_id)
    assert (len(first), again) == (1, [])


def test_the_operators_own_records_have_no_plan(app, member):
    user_id = member()
    for _ in range(3):
        service.deploy(user_id, PLAIN, is_ranked=True)
    with transaction():
        assert permission.hold_to_plan(user_id) == []
    made = service.list_deployments(user_id)[0]
    service.pause(user_id, made.id)
    assert service.resume(user_id, made.id).state == "active"
    assert service.change_parameters(user_id, made.id, {"short": True}).parameters["short"]


@pytest.mark.req("S4-48", "S4-55")
@pytest.mark.parametrize(("tier", "settings", "feature"), [
    (None, {}, None),
    (None, {"fast": 10, "slow": 30}, None),
    (None, {"fast": 9}, "robot_settings"),
    ("low", {"fast": 9, "slow": 40, "qty": 2}, None),
    ("low", {"short": True}, "robot_settings"),
    ("mid", {"short": True}, None),
])  # fmt: skip
def test_the_plan_says_which_settings_may_be_changed(app, member, tier, settings, feature):
    user_id = member(tier=tier)
    asked = PLAIN.model_copy(update={"parameters": settings})
    if feature is None:
        assert service.deploy(user_id, asked).state == "active"
        return
    with pytest.raises(NotAllowedError) as refused:
        service.deploy(user_id, asked)
    assert refused.value.details["feature"] == feature
    assert refused.value.details["plan"] == ("mid" if tier else "low")
    assert db.session.query(RobotDeployment).count() == 0


def test_a_member_on_a_smaller_plan_keeps_settings_and_changes_only_its_own(app, member):
    user_id = member(tier="mid")
    asked = PLAIN.model_copy(update={"parameters": {"short": True}})
    made = service.deploy(user_id, asked)
    subscribe(user_id, "low")
    changed = service.change_parameters(user_id, made.id, {"short": True, "fast": 8})
    assert (changed.parameters["short"], changed.parameters["fast"]) == (True, 8)
    with pytest.raises(NotAllowedError, match="short"):
        service.change_parameters(user_id, changed.id, {"short": False, "fast": 8})


def test_every_basic_setting_is_one_of_its_robot(app):
    for plugin in service.load_catalogue():
        settings = set(plugin.parameters_schema["properties"])
        basic = set(plugin.metadata.basic_settings)
        assert basic, plugin.id
        assert basic < settings, plugin.id
