"""JSON: what was asked of models, what it cost, and what may be spent."""

from __future__ import annotations

from flask import Response, request

from app.admin import service
from app.admin.api.blueprint import answer, api, asker, page, site
from app.ai.schemas.owner import (
    CheckStarted,
    Health,
    RunPage,
    RunsQuery,
    SettingIn,
    SettingItem,
    Settings,
    Usage,
    UsageQuery,
)
from app.core.auth import owner, site_admin
from app.core.describe import describe
from app.core.parse import json_body, parse


@api.get("/ai")
@describe(query=UsageQuery, answer=Usage)
@site_admin
def ai_usage() -> Response:
    """What was asked of models, and its cost in US dollars; the operator sees the whole service."""
    return answer(service.ai_usage(site(), parse(UsageQuery, request.args.to_dict())))


@api.get("/ai/runs")
@describe(query=RunsQuery, answer=RunPage)
@site_admin
def ai_runs() -> Response:
    """The requests behind a figure, the newest first. No word of a question is kept there."""
    return page(service.ai_runs(site(), parse(RunsQuery, request.args.to_dict())))


@api.get("/ai/runs/file")
@describe(query=RunsQuery, media_type="text/csv", example="at,member,task")
@site_admin
def ai_runs_file() -> Response:
    """The same requests as CSV, the newest 20,000."""
    asked = parse(RunsQuery, request.args.to_dict())
    response = Response(service.ai_runs_file(site(), asked), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="ai-{asked.period}.csv"'
    return response


@api.get("/ai/settings")
@describe(answer=Settings)
@site_admin
def ai_settings() -> Response:
    """What may be spent and which models are asked; of other sites their limit."""
    return answer(service.ai_settings(site()))


@api.post("/ai/settings")
@describe(body=SettingIn, answer=SettingItem)
@site_admin
def ai_change_setting() -> Response:
    """Set something from the next call on; `value` null goes back to the usual one.

    404 for what the asking site may not set, 422 for a value that is none.
    """
    given = parse(SettingIn, json_body())
    return answer(service.ai_change_setting(site(), given, by=asker()))


@api.get("/ai/health")
@describe(answer=Health)
@owner
def ai_health() -> Response:
    """How models do: breakers, the last hour and day, and whether a key is set; never the key."""
    return answer(service.ai_health())


@api.post("/ai/models/<model>/check")
@describe(answer=CheckStarted)
@owner
def ai_check(model: str) -> Response:
    """Let a worker ask a model one word; the answer stands in the health a moment later."""
    return answer(service.ai_check(model, by=asker()))
