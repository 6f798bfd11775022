"""JSON: the ticket with which a member's page opens a stream, and what the edge asks meanwhile."""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response

from app.core.auth import member, principal, scoped, user_id
from app.core.describe import describe
from app.core.errors import ForbiddenError
from app.core.http import json_response
from app.core.i18n import gettext
from app.core.limits import limited
from app.core.parse import json_body, parse
from app.embed import service
from app.embed.schemas import OpenChartOut, TicketIn, TicketOut

api = Blueprint("live_api", __name__, url_prefix="/api/live")


@api.post("/tickets")
@describe(body=TicketIn, answer=TicketOut, status=201, also=(204,))
@member
@limited("tickets")
def create_ticket() -> Response:
    """Give a member's page the address of a stream, good once within 30 seconds.

    204 says that there is none here or now: the page goes on polling.
    """
    given = parse(TicketIn, json_body())
    if principal().site_id is None:
        message = gettext("Streams are for pages of a connected WordPress site.")
        raise ForbiddenError(message)
    ticket = service.open_stream(user_id(), g.site.url, g.wp_user_id, given)
    return make_response("", 204) if ticket is None else json_response(ticket.model_dump(), 201)


@api.get("/check")
@describe(status=204)
@member
def check() -> Response:
    """Say that a member of a site may still see what is theirs: what the edge asks for a stream."""
    return make_response("", 204)


@api.get("/chart")
@describe(answer=OpenChartOut)
@scoped("charts:read")
def get_open_chart() -> Response:
    """Tell which chart is meant where none is named: the one that was opened last on the desk.

    Without one of the last seven days it is the one that was changed last.
    """
    return json_response(service.open_chart(user_id()).model_dump())
