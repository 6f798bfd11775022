"""JSON: who am I, and the doors for the WordPress plugin."""

from __future__ import annotations

from flask import Blueprint, Response, g

from app.accounts import service
from app.accounts.schemas import (
    ConnectIn,
    Connection,
    Introduced,
    Me,
    Pong,
    Rotated,
    SiteIn,
    WordPressUserIn,
)
from app.core import auth, clock
from app.core.describe import describe
from app.core.errors import ForbiddenError
from app.core.health import VERSION
from app.core.http import json_response
from app.core.i18n import gettext
from app.core.parse import json_body, parse

api = Blueprint("accounts_api", __name__, url_prefix="/api")


@api.get("/me")
@describe(answer=Me)
@auth.member
def me() -> Response:
    """Return who the key or token stands for."""
    asker = auth.principal()
    user = service.get_user(auth.user_id())
    return json_response(
        {
            "user_id": user.id,
            "username": user.username,
            "roles": sorted(asker.roles),
            "scopes": sorted(asker.scopes),
            "subscription_tier": user.subscription_tier,
        }
    )


@api.post("/wordpress/connect")
@describe(body=ConnectIn, answer=Connection, status=201, idempotent=True)
@auth.public
def connect() -> Response:
    """Exchange a one-use connect code for a site's secret."""
    connection = service.connect_site(parse(ConnectIn, json_body()))
    return json_response(connection.model_dump(), 201)


@api.post("/wordpress/users")
@describe(body=WordPressUserIn, answer=Introduced)
@auth.site
def introduce_user() -> Response:
    """Make or find the account of a WordPress user at the first visit."""
    given = parse(WordPressUserIn, json_body())
    if given.wp_user_id != g.wp_user_id:
        message = gettext("A token speaks only for its own user.")
        raise ForbiddenError(message)
    user_id, is_new = service.welcome_member(str(auth.principal().site_id), given)
    return json_response({"user_id": user_id}, 201 if is_new else 200)


@api.put("/wordpress/site")
@describe(body=SiteIn)
@auth.site_admin
def update_site() -> Response:
    """Keep a site's new name, address and pages."""
    given = parse(SiteIn, json_body())
    service.update_site(str(auth.principal().site_id), given, g.claimed_address)
    return json_response({"ok": True})


@api.post("/wordpress/rotate")
@describe(answer=Rotated)
@auth.site_admin
def rotate() -> Response:
    """Give the site a new secret; the old one ends with the first request signed with the new."""
    rotated = service.rotate_secret(str(auth.principal().site_id), g.site_key_id)
    return json_response(rotated.model_dump())


@api.post("/wordpress/disconnect")
@describe()
@auth.site_admin
def disconnect() -> Response:
    """End the connection: the secrets are wiped, members and their records stay."""
    service.disconnect_site(str(auth.principal().site_id))
    return json_response({"ok": True})


@api.get("/wordpress/ping")
@describe(answer=Pong)
@auth.site
def ping() -> Response:
    """Answer a connected site; its clock can be compared with ours."""
    copy_seen_at = g.site.copy_seen_at
    return json_response(
        {
            "service_version": VERSION,
            "time": clock.now().isoformat(),
            "site_id": g.site.id,
            "state": g.site.state,
            "copy_seen_at": copy_seen_at.isoformat() if copy_seen_at else None,
        }
    )
