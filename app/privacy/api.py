"""JSON: the doors for WordPress' tools for personal data, and for a member's own copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Blueprint, Response, current_app
from flask.ctx import AppContext

from app.core import auth
from app.core.describe import describe
from app.core.http import json_response
from app.core.parse import json_body, parse
from app.privacy import service
from app.privacy.schemas import DownloadIn, Erasure, Export, ExportIn, PersonIn

api = Blueprint("privacy_api", __name__, url_prefix="/api/wordpress/privacy")
copies = Blueprint("privacy_copies_api", __name__, url_prefix="/api/privacy")


@api.post("/export")
@describe(body=ExportIn, answer=Export)
@auth.site_admin
def export() -> Response:
    """Return one page of what is kept of a member of the asking site."""
    given = parse(ExportIn, json_body())
    page = service.export(str(auth.principal().site_id), given)
    return json_response(page.model_dump())


@api.post("/erase")
@describe(body=PersonIn, answer=Erasure)
@auth.site_admin
def erase() -> Response:
    """Erase what names a member of the asking site; records stay without a name."""
    given = parse(PersonIn, json_body())
    return json_response(service.erase(str(auth.principal().site_id), given).model_dump())


@copies.post("/downloads")
@describe(body=DownloadIn)
@auth.person
def download() -> Response:
    """Give a member the copy that a link stands for, as a zip; the link is used up by that."""
    given = parse(DownloadIn, json_body())
    return zip_response(*service.use_link(auth.user_id(), given.token))


def zip_response(request_id: int, size: int) -> Response:
    """Return a copy as a file to keep, read piece by piece."""
    response = Response(_pieces(current_app.app_context, request_id), mimetype="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="trading-data.zip"'
    response.headers["Content-Length"] = str(size)
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _pieces(context: Callable[[], AppContext], request_id: int) -> Iterator[bytes]:
    """Yield a copy after its request has ended: each piece is read in a context of its own."""
    number = 0
    while True:
        with context():
            piece = service.read_piece(request_id, number)
        if piece is None:
            return
        yield piece
        number += 1
