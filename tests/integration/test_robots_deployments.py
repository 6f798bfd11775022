"""Runs and deployments as a member asks for them: made, listed, moved, refused."""

import pytest

from app.accounts.models import AuditEntry
from app.billing import service as billing
from app.core.db import db, transaction
from app.core.outbox import OutboxRow
from app.ledger import service as ledger
from app.robots import service
from app.robots.errors import (
    DeploymentNotFoundError,
    DeploymentStateError,
    NotAllowedError,
    ParameterError,
)
from app.robots.models import Plugin
from app.robots.schemas.running import DeploymentIn, RunIn
from app.robots.service import work

CROSS = DeploymentIn(plugin_id="ma_cross", symbols=["spy"], parameters={"fast": 5})


@pytest.fixture
def member(member):
    """Return a factory of members who may change all settings."""

    def make(email="member@example.test", tier="mid"):
        return member(email, tier)

    return make


@pytest.fixture(autouse=True)
def catalogue(request):
    request.getfixturevalue("engine_app" if "engine_app" in request.fixturenames else "app")
    with transaction():
        service.sync_catalogue()


def test_a_deployment_has_an_account_of_its_own_and_all_its_parameters(engine_app, member):
    user_id = member()
    made = service.deploy(user_id, CROSS)
    assert (made.state, made.symbols, made.late_count) == ("active", ["SPY"], 0)
    assert made.parameters["fast"] == 5
    assert made.parameters["slow"] == 30
    account = ledger.get_account(user_id, made.account_id)
    assert (account.kind, account.is_ranked) == ("paper", False)
    assert account.starting_balance == 10_000
    assert service.get_deployment(user_id, made.id) == made
    assert service.list_deployments(user_id) == [made]
    assert service.list_orders(user_id, made.id) == []
    assert service.positions(user_id, made.id) == []


@pytest.mark.req("S4-38", "S4-43", "S4-35")
def test_the_plan_says_which_robots_and_how_many(app, member):
    user_id, plain = member(tier=None), CROSS.model_copy(update={"parameters": {}})
    service.deploy(user_id, plain)
    with pytest.raises(NotAllowedError, match="1 robots at once") as refused:
        service.deploy(user_id, plain)
    assert refused.value.details == {"feature": "robots", "plan": "low"}
    with transaction():
        billing.subscribe(user_id, "low", source="operator")
    for _ in range(2):
        service.deploy(user_id, CROSS)
    permission = service.may_deploy(user_id, "ma_cross")
    assert (permission.is_allowed, permission.used, permission.most) == (False, 3, 3)
    service.stop(user_id, service.list_deployments(user_id)[0].id)
    assert service.may_deploy(user_id, "ma_cross").is_allowed
    with transaction():
        db.session.get(Plugin, "ma_cross").min_tier = "premium"
    told = service.may_deploy(user_id, "ma_cross")
    assert not told.is_allowed
    assert "Premium" in told.reason


@pytest.mark.req("S4-1", "S4-50")
def test_the_middle_plan_has_every_robot_and_the_smaller_ones_have_some(app, member):
    robots = [each.id for each in service.list_robots() if not each.is_demo]
    assert len(robots) >= 10
    allowed = {}
    for tier in (None, "low", "mid"):
        user_id = member(f"{tier}@example.test", tier=tier)
        allowed[tier] = {each for each in robots if service.may_deploy(user_id, each).is_allowed}
    assert allowed["mid"] == set(robots)
    assert set() < allowed[None] < allowed["low"] < allowed["mid"]


def test_it_is_paused_resumed_and_stopped_for_good(app, member):
    user_id = member()
    made = service.deploy(user_id, CROSS)
    assert service.pause(user_id, made.id).state == "paused"
    resumed = service.resume(user_id, made.id)
    assert resumed.state == "active"
    assert resumed.watermark > made.watermark
    assert service.stop(user_id, made.id).state == "stopped"
    assert service.stop(user_id, made.id).state == "stopped"
    with pytest.raises(DeploymentStateError):
        service.resume(user_id, made.id)
    actions = [row.action for row in db.session.query(AuditEntry).order_by(AuditEntry.id)]
    assert [each for each in actions if each.startswith("deployment")] == [
        "deployment.made",
        "deployment.paused",
        "deployment.active",
        "deployment.stopped",
    ]


