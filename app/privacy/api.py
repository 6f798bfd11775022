"""JSON: the doors for WordPress' tools "Export Personal Data" and "Erase Personal Data"."""

from __future__ import annotations

from flask import Blueprint, Response

from app.core import auth
from app.core.describe import describe
from app.core.http import json_response
from app.core.parse import json_body, parse
from app.privacy import service
from app.privacy.schemas import Erasure, Export, ExportIn, PersonIn

api = Blueprint("privacy_api", __name__, url_prefix="/api/wordpress/privacy")


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
