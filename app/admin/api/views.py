"""JSON: a member's dashboard in the eyes of an administrator of the operator's own site."""

from __future__ import annotations

from flask import Response

from app.accounts.schemas.views import ViewAs, ViewIn
from app.admin import service
from app.admin.api.blueprint import answer, api, asker, site
from app.billing.schemas.administration import Done
from app.core.auth import owner, principal
from app.core.describe import describe
from app.core.parse import json_body, parse


@api.post("/members/<int:member_id>/view")
@describe(body=ViewIn, answer=ViewAs)
@owner
def begin_view(member_id: int) -> Response:
    """Open a view of a member's dashboard: only reading, for 15 minutes.

    A token whose claim `view_as` holds its id then reads the member's fragments. The member finds it
    in their security activity.
    """
    given = parse(ViewIn, json_body())
    view = service.begin_view(site(), member_id, given, by=asker(), me=principal().user_id)
    return answer(view)


@api.get("/members/<int:member_id>/view")
@describe(answer=ViewAs)
@owner
def running_view(member_id: int) -> Response:
    """The view of a member that the asking administrator has open."""
    return answer(service.running_view(site(), member_id, by=asker()))


@api.post("/members/<int:member_id>/view/end")
@describe(answer=Done)
@owner
def end_view(member_id: int) -> Response:
    """End the asking administrator's view of a member."""
    service.end_view(site(), member_id, by=asker())
    return answer(Done())
