"""Analyses on the desk: parse, call, render."""

from __future__ import annotations

from flask import Response, make_response, request

from app.analysis import service as analysis
from app.core.auth import person, user_id
from app.core.errors import AppError, ConflictError, ForbiddenError, ValidationError
from app.embed import service
from app.embed.schemas import AnalysesQuery
from app.embed.service.asking import site_id
from app.embed.views.blueprint import UNPROCESSABLE, bp, render_template

FAULTS = (ConflictError, ForbiddenError, ValidationError)
Answer = str | tuple[str, int]


def _panel(panel: service.AnalysisPanel) -> str:
    return render_template("embed/_desk_analysis.html", proposal=panel)


def _refused(query: AnalysesQuery, error: AppError) -> Answer:
    panel = service.analysis_panel(user_id(), query, said=error.message, is_refused=True)
    return _panel(panel), UNPROCESSABLE


def _query(analysis_id: int) -> AnalysesQuery:
    return AnalysesQuery.parse(request.form).replaced(analysis=str(analysis_id))


@bp.get("/desk-analysis")
@person
def desk_analysis() -> str | Response:
    """Show an analysis beside the chart; asked again and again while it is made."""
    query = AnalysesQuery.parse(request.args)
    panel = service.analysis_panel(user_id(), query.replaced(known=""))
    if query.known and panel.found and query.known == service.known_analysis(panel.found):
        return make_response("", 204)
    return _panel(panel)


@bp.post("/desk-analysis")
@person
def ask_analysis() -> Answer:
    """Ask for an analysis of what the desk shows."""
    query = AnalysesQuery.parse(request.form)
    try:
        key = request.form.get("key", "")
        return _panel(service.ask_analysis(user_id(), query, key, site_id()))
    except FAULTS as error:
        return _refused(query, error)


@bp.post("/desk-analysis/<int:analysis_id>/stop")
@person
def stop_analysis(analysis_id: int) -> str:
    """End an analysis that is being made."""
    analysis.stop(user_id(), analysis_id)
    return _panel(service.analysis_panel(user_id(), _query(analysis_id)))


@bp.post("/desk-analysis/<int:analysis_id>/apply")
@person
def apply_analysis(analysis_id: int) -> Answer:
    """Draw a proposal onto the chart."""
    query = _query(analysis_id)
    try:
        return _panel(service.draw_analysis(user_id(), query))
    except FAULTS as error:
        return _refused(query, error)


@bp.post("/desk-analysis/<int:analysis_id>/undo")
@person
def undo_analysis(analysis_id: int) -> Answer:
    """Take the drawings of a proposal back."""
    query = _query(analysis_id)
    try:
        return _panel(service.draw_analysis(user_id(), query, is_undone=True))
    except FAULTS as error:
        return _refused(query, error)


@bp.post("/desk-analysis/<int:analysis_id>/dismiss")
@person
def dismiss_analysis(analysis_id: int) -> str:
    """Put a proposal away; it stays in the history."""
    analysis.dismiss(user_id(), analysis_id)
    return _panel(service.analysis_panel(user_id(), _query(analysis_id).replaced(analysis="")))


@bp.get("/desk-analyses")
@person
def desk_analyses() -> str:
    """Show all analyses of a member, some beside each other, and how they did."""
    query = AnalysesQuery.parse(request.args)
    overview = service.analyses_overview(user_id(), query)
    return render_template("embed/_desk_analyses.html", overview=overview)
