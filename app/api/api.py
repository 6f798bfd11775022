"""The API about itself: its OpenAPI document and a page to read it."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response, render_template

from app.api import service
from app.core.auth import public
from app.core.http import json_response, with_etag

api = Blueprint("api", __name__, url_prefix="/api")


@api.get("/openapi.json")
@public
def openapi() -> Response:
    """The OpenAPI 3.1 document of this service."""
    return with_etag(json_response(service.openapi(current_app)))


@api.get("/docs")
@public
def docs() -> Response:
    """The same as a page to read."""
    return make_response(render_template("api/docs.html", document=service.openapi(current_app)))
