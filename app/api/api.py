"""The API about itself: its OpenAPI document and a page to read it.

Both are 250 KB and take a tenth of a second to make, and anybody may ask for them: each is made
once in a process, for each language.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, current_app, make_response, render_template, request

from app.api import service
from app.core.auth import public
from app.core.describe import describe
from app.core.http import json_response, with_etag
from app.core.i18n import language

api = Blueprint("api", __name__, url_prefix="/api")


@api.get("/openapi.json")
@describe(headers=("If-None-Match",), example={"openapi": "3.1.0"})
@public
def openapi() -> Response:
    """The OpenAPI 3.1 document of this service."""
    made = _made_once("openapi", lambda: json_response(service.openapi(current_app)).get_data())
    response = make_response(made)
    response.content_type = "application/json"
    return with_etag(response)


@api.get("/docs")
@describe(headers=("If-None-Match",), media_type="text/html", example="<!DOCTYPE html>")
@public
def docs() -> Response:
    """The same as a page to read."""
    return with_etag(make_response(_made_once("docs", _page)))


def _page() -> bytes:
    return render_template("api/docs.html", reference=service.reference(current_app)).encode()


def _made_once(name: str, make: Callable[[], bytes]) -> bytes:
    kept: dict[tuple[str | int, ...], bytes] = current_app.extensions["api_about_itself"]
    # The number of views tells of routes that were added since.
    key = (name, language(), request.script_root, len(current_app.view_functions))
    if key not in kept:
        kept[key] = make()
    return kept[key]
