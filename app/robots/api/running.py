"""JSON: a member's runs over past bars, and robots that trade on paper."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, Field

from app.core.auth import scoped, user_id
from app.core.describe import describe
from app.core.http import json_response
from app.core.parse import json_body, parse
from app.robots import service
from app.robots.schemas.running import (
    PLUGIN,
    DeploymentIn,
    DeploymentList,
    DeploymentView,
    OrderList,
    ParametersIn,
    PositionList,
    RunDetail,
    RunIn,
    RunList,
    RunView,
)

api = Blueprint("running_api", __name__, url_prefix="/api/robots")
CSV = "text/csv"


class RobotQuery(BaseModel):
    """Of which robot, and how many."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    plugin_id: str | None = Field(default=None, pattern=PLUGIN)
    limit: int = Field(default=20, ge=1, le=100)


@api.post("/runs")
@describe(body=RunIn, answer=RunView, status=201)
@scoped("robots:write")
def start_run() -> Response:
    """Run a robot over past bars; a worker does it, `GET` says how far it is."""
    made = service.start_run(user_id(), parse(RunIn, json_body()))
    return json_response(_json(made), 201)


@api.get("/runs")
@describe(query=RobotQuery, answer=RunList)
@scoped("robots:read")
def list_runs() -> Response:
    """List the asker's runs, the newest first."""
    asked = parse(RobotQuery, request.args.to_dict())
    found = service.list_runs(user_id(), asked.plugin_id, asked.limit)
    return json_response({"items": [_json(one) for one in found]})


@api.get("/runs/<int:run_id>")
@describe(answer=RunDetail)
@scoped("robots:read")
def get_run(run_id: int) -> Response:
    """Tell how far a run is, and what came of it."""
    return json_response(_json(service.get_run(user_id(), run_id)))


@api.post("/runs/<int:run_id>/cancel")
@describe(answer=RunView)
@scoped("robots:write")
def cancel_run(run_id: int) -> Response:
    """Stop a run; one that is finished stays as it is."""
    return json_response(_json(service.cancel_run(user_id(), run_id)))


@api.get("/runs/<int:run_id>/trades.csv")
@describe(media_type=CSV, example="symbol,direction,entry_at\nAAPL,long,2026-05-20T13:30:00Z\n")
@scoped("robots:read")
def run_trades(run_id: int) -> Response:
    """Give the trades of a run as CSV; 409 while it has no result."""
    text = service.run_trades_csv(user_id(), run_id)
    headers = {"Content-Disposition": f'attachment; filename="run-{run_id}-trades.csv"'}
    return Response(text, mimetype=CSV, headers=headers)


@api.post("/deployments")
@describe(body=DeploymentIn, answer=DeploymentView, status=201)
@scoped("robots:write")
def deploy() -> Response:
    """Let a robot trade on paper, on the bars that close from now on."""
    made = service.deploy(user_id(), parse(DeploymentIn, json_body()))
    return json_response(_json(made), 201)


@api.get("/deployments")
@describe(query=RobotQuery, answer=DeploymentList)
@scoped("robots:read")
def list_deployments() -> Response:
    """List the asker's robots on paper, the newest first."""
    asked = parse(RobotQuery, request.args.to_dict())
    found = service.list_deployments(user_id(), asked.plugin_id)[: asked.limit]
    return json_response({"items": [_json(one) for one in found]})


@api.get("/deployments/<int:deployment_id>")
@describe(answer=DeploymentView)
@scoped("robots:read")
def get_deployment(deployment_id: int) -> Response:
    """Tell how a robot on paper stands."""
    return json_response(_json(service.get_deployment(user_id(), deployment_id)))


@api.post("/deployments/<int:deployment_id>/pause")
@describe(answer=DeploymentView)
@scoped("robots:write")
def pause(deployment_id: int) -> Response:
    """Trade no further for now; what is held stays."""
    return json_response(_json(service.pause(user_id(), deployment_id)))


@api.post("/deployments/<int:deployment_id>/resume")
@describe(answer=DeploymentView)
@scoped("robots:write")
def resume(deployment_id: int) -> Response:
    """Go on with the bars that close from now on."""
    return json_response(_json(service.resume(user_id(), deployment_id)))


@api.post("/deployments/<int:deployment_id>/stop")
@describe(answer=DeploymentView)
@scoped("robots:write")
def stop(deployment_id: int) -> Response:
    """End it for good; its record stays."""
    return json_response(_json(service.stop(user_id(), deployment_id)))


@api.put("/deployments/<int:deployment_id>/parameters")
@describe(body=ParametersIn, answer=DeploymentView)
@scoped("robots:write")
def change_parameters(deployment_id: int) -> Response:
    """Go on with other parameters: another deployment with a record of its own is answered."""
    given = parse(ParametersIn, json_body())
    made = service.change_parameters(user_id(), deployment_id, given.parameters)
    return json_response(_json(made))


@api.get("/deployments/<int:deployment_id>/orders")
@describe(answer=OrderList)
@scoped("robots:read")
def list_orders(deployment_id: int) -> Response:
    """List the newest hundred orders of a robot on paper."""
    found = service.list_orders(user_id(), deployment_id)
    return json_response({"items": [_json(one) for one in found]})


@api.get("/deployments/<int:deployment_id>/positions")
@describe(answer=PositionList)
@scoped("robots:read")
def positions(deployment_id: int) -> Response:
    """Tell what a robot on paper holds, by the ledger."""
    found = service.positions(user_id(), deployment_id)
    return json_response({"items": [_json(one) for one in found]})


def _json(view: BaseModel) -> Any:
    return _plain(view.model_dump())


def _plain(value: Any) -> Any:
    """Return a value with its decimals as texts, without zeros that say nothing."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value
