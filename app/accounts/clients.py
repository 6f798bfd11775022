"""Reading a request's credentials: an API key, a WordPress site's signed token, or a cookie."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
from flask import current_app, g, request
from flask_login import LoginManager
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from app.accounts import queries, rules, service
from app.accounts.errors import SiteAddressError
from app.accounts.models import Site, SiteMember, User
from app.accounts.rules.keys import KeyFacts, admits, repeat_until
from app.accounts.rules.sessions import granted_roles
from app.core import clock, live, security
from app.core.address import client_address
from app.core.auth import NOBODY, SCOPES, Principal, request_is_write
from app.core.db import transaction
from app.core.errors import AppError, ForbiddenError, UnauthorizedError
from app.core.i18n import gettext

LEEWAY = timedelta(seconds=30)
TOKEN_LIFETIME = timedelta(seconds=60)
MAX_TOKEN = 4096
REPEAT_SECONDS = 60.0
"""So often at least it is noted that a key is in use."""
# The only addresses that look at a cookie. What programs and sites call never does, so no page of
# somebody else can make a browser call it with its owner's rights.
COOKIE_PATHS = ("/account/",)

login_manager = LoginManager()
# It would write into the cookie of whoever shows one. Sessions are ours, in a table.
login_manager.session_protection = None


@login_manager.request_loader  # type: ignore[untyped-decorator]
def load_user(_request: Any) -> User | None:
    """Tell flask-login who asks, so that `current_user` works everywhere."""
    try:
        asker = authenticate()
    except (AppError, SQLAlchemyError):
        # The page that says what is wrong asks for `current_user` too; the view's guard has refused.
        return None
    return queries.get_user(asker.user_id) if asker.user_id else None


def authenticate() -> Principal:
    """Return who asks; UnauthorizedError when credentials are given and wrong."""
    if "asker" in g:
        known: Principal = g.asker
        return known
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        asker = g.asker = _from_cookie() if request.path.startswith(COOKIE_PATHS) else NOBODY
        return asker
    if scheme.lower() != "bearer" or not text or len(text) > MAX_TOKEN:
        message = gettext("Send the key as: Authorization: Bearer KEY.")
        raise UnauthorizedError(message)
    asker = _from_key(text) if text.startswith(rules.KEY_PREFIX) else _from_token(text)
    g.asker = asker
    return asker


def cookie_name(purpose: str) -> str:
    """Return a cookie's name; behind TLS one that browsers bind to this very host."""
    prefix = "__Host-" if current_app.config["SESSION_COOKIE_SECURE"] else ""
    return f"{prefix}trp_{purpose}"


def _from_cookie() -> Principal:
    token = request.cookies.get(cookie_name("session"), "")
    found = service.find_session(token) if 0 < len(token) <= MAX_TOKEN else None
    if found is None:
        return NOBODY
    session, user = found
    g.user_session = session
    with_code = service.has_second_factor(user.id)
    roles = granted_roles(user.role, has_second_factor=with_code)
    return Principal(user.id, None, roles, frozenset(), via="session")


def _from_key(text: str) -> Principal:
    key = service.find_key_owner(text)
    if key is None:
        message = gettext("This API key is wrong or revoked.")
        raise UnauthorizedError(message)
    _refuse_elsewhere(key)
    service.note_key_use(key)
    return Principal(
        user_id=key.user_id,
        roles=frozenset({"member"}),
        scopes=frozenset(key.scopes),
        via="key",
        key_id=key.id,
        repeat_until=repeat_until(key, clock.now(), REPEAT_SECONDS),
    )


def _from_access(text: str) -> Principal:
    """Return the program that a short token was given to; it counts its key as used."""
    found = service.read_access_token(text)
    if found is None:
        message = gettext("This access token is wrong or has ended. Refresh it.")
        raise UnauthorizedError(message, code="bad_access_token")
    key, scopes, end = found
    _refuse_elsewhere(key)
    service.note_key_use(key)
    return Principal(
        user_id=key.user_id,
        roles=frozenset({"member"}),
        scopes=frozenset(scopes),
        via="token",
        key_id=key.id,
        repeat_until=repeat_until(key, clock.now(), REPEAT_SECONDS, end),
    )


