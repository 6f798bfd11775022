"""JSON: the catalogue of robots, as everybody may read it."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.core.auth import public
from app.core.describe import describe
from app.core.http import json_response, with_etag
from app.core.paging import page_response
from app.core.parse import parse
from app.core.quick import keep_answer
from app.robots import service
from app.robots.schemas import PluginOut, PluginPage, PluginQuery

plugins_api = Blueprint("plugins_api", __name__, url_prefix="/api/plugins")


@plugins_api.get("")
@describe(query=PluginQuery, answer=PluginPage, headers=("If-None-Match",))
@public
def list_plugins() -> Response:
    """List the robots of the catalogue by name, all or those of one strategy."""
    page = service.list_page(parse(PluginQuery, request.args.to_dict()))
    items = [PluginOut.of(robot).model_dump() for robot in page.items]
    return keep_answer(with_etag(page_response({"items": items, "next_cursor": page.next_cursor})))


@plugins_api.get("/<plugin_id>")
@describe(answer=PluginOut, headers=("If-None-Match",))
@public
def get_plugin(plugin_id: str) -> Response:
    """Return what the catalogue says of one robot."""
    found = PluginOut.of(service.get_robot(plugin_id))
    return keep_answer(with_etag(json_response(found.model_dump())))
