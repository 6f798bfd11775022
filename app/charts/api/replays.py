"""JSON: replays of history."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from app.charts import service
from app.charts.schemas import Replay, ReplayIn, ReplayList, ReplayQuery, ReplayState, StepIn
from app.core.auth import scoped, user_id
from app.core.describe import describe
from app.core.http import json_response
from app.core.parse import json_body, parse

api = Blueprint("replays_api", __name__, url_prefix="/api/replays")
CSV = "text/csv"


@api.get("")
@describe(answer=ReplayList)
@scoped("charts:read")
def list_replays() -> Response:
    """List the asker's replays, the one that was used last first."""
    found = ReplayList(items=service.list_replays(user_id()))
    return json_response(found.model_dump(mode="json"))


@api.post("")
@describe(body=ReplayIn, answer=Replay, status=201)
@scoped("charts:write")
def create_replay() -> Response:
    """Begin to go through the history of a symbol."""
    made = service.create_replay(user_id(), parse(ReplayIn, json_body()))
    return json_response(made.model_dump(mode="json"), 201)


@api.get("/<int:replay_id>")
@describe(query=ReplayQuery, answer=ReplayState)
@scoped("charts:read")
def get_replay(replay_id: int) -> Response:
    """Tell what is known at a replay's position: bars, levels, a chart's indicators."""
    asked = parse(ReplayQuery, request.args.to_dict())
    return json_response(service.get_replay(user_id(), replay_id, asked).model_dump(mode="json"))


@api.post("/<int:replay_id>/step")
@describe(body=StepIn, answer=ReplayState, problems=(409,))
@scoped("charts:write")
def step(replay_id: int) -> Response:
    """Go on by some bars; at its end a replay stays there."""
    given = parse(StepIn, json_body())
    return json_response(service.step(user_id(), replay_id, given).model_dump(mode="json"))


@api.delete("/<int:replay_id>")
@describe(status=204)
@scoped("charts:write")
def delete_replay(replay_id: int) -> Response:
    """Forget a replay."""
    service.delete_replay(user_id(), replay_id)
    return make_response("", 204)


@api.get("/<int:replay_id>/bars.csv")
@describe(
    media_type=CSV, example="opened_at,open,high,low,close,volume\n2026-05-20T13:30:00Z,1,2,1,2,9\n"
)
@scoped("charts:read")
def replay_csv(replay_id: int) -> Response:
    """Give what a replay has shown so far as CSV."""
    headers = {"Content-Disposition": f'attachment; filename="replay-{replay_id}.csv"'}
    return Response(service.replay_csv(user_id(), replay_id), mimetype=CSV, headers=headers)
