"""The API about itself: its OpenAPI document and a page to read it."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response, render_template

from app.api import service
from app.core.auth import public
from app.core.describe import describe
from app.core.http import json_response, with_etag

api = Blueprint("api", __name__, url_prefix="/api")


@api.get("/openapi.json")
@describe(headers=("If-None-Match",), example={"openapi": "3.1.0"})
@public
def openapi() -> Response:
    """The OpenAPI 3.1 document of this service."""
    return with_etag(json_response(service.openapi(current_app)))


@api.get("/docs")
@describe(headers=("If-None-Match",), media_type="text/html", example="<!DOCTYPE html>")
@public
def docs() -> Response:
    """The same as a page to read."""
    page = render_template("api/docs.html", reference=service.reference(current_app))
    return with_etag(make_response(page))