def _refuse_elsewhere(key: KeyFacts) -> None:
    if not admits(key.networks, client_address()):
        message = gettext("This API key may not be used from this address.")
        raise ForbiddenError(message, code="address_not_allowed")


def _from_token(text: str) -> Principal:
    if live.is_edge_token(text):
        return _from_edge(text)
    if service.is_access_token(text):
        return _from_access(text)
    site, claims = _verified(text)
    body_hash = hashlib.sha256(request.get_data(cache=True, parse_form_data=False)).hexdigest()
    fault = rules.token_fault(claims, rules.Asked(request.method, _target(), body_hash), site.id)
    if fault:
        message = gettext("The signed token does not fit this request (%(fault)s).", fault=fault)
        raise _refusal(message)
    _refuse_copy(site, claims)
    in_view = rules.view_id(claims)
    _refuse_replay(claims, is_once=in_view is not None)
    g.site_key_id = jwt.get_unverified_header(text)["kid"]
    if site.previous_key_id is not None and g.site_key_id == site.key_id:
        service.end_overlap(site.id, site.key_id)
    asker = _site_principal(site, claims, claims["iat"], is_looking=in_view is not None)
    return asker if in_view is None else _looking(asker, in_view)


def _looking(asker: Principal, view_id: int) -> Principal:
    """Return the member whose dashboard an administrator reads, who can do nothing else with it."""
    if "owner" not in asker.roles or not rules.may_be_viewed(
        request.method, request.path, {value for _, value in request.args.items(multi=True)}
    ):
        raise _view_only()
    view = service.find_view(str(asker.site_id), view_id, by=g.wp_user_id, me=asker.user_id)
    g.wp_user_id, g.wp_session = view.wp_user_id, ""
    roles = frozenset({"visitor", "member"})
    return Principal(view.user_id, view.site_id, roles, via="site", view_id=view.id)


def _view_only() -> ForbiddenError:
    message = gettext("An administrator can only look at this dashboard; nothing was changed.")
    return ForbiddenError(message, code="view_only")


def refuse_writes_in_views() -> None:
    """Refuse whatever would change something by a token of a view, whoever may call the address.

    The token is not proven here: what it says can only take a right away.
    """
    _, _, text = request.headers.get("Authorization", "").partition(" ")
    if not request_is_write() or len(text) > MAX_TOKEN:
        return
    if rules.says_view(text):
        raise _view_only()


def _from_edge(text: str) -> Principal:
    """Return the member for whom our own edge process reads; what shuts them out, shuts it out."""
    claims = live.read_request(text, request.method, _target())
    site = service.find_site(claims["iss"]) if claims else None
    if claims is None or site is None or rules.wp_user_id(claims) is None:
        message = "The token of the edge does not fit this request."
        raise UnauthorizedError(message, code="bad_token")
    if site.state != "active":
        message = gettext("This site's connection is paused.")
        raise ForbiddenError(message, code="site_paused")
    # What counts is when WordPress let the member in, not when the edge has asked.
    asker = _site_principal(site, claims, int(claims.get("auth_time") or 0))
    return replace(asker, is_internal=True)


def _target() -> str:
    # Built from what every WSGI server gives; the paths that the plugin calls need no escaping.
    query = request.environ.get("QUERY_STRING", "")
    return str(request.environ["PATH_INFO"]) + (f"?{query}" if query else "")