@pytest.mark.req("S4-48")
def test_other_parameters_are_a_record_of_their_own_and_the_old_one_stays(app, member):
    user_id = member()
    old = service.deploy(user_id, CROSS)
    new = service.change_parameters(user_id, old.id, {"fast": 7})
    assert (new.replaces_id, new.parameters["fast"]) == (old.id, 7)
    assert new.account_id != old.account_id
    assert new.version != old.version
    assert service.get_deployment(user_id, old.id).state == "stopped"
    assert service.change_parameters(user_id, new.id, {"fast": 7}).id == new.id
    with pytest.raises(ParameterError) as refused:
        service.change_parameters(user_id, new.id, {"fast": 99})
    assert refused.value.field == "fast"
    with pytest.raises(DeploymentStateError):
        service.change_parameters(user_id, old.id, {"fast": 8})


def test_what_is_anothers_is_not_found(app, member):
    made = service.deploy(member(), CROSS)
    other = member("other@example.test")
    for ask in (service.get_deployment, service.pause, service.positions, service.list_orders):
        with pytest.raises(DeploymentNotFoundError):
            ask(other, made.id)


def test_the_api_makes_one_thing_for_one_idempotency_key(app, client, member, bearer):
    user_id = member()
    headers = bearer(user_id, ["robots:read", "robots:write"]) | {"Idempotency-Key": "one"}
    body = {"plugin_id": "ma_cross", "symbols": ["SPY"], "terms": {"cash": 500}}
    first = client.post("/api/robots/deployments", json=body, headers=headers)
    again = client.post("/api/robots/deployments", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json["id"] == again.json["id"]
    assert first.json["terms"]["cash"] == 500
    assert len(service.list_deployments(user_id)) == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"terms": {"cash": -1}}, "/terms/cash"),
        ({"symbols": []}, "/symbols"),
        ({"timeframe": "M2"}, "/timeframe"),
        ({"plugin_id": "No Such"}, "/plugin_id"),
        ({"colour": 1}, "/colour"),
    ],
)
def test_a_wrong_field_is_named(app, client, member, bearer, change, pointer):
    headers = bearer(member(), ["robots:write"])
    body = {"plugin_id": "ma_cross", "symbols": ["SPY"], **change}
    answer = client.post("/api/robots/deployments", json=body, headers=headers)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("parameters", "field"), [({"colour": 1}, "colour"), ({"fast": 0}, "fast")]
)
def test_a_wrong_parameter_is_named(app, client, member, bearer, parameters, field):
    headers = bearer(member(), ["robots:write"])
    body = {"plugin_id": "ma_cross", "symbols": ["SPY"], "parameters": parameters}
    answer = client.post("/api/robots/deployments", json=body, headers=headers)
    assert answer.status_code == 422
    assert field in answer.json["detail"]


def test_a_run_waits_for_a_worker_and_is_cancelled_once(app, member):
    user_id = member()
    made = service.start_run(user_id, RunIn(plugin_id="ma_cross", symbols=["SPY"]))
    assert (made.state, made.progress, made.is_open) == ("queued", 0, True)
    assert db.session.query(OutboxRow).filter_by(name="robots.run_backtest").count() == 1
    assert service.cancel_run(user_id, made.id).state == "cancelled"
    assert service.cancel_run(user_id, made.id).state == "cancelled"
    work.run_backtest_job(made.id)
    assert service.get_run(user_id, made.id).state == "cancelled"


def test_a_member_has_few_open_runs(app, client, member, bearer):
    headers = bearer(member(), ["robots:read", "robots:write"])
    body = {"plugin_id": "ma_cross", "symbols": ["SPY"]}
    answers = [client.post("/api/robots/runs", json=body, headers=headers) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [201] * 5 + [409]
    assert answers[-1].json["type"].endswith("too_many_runs")
    assert len(client.get("/api/robots/runs", headers=headers).json["items"]) == 5
