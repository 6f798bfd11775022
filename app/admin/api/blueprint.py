"""The blueprint of the administrators' routes, and what all of them use."""

from __future__ import annotations

from flask import Blueprint, Response, g
from pydantic import BaseModel

from app.core.auth import principal
from app.core.http import json_response
from app.core.paging import page_response

api = Blueprint("admin_api", __name__, url_prefix="/api/admin")


def site() -> str:
    """Return the site whose administrator asks."""
    return str(principal().site_id)


def asker() -> int:
    """Return the WordPress user who asks."""
    return int(g.wp_user_id)


def answer(body: BaseModel) -> Response:
    """Return an answer as JSON."""
    return json_response(body.model_dump(mode="json"))


def page(body: BaseModel) -> Response:
    """Return a page of a list as JSON."""
    return page_response(body.model_dump(mode="json"))
