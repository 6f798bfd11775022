"""JSON: who am I, and the doors for the WordPress plugin."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, g, make_response, request

from app.accounts import service
from app.accounts.schemas import (
    ChangesIn,
    ChangesTaken,
    ConnectIn,
    Connection,
    Introduced,
    KeyIn,
    KeyList,
    KeyTerms,
    MadeKey,
    Me,
    Pong,
    RefreshIn,
    Rotated,
    RotateIn,
    SiteIn,
    TokenAsk,
    TokenSet,
    User,
    UserIn,
    WordPressUserIn,
)
from app.core import auth, clock
from app.core.describe import describe
from app.core.errors import ForbiddenError
from app.core.http import json_response, own_transactions
from app.core.i18n import gettext
from app.core.limits import limited
from app.core.parse import json_body, parse
from app.core.versions import OLDEST_PLUGIN, VERSION

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


@api.get("/users/me")
@describe(answer=User)
@auth.member
def get_own_user() -> Response:
    """Return the asker's account."""
    return json_response(service.show_user(auth.user_id()).model_dump())


@api.put("/users/me")
@describe(body=UserIn, answer=User)
@auth.scoped("profile:write")
def put_own_user() -> Response:
    """Change the asker's account: the name; nothing else can be changed here."""
    given = parse(UserIn, json_body())
    return json_response(service.rename_user(auth.user_id(), given.username).model_dump())


@api.get("/keys")
@describe(answer=KeyList)
@auth.scoped("keys:write")
def get_keys() -> Response:
    """List the asker's API keys, without their texts."""
    return json_response(KeyList(items=service.list_keys(auth.user_id())).model_dump())


@api.post("/keys")
@describe(body=KeyIn, answer=MadeKey, status=201)
@auth.scoped("keys:write")
def post_key() -> Response:
    """Make an API key; it may do no more, and lasts no longer, than the one that asks."""
    given = parse(KeyIn, json_body())
    terms = KeyTerms(expires_at=given.expires_at, networks=given.networks)
    asking = auth.principal().key_id
    made = service.make_key(auth.user_id(), given.scopes, given.name, terms, asking)
    return json_response(made.model_dump(), 201)


@api.post("/keys/<int:key_id>/rotate")
@describe(body=RotateIn, answer=MadeKey, status=201)
@auth.scoped("keys:write")
def rotate_key(key_id: int) -> Response:
    """Put a new key in the place of one; the old one counts for some hours longer."""
    overlap = timedelta(hours=parse(RotateIn, json_body()).overlap_hours)
    made = service.rotate_key(auth.user_id(), key_id, overlap, auth.principal().key_id)
    return json_response(made.model_dump(), 201)


@api.delete("/keys/<int:key_id>")
@describe(status=204)
@auth.scoped("keys:write")
def delete_key(key_id: int) -> Response:
    """Revoke a key, with those that it replaced, that replaced it, and that these have made."""
    service.revoke_key(auth.user_id(), key_id)
    return make_response("", 204)


@api.post("/tokens")
@describe(body=TokenAsk, answer=TokenSet, status=201, idempotent=False)
@auth.member
@limited("tokens")
def post_tokens() -> Response:
    """Exchange the API key of the request for a token of ten minutes and what renews it."""
    asking = auth.principal()
    if asking.via != "key" or asking.key_id is None:
        message = gettext("Send an API key: tokens are given only for one.")
        raise ForbiddenError(message, code="key_needed")
    given = parse(TokenAsk, json_body() if request.content_length else {})
    return json_response(service.exchange_key(asking.key_id, given.scopes).model_dump(), 201)


@api.post("/tokens/refresh")
@describe(body=RefreshIn, answer=TokenSet, idempotent=False)
@own_transactions
@auth.public
@limited("tokens")
def refresh_tokens() -> Response:
    """Exchange a refresh token, which is good once, for the next pair."""
    given = parse(RefreshIn, json_body())
    return json_response(service.refresh(given.refresh_token).model_dump())


@api.post("/tokens/revoke")
@describe(body=RefreshIn, status=204, idempotent=False)
@auth.public
@limited("tokens")
def revoke_tokens() -> Response:
    """End a refresh token with all that came and comes from it; an unknown one is fine too."""
    service.revoke_tokens(parse(RefreshIn, json_body()).refresh_token)
    return make_response("", 204)


@api.post("/wordpress/connect")
@describe(body=ConnectIn, answer=Connection, status=201, idempotent=True)
@auth.public
def connect() -> Response:
    """Exchange a one-use connect code for a site's secret."""
    connection = service.connect_site(parse(ConnectIn, json_body()))
    return json_response(connection.model_dump(), 201)


@api.post("/wordpress/users")
@describe(body=WordPressUserIn, answer=Introduced, also=(201,))
@auth.site
def introduce_user() -> Response:
    """Make or find the account of a WordPress user at the first visit."""
    given = parse(WordPressUserIn, json_body())
    if given.wp_user_id != g.wp_user_id:
        message = gettext("A token speaks only for its own user.")
        raise ForbiddenError(message)
    user_id, is_new = service.welcome_member(str(auth.principal().site_id), given)
    return json_response({"user_id": user_id}, 201 if is_new else 200)


@api.post("/wordpress/changes")
@describe(body=ChangesIn, answer=ChangesTaken)
@auth.site
def take_changes() -> Response:
    """Hear of ended sessions, changed roles and deleted users of the asking site."""
    given = parse(ChangesIn, json_body())
    known = service.take_changes(str(auth.principal().site_id), given.changes)
    return json_response({"known": known})


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
    service.note_plugin(g.site.id, request.headers.get("User-Agent", ""))
    copy_seen_at = g.site.copy_seen_at
    return json_response(
        {
            "service_version": VERSION,
            "oldest_plugin": OLDEST_PLUGIN,
            "time": clock.now().isoformat(),
            "site_id": g.site.id,
            "state": g.site.state,
            "copy_seen_at": copy_seen_at.isoformat() if copy_seen_at else None,
        }
    )
