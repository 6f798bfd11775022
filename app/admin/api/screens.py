"""JSON: the overview, members, robots, cases and logs of the asking site."""

from __future__ import annotations

import re

from flask import Response, request

from app.accounts.schemas import SiteMemberView
from app.admin import service
from app.admin.api.blueprint import answer as _answer
from app.admin.api.blueprint import api
from app.admin.api.blueprint import asker as _asker
from app.admin.api.blueprint import page as _page
from app.admin.api.blueprint import site as _site
from app.admin.schemas import (
    AuditPage,
    AuditQuery,
    CaseItem,
    CasePage,
    LogPage,
    LogsQuery,
    MemberDetail,
    MemberPage,
    MembersQuery,
    ModerationQuery,
    Overview,
    Shelf,
    ShelfItem,
)
from app.core.auth import site_admin
from app.core.describe import describe
from app.core.errors import ValidationError
from app.core.i18n import gettext
from app.core.parse import json_body, parse
from app.moderation.schemas import DecisionIn
from app.robots.schemas import PresentationIn

VERSION = re.compile(r'"(0|[1-9][0-9]{0,8})"')


@api.get("/overview")
@describe(answer=Overview)
@site_admin
def overview() -> Response:
    """How the site does: members, fills, errors, and whether the service keeps up."""
    return _answer(service.overview(_site()))


@api.get("/members")
@describe(query=MembersQuery, answer=MemberPage)
@site_admin
def members() -> Response:
    """The members of the site, those who joined last first."""
    return _page(service.members(_site(), parse(MembersQuery, request.args.to_dict())))


@api.get("/members/<int:member_id>")
@describe(answer=MemberDetail)
@site_admin
def member(member_id: int) -> Response:
    """One member of the site."""
    return _answer(service.member(_site(), member_id))


@api.post("/members/<int:member_id>/disable")
@describe(answer=SiteMemberView)
@site_admin
def disable_member(member_id: int) -> Response:
    """Shut a member out of this site. Other sites, and keys for programs, do not notice."""
    return _answer(service.set_disabled(_site(), member_id, is_disabled=True))


@api.post("/members/<int:member_id>/enable")
@describe(answer=SiteMemberView)
@site_admin
def enable_member(member_id: int) -> Response:
    """Let a member in again."""
    return _answer(service.set_disabled(_site(), member_id, is_disabled=False))


@api.get("/robots")
@describe(answer=Shelf)
@site_admin
def robots() -> Response:
    """Every robot: the catalogue's facts and how this site presents it."""
    return _answer(service.robots(_site()))


@api.get("/robots/<plugin_id>")
@describe(answer=ShelfItem)
@site_admin
def robot(plugin_id: str) -> Response:
    """One robot, hidden on this site or not."""
    return _versioned(service.robot(_site(), plugin_id))


@api.put("/robots/<plugin_id>")
@describe(body=PresentationIn, answer=ShelfItem, headers=("If-Match",))
@site_admin
def present_robot(plugin_id: str) -> Response:
    """Change how this site presents a robot; If-Match holds the version that was read.

    Answers 409 with `current` when somebody else changed it meanwhile.
    """
    given = parse(PresentationIn, json_body())
    version = _read_version(request.headers.get("If-Match", ""))
    return _versioned(service.present(_site(), plugin_id, given, version=version, by=_asker()))


@api.get("/moderation")
@describe(query=ModerationQuery, answer=CasePage)
@site_admin
def moderation() -> Response:
    """Cases of the site: open ones the oldest first, decided ones the newest first."""
    return _page(service.moderation(_site(), parse(ModerationQuery, request.args.to_dict())))


@api.post("/moderation/<int:case_id>/decision")
@describe(body=DecisionIn, answer=CaseItem)
@site_admin
def decide(case_id: int) -> Response:
    """Answer a case; the member reads the note."""
    given = parse(DecisionIn, json_body())
    return _answer(service.decide(_site(), case_id, given, by=_asker()))


@api.get("/logs")
@describe(query=LogsQuery, answer=LogPage)
@site_admin
def logs() -> Response:
    """What failed or was refused for this site, the newest first; without secrets."""
    return _page(service.logs(_site(), parse(LogsQuery, request.args.to_dict())))


@api.get("/audit")
@describe(query=AuditQuery, answer=AuditPage)
@site_admin
def audit() -> Response:
    """Changes of rights and secrets at the site, the newest first: who, what, when."""
    return _page(service.audit_log(_site(), parse(AuditQuery, request.args.to_dict())))


def _read_version(text: str) -> int:
    found = VERSION.fullmatch(text.strip())
    if found is None:
        message = gettext(
            'Send the version that you read as If-Match, such as "3" in double quotes.'
        )
        raise ValidationError(message, field="If-Match")
    return int(found[1])


def _versioned(item: ShelfItem) -> Response:
    response = _answer(item)
    response.set_etag(str(item.version))
    return response
