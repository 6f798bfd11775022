"""JSON: links to charts, and a chart for whoever has its link."""

from __future__ import annotations

from flask import Blueprint, Response, make_response

from app.charts import service
from app.charts.schemas import ChartLink, ChartLinkList, SharedChart, ShareIn
from app.core.auth import person, public, scoped, user_id
from app.core.describe import describe
from app.core.http import json_response
from app.core.parse import json_body, parse

api = Blueprint("chart_shares_api", __name__, url_prefix="/api/charts")


@api.post("/<int:chart_id>/share")
@describe(body=ShareIn, answer=ChartLink, status=201)
@person
def share_chart(chart_id: int) -> Response:
    """Make a link by which anybody may look at a chart; the one that there was ends."""
    made = service.share_chart(user_id(), chart_id, parse(ShareIn, json_body()))
    return json_response(made.model_dump(mode="json"), 201)


@api.get("/<int:chart_id>/share")
@describe(answer=ChartLinkList)
@scoped("charts:read")
def list_shares(chart_id: int) -> Response:
    """Tell whether a chart is shared, and until when."""
    found = ChartLinkList(items=service.list_shares(user_id(), chart_id))
    return json_response(found.model_dump(mode="json"))


@api.delete("/<int:chart_id>/share")
@describe(status=204)
@scoped("charts:write")
def unshare_chart(chart_id: int) -> Response:
    """End the link to a chart."""
    service.unshare_chart(user_id(), chart_id)
    return make_response("", 204)


@api.get("/shared/<token>")
@describe(answer=SharedChart, problems=(404,))
@public
def read_shared(token: str) -> Response:
    """Give a chart to whoever has its link."""
    return json_response(service.read_shared(token).model_dump(mode="json"))