def _verified(text: str) -> tuple[Site, dict[str, Any]]:
    try:
        key_id = jwt.get_unverified_header(text).get("kid")
        site = queries.find_site_by_key(str(key_id)) if rules.is_key_id(key_id) else None
        # Whose log tells of a refusal; nothing else may trust it before the signature is checked.
        g.claimed_site_id = site.id if site else None
        if site is None or site.state == "disconnected":
            raise jwt.InvalidKeyError
        claims: dict[str, Any] = jwt.decode(
            text,
            _secret(site, str(key_id)),
            algorithms=["HS256"],
            audience=rules.AUDIENCE,
            leeway=LEEWAY,
            options={"require": list(rules.CLAIMS), "strict_aud": True},
        )
        rules.refuse_repeated(text)
    except jwt.ExpiredSignatureError as error:
        message = gettext("The signed token has expired. Check the clock of the WordPress server.")
        raise _refusal(message, "expired_token") from error
    except jwt.ImmatureSignatureError as error:
        message = gettext(
            "The signed token is from the future. Check the clock of the WordPress server."
        )
        raise _refusal(message, "early_token") from error
    except (jwt.PyJWTError, ValueError, OverflowError) as error:
        # Times beyond all numbers are ours to refuse: the library asks them for whole seconds.
        message = gettext("The signed token is not valid for this service.")
        raise _refusal(message) from error
    if site.state != "active":
        message = gettext("This site's connection is paused.")
        raise ForbiddenError(message, code="site_paused")
    return site, claims


def _refusal(message: str, code: str = "bad_token") -> UnauthorizedError:
    """Return a refusal that tells our time, so that the plugin can compare its own."""
    return UnauthorizedError(message, code=code, time=clock.now().isoformat())


def _secret(site: Site, key_id: str) -> str:
    if key_id == site.key_id:
        return security.decrypt(site.secret_encrypted, site.id)
    return security.decrypt(site.previous_secret_encrypted or "", site.id)


def _refuse_copy(site: Site, claims: dict[str, Any]) -> None:
    """Refuse the copy of a site: its secret came with its database, its address did not."""
    claimed = claims.get("surl")
    g.claimed_address = claimed
    # Connection and address of a site that moved are told in one request, which looks for itself.
    is_telling = (request.method, request.path) == ("PUT", "/api/wordpress/site")
    if claimed is None or claimed == rules.address_hash(site.url) or is_telling:
        return
    if not request_is_write():
        service.note_copy(site.id)
    raise SiteAddressError


def _refuse_replay(claims: dict[str, Any], *, is_once: bool = False) -> None:
    if not request_is_write() and not is_once:
        return
    try:
        with transaction():
            name = f"{claims['iss']}:{claims['jti']}"[:80]
            fresh = service.use_token(name, TOKEN_LIFETIME + LEEWAY)
    except IntegrityError:
        fresh = False
    if not fresh:
        message = gettext("This signed token has been used already.")
        raise _refusal(message, "replayed_token")


def _site_principal(
    site: Site, claims: dict[str, Any], signed_at: int, *, is_looking: bool = False
) -> Principal:
    wp_user_id = rules.wp_user_id(claims)
    g.wp_user_id, g.site, g.signed_at = wp_user_id, site, signed_at
    g.wp_session = str(claims.get("sid") or "")
    roles = {"visitor"}
    user_id = None
    if wp_user_id:
        member = queries.find_member(site.id, wp_user_id)
        signed = claims.get("caps")
        caps = service.standing(
            member, g.wp_session, signed_at, signed if isinstance(signed, list) else []
        )
        if rules.is_site_admin(caps, request.path):
            roles |= {"site_admin", "owner"} if site.is_operators else {"site_admin"}
        if is_looking:
            # Nobody is here as a member, and an administrator need not be one.
            user_id = member.user_id if member else None
        elif request.path != "/api/wordpress/users":
            user_id = _member(member, signed_at, roles)
    scopes = frozenset(SCOPES) if user_id else frozenset()
    return Principal(user_id, site.id, frozenset(roles), scopes, via="site")


def _member(member: SiteMember | None, signed_at: int, roles: set[str]) -> int | None:
    if request.path.startswith(("/api/wordpress/", "/api/admin/")):
        return member.user_id if member else None
    user_id = service.admit_member(member, signed_at)
    if not queries.get_user(user_id).is_active:
        message = gettext("This account is disabled.")
        raise ForbiddenError(message, code="account_disabled")
    roles.add("member")
    return user_id
