"""JSON: charts and their changes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, request
from pydantic import BaseModel

from app.charts import service
from app.charts.errors import DocumentError
from app.charts.schemas import (
    LARGEST_DOCUMENT,
    Changed,
    Chart,
    ChartChange,
    ChartIn,
    ChartList,
    ChartQuery,
    FileQuery,
    OperationsIn,
    PictureQuery,
    RevisionList,
    RevisionQuery,
    UndoIn,
)
from app.core.auth import principal, scoped, user_id
from app.core.describe import describe
from app.core.http import json_response, with_version
from app.core.i18n import gettext
from app.core.limits import limited
from app.core.parse import json_body, parse

api = Blueprint("charts_api", __name__, url_prefix="/api/charts")
CSV = "text/csv"
LARGEST_BODY = 2 * LARGEST_DOCUMENT
"""Bytes: a document is smaller once it is kept without blanks."""


def _body() -> Any:
    size = len(request.get_data(cache=True))
    if size > LARGEST_BODY:
        message = gettext(
            "A chart of %(size)s KB is too large; %(most)s KB are allowed. Remove drawings.",
            size=size // 1024,
            most=LARGEST_DOCUMENT // 1024,
        )
        raise DocumentError(message, field="document", code="document_too_large")
    return json_body()


def _actor(model: str | None = None) -> service.Actor:
    return service.actor_of(principal(), model)


def _answer(found: BaseModel, status: int = 200) -> Response:
    return json_response(found.model_dump(mode="json"), status)


@api.get("")
@describe(query=ChartQuery, answer=ChartList)
@scoped("charts:read")
def list_charts() -> Response:
    """List the asker's charts, the one that was changed last first."""
    asked = parse(ChartQuery, request.args.to_dict())
    return _answer(ChartList(items=service.list_charts(user_id(), asked)))


@api.post("")
@describe(body=ChartIn, answer=Chart, status=201)
@scoped("charts:write")
def create_chart() -> Response:
    """Make a chart of a document, or as a copy of another chart."""
    return _answer(service.create_chart(_actor(), parse(ChartIn, _body())), 201)


@api.get("/<int:chart_id>")
@describe(answer=Chart, headers=("If-None-Match",))
@scoped("charts:read")
def get_chart(chart_id: int) -> Response:
    """Give a chart: its document, its version and whether it is shared."""
    found = service.get_chart(user_id(), chart_id)
    return with_version(_answer(found), f"{found.version}-{int(found.is_shared)}")


@api.patch("/<int:chart_id>")
@describe(body=ChartChange, answer=Chart, problems=(409,))
@scoped("charts:write")
def change_chart(chart_id: int) -> Response:
    """Give a chart another title."""
    given = parse(ChartChange, _body())
    return _answer(service.rename(_actor(), chart_id, given.title, given.version))


@api.delete("/<int:chart_id>")
@describe(status=204)
@scoped("charts:write")
def delete_chart(chart_id: int) -> Response:
    """Delete a chart; its links end. For thirty days it can be restored."""
    service.delete_chart(_actor(), chart_id)
    return make_response("", 204)


@api.post("/<int:chart_id>/restore")
@describe(answer=Chart)
@scoped("charts:write")
def restore_chart(chart_id: int) -> Response:
    """Bring a deleted chart back."""
    return _answer(service.restore_chart(_actor(), chart_id))


@api.post("/<int:chart_id>/operations")
@describe(body=OperationsIn, answer=Changed, problems=(409,))
@scoped("charts:write")
def apply_operations(chart_id: int) -> Response:
    """Change a chart by one operation or several: all of them are done, or none."""
    given = parse(OperationsIn, _body())
    return _answer(service.apply(_actor(given.model), chart_id, given))


@api.post("/<int:chart_id>/undo")
@describe(body=UndoIn, answer=Chart, problems=(409,))
@scoped("charts:write")
def undo(chart_id: int) -> Response:
    """Take back the last change of the asker, or of somebody else who drew on the chart."""
    given = parse(UndoIn, _body())
    return _answer(service.undo(_actor(given.model), chart_id, given))


@api.get("/<int:chart_id>/revisions")
@describe(query=RevisionQuery, answer=RevisionList)
@scoped("charts:read")
def list_revisions(chart_id: int) -> Response:
    """List the changes of a chart and who made them, the newest first."""
    asked = parse(RevisionQuery, request.args.to_dict())
    return _answer(RevisionList(items=service.list_revisions(user_id(), chart_id, asked)))


@api.get("/<int:chart_id>/screenshot.png")
@describe(query=PictureQuery, media_type="image/png", example="PNG", problems=(422,))
@scoped("charts:read")
@limited("pictures")
def screenshot(chart_id: int) -> Response:
    """Draw a chart as PNG: its bars, levels, indicators and drawings, as they are now."""
    asked = parse(PictureQuery, request.args.to_dict())
    response = make_response(service.screenshot(user_id(), chart_id, asked))
    response.content_type = "image/png"
    return response


@api.get("/<int:chart_id>/bars.csv")
@describe(
    query=FileQuery,
    media_type=CSV,
    example="opened_at,open,high,low,close,volume,RSI 14\n2026-05-20T13:30:00Z,187,188,186,187,9,50\n",
)
@scoped("charts:read")
def bars_csv(chart_id: int) -> Response:
    """Give a chart's bars and the lines of its indicators as CSV."""
    asked = parse(FileQuery, request.args.to_dict())
    text = service.bars_csv(user_id(), chart_id, asked.count)
    headers = {"Content-Disposition": f'attachment; filename="chart-{chart_id}.csv"'}
    return Response(text, mimetype=CSV, headers=headers)
