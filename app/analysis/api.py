"""JSON: analyses of charts, and how they did."""

from __future__ import annotations

from flask import Blueprint, Response, request
from pydantic import BaseModel

from app.analysis import service
from app.analysis.schemas import (
    AnalysisIn,
    AnalysisList,
    AnalysisQuery,
    AnalysisView,
    CalibrationAnswer,
    CalibrationQuery,
)
from app.charts.schemas import Chart, Document
from app.core.auth import scoped, user_id
from app.core.describe import describe
from app.core.errors import ValidationError
from app.core.http import json_response
from app.core.i18n import gettext
from app.core.parse import json_body, parse

api = Blueprint("analysis_api", __name__, url_prefix="/api/analyses")


def _answer(found: BaseModel, status: int = 200) -> Response:
    return json_response(found.model_dump(mode="json"), status)


@api.get("")
@describe(query=AnalysisQuery, answer=AnalysisList)
@scoped("charts:read")
def list_analyses() -> Response:
    """List the asker's analyses, the newest first."""
    return _answer(service.list_analyses(user_id(), parse(AnalysisQuery, request.args.to_dict())))


@api.post("")
@describe(body=AnalysisIn, answer=AnalysisView, status=202, problems=(409, 422))
@scoped("charts:write")
def ask() -> Response:
    """Ask for an analysis of a chart or a symbol; ask for it again until its state is done."""
    given = parse(AnalysisIn, json_body())
    if (given.chart_id is None) == (given.symbol is None):
        message = gettext("Give either chart_id or symbol.")
        raise ValidationError(message, field="symbol")
    row = service.ask(
        user_id(),
        chart_id=given.chart_id,
        document=Document(symbol=given.symbol) if given.symbol else None,
        timeframe=given.timeframe or "",
        key=given.key,
    )
    return _answer(service.view(row), 202)


@api.get("/calibration")
@describe(query=CalibrationQuery, answer=CalibrationAnswer)
@scoped("charts:read")
def calibration() -> Response:
    """Say how analyses did, by model and prompt: calibration, Brier score, expectancy."""
    asked = parse(CalibrationQuery, request.args.to_dict())
    return _answer(service.read_calibration(user_id(), asked.of))


@api.get("/<int:analysis_id>")
@describe(answer=AnalysisView)
@scoped("charts:read")
def get_analysis(analysis_id: int) -> Response:
    """Give an analysis: the proposal, its reasoning with sources, and what became of it."""
    return _answer(service.get_analysis(user_id(), analysis_id))


@api.post("/<int:analysis_id>/stop")
@describe(answer=AnalysisView)
@scoped("charts:write")
def stop(analysis_id: int) -> Response:
    """End an analysis that is still to come."""
    return _answer(service.view(service.stop(user_id(), analysis_id)))


@api.post("/<int:analysis_id>/apply")
@describe(answer=Chart, problems=(409, 422))
@scoped("charts:write")
def apply(analysis_id: int) -> Response:
    """Draw a proposal onto its chart, marked as what a machine proposed."""
    return _answer(service.apply(user_id(), analysis_id))


@api.post("/<int:analysis_id>/undo")
@describe(answer=Chart, problems=(409,))
@scoped("charts:write")
def undo(analysis_id: int) -> Response:
    """Take the drawings of a proposal back."""
    return _answer(service.undo(user_id(), analysis_id))


@api.post("/<int:analysis_id>/dismiss")
@describe(answer=AnalysisView)
@scoped("charts:write")
def dismiss(analysis_id: int) -> Response:
    """Put a proposal away; it stays in the list."""
    return _answer(service.view(service.dismiss(user_id(), analysis_id)))
