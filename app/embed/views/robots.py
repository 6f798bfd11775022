"""Robots at work and runs over past bars: parse, call, render."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, make_response, request

from app.core.auth import person, user_id
from app.core.errors import ConflictError, ForbiddenError, ValidationError
from app.embed import service
from app.embed.schemas import TradesQuery
from app.embed.views.blueprint import UNPROCESSABLE, bp, render_template, tagged

FAULTS = (ConflictError, ForbiddenError, ValidationError)
Answer = str | tuple[str, int]


@bp.get("/deployments")
@person
def deployments() -> Response:
    """Show a member's robots at work; asked again and again while the page is open."""
    tag = service.deployments_tag(user_id())
    if tag in request.if_none_match:
        return tagged(make_response("", 304), tag)
    found = service.list_deployments(user_id())
    return tagged(make_response(render_template("embed/_deployments.html", deployments=found)), tag)


@bp.post("/deployments")
@person
def start_deployment() -> Answer:
    """Let a robot trade on paper from now on."""
    typed = request.form.to_dict()
    plugin_id = typed.get("plugin_id", "")
    try:
        page = service.start_deployment(user_id(), plugin_id, typed)
    except FAULTS as error:
        form = service.deploy_form(user_id(), plugin_id, typed, error)
        return render_template("embed/_robot_settings.html", form=form), UNPROCESSABLE
    return render_template("embed/_deployment.html", shown=page)


@bp.get("/deployments/<int:deployment_id>")
@person
def deployment(deployment_id: int) -> str:
    """Show one robot at work with its settings."""
    page = service.deployment_page(user_id(), deployment_id)
    return render_template("embed/_deployment.html", shown=page)


@bp.get("/deployments/<int:deployment_id>/now")
@person
def deployment_now(deployment_id: int) -> Response:
    """Show what moves of one robot at work; asked again and again."""
    now = service.deployment_now(user_id(), deployment_id)
    tag = service.deployments_tag(user_id())
    if tag in request.if_none_match:
        return tagged(make_response("", 304), tag)
    return tagged(make_response(render_template("embed/_deployment_now.html", now=now)), tag)


@bp.post("/deployments/<int:deployment_id>/pause")
@person
def pause_deployment(deployment_id: int) -> Answer:
    """Let a robot rest."""
    return _moved(deployment_id, service.pause_deployment)


@bp.post("/deployments/<int:deployment_id>/resume")
@person
def resume_deployment(deployment_id: int) -> Answer:
    """Let a robot go on."""
    return _moved(deployment_id, service.resume_deployment)


@bp.post("/deployments/<int:deployment_id>/stop")
@person
def stop_deployment(deployment_id: int) -> Answer:
    """End a robot's deployment."""
    return _moved(deployment_id, service.stop_deployment)


@bp.post("/deployments/<int:deployment_id>/parameters")
@person
def change_parameters(deployment_id: int) -> Answer:
    """Go on with other parameters."""
    typed = request.form.to_dict()
    try:
        page = service.change_parameters(user_id(), deployment_id, typed)
    except FAULTS as error:
        page = service.deployment_page(user_id(), deployment_id, typed, error)
        return render_template("embed/_deployment.html", shown=page), UNPROCESSABLE
    return render_template("embed/_deployment.html", shown=page)


@bp.get("/robot-choice")
@person
def robot_choice() -> str:
    """Show the robots that a member may start."""
    return render_template("embed/_robot_choice.html", choices=service.choices(user_id()))


@bp.get("/robot-settings/<plugin_id>")
@person
def robot_settings(plugin_id: str) -> str:
    """Show the settings with which a robot begins."""
    form = service.deploy_form(user_id(), plugin_id)
    return render_template("embed/_robot_settings.html", form=form)


@bp.get("/backtests")
@person
def backtests() -> str:
    """Show a member's newest runs over past bars."""
    return render_template("embed/_backtests.html", runs=service.list_backtests(user_id()))


@bp.post("/backtests")
@person
def start_backtest() -> Answer:
    """Let a robot be run over past bars."""
    typed = request.form.to_dict()
    plugin_id = typed.get("plugin_id", "")
    try:
        page = service.start_backtest(user_id(), plugin_id, typed, request.files)
    except FAULTS as error:
        form = service.backtest_form(plugin_id, typed, error)
        return render_template("embed/_backtest_form.html", form=form), UNPROCESSABLE
    return render_template("embed/_backtest.html", shown=page)


@bp.get("/backtest-form/<plugin_id>")
@person
def backtest_form(plugin_id: str) -> str:
    """Show the form of a run over past bars."""
    return render_template("embed/_backtest_form.html", form=service.backtest_form(plugin_id))


@bp.get("/backtests/<int:run_id>")
@person
def backtest(run_id: int) -> str:
    """Show how far a run is, or what came of it."""
    return render_template("embed/_backtest.html", shown=service.backtest(user_id(), run_id))


@bp.post("/backtests/<int:run_id>/cancel")
@person
def cancel_backtest(run_id: int) -> str:
    """Stop a run."""
    return render_template("embed/_backtest.html", shown=service.cancel_backtest(user_id(), run_id))


@bp.get("/backtest-trades/<int:run_id>")
@person
def backtest_trades(run_id: int) -> str:
    """Show a page of a run's trades on the candles that they happened on."""
    trades = service.backtest_trades(user_id(), run_id, TradesQuery.parse(request.args))
    return render_template("embed/_backtest_trades.html", trades=trades)


@bp.get("/backtest-csv/<int:run_id>")
@person
def backtest_csv(run_id: int) -> Answer:
    """Hand out all trades of a run as a CSV file, which the page's script saves."""
    try:
        text = service.backtest_csv(user_id(), run_id)
    except ConflictError as error:
        return _csv(run_id, error=error.message), UNPROCESSABLE
    return _csv(run_id, text)


def _csv(run_id: int, text: str = "", error: str = "") -> str:
    return render_template("embed/_backtest_csv.html", run_id=run_id, text=text, error=error)


def _moved(deployment_id: int, act: Callable[[int, int], object]) -> Answer:
    try:
        now = act(user_id(), deployment_id)
    except FAULTS as error:
        now = service.deployment_now(user_id(), deployment_id, error.message)
        return render_template("embed/_deployment_now.html", now=now), UNPROCESSABLE
    return render_template("embed/_deployment_now.html", now=now)
