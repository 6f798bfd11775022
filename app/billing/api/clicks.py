"""JSON: a door of the WordPress plugin for clicks of the calls to action."""

from __future__ import annotations

from flask import Blueprint, Response, make_response

from app.billing import service
from app.billing.schemas.clicks import ClickIn
from app.core.auth import principal, site
from app.core.describe import describe
from app.core.limits import limited
from app.core.parse import json_body, parse

clicks_api = Blueprint("clicks_api", __name__, url_prefix="/api/wordpress")


@clicks_api.post("/clicks")
@describe(body=ClickIn, status=204)
@site
@limited("clicks")
def post_click() -> Response:
    """Count a click on the button of a plan.

    By day, site, plan and place; nothing of the person is asked for or kept. Send an
    Idempotency-Key of the page that was open and the button: a click that is told twice counts once.
    """
    service.note_click(str(principal().site_id), parse(ClickIn, json_body()))
    return make_response("", 204)
