"""The page of a chart that its owner shows to anybody who has the link."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from app.charts import service
from app.charts.schemas import PictureQuery
from app.core.address import client_address
from app.core.auth import public
from app.core.limits import charge, limits
from app.core.pages import harden, show
from app.core.parse import parse

# Reads no cookie: the token alone says which chart.
pages = Blueprint("shared_charts", __name__, url_prefix="/shared/charts")
pages.after_request(harden)
QUIET = {"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}


@pages.get("/<token>")
@public
def shared_chart(token: str) -> Response:
    """Show a shared chart: its picture, and its notes as text."""
    response = show("charts/shared.html", chart=service.read_shared(token), token=token)
    response.headers.update(QUIET)
    return response


@pages.get("/<token>/picture.png")
@public
def shared_picture(token: str) -> Response:
    """Draw a shared chart."""
    # By the address alone: whoever follows a link is nobody here, whatever else is sent along.
    charge("pictures", limits().place(client_address()))
    asked = parse(PictureQuery, request.args.to_dict())
    response = make_response(service.shared_picture(token, asked))
    response.content_type = "image/png"
    response.headers.update(QUIET)
    return response
