"""WordPress sites: connected, rotated, moved, paused, disconnected."""

from __future__ import annotations

from datetime import timedelta

from flask import g

from app.accounts import queries, rules
from app.accounts.errors import SiteAddressError
from app.accounts.models import ConnectCode, Site
from app.accounts.schemas import ConnectIn, Connection, Rotated, SiteIn, SiteRow
from app.accounts.service.audit import audit
from app.core import clock, live, security
from app.core.db import db, transaction
from app.core.errors import ConflictError, NotFoundError, ValidationError
from app.core.i18n import gettext
from app.core.versions import VERSION

CODE_LIFETIME = timedelta(hours=24)
ROTATION_WINDOW = timedelta(minutes=10)
COPY_STEP = timedelta(minutes=1)


def create_connect_code(name: str, *, url: str | None = None, is_operators: bool = False) -> str:
    """Make a one-use code that connects a WordPress site within a day.

    With `url`, the site that is known at this address keeps its members. That is the operator's
    word: an address that a site claims of itself proves nothing. So is `is_operators`: that the
    site is the operator's own, whose administrators see the money of the whole service.
    """
    code = security.random_token(18)
    known = None if url is None else queries.find_site_by_url(url)
    db.session.add(
        ConnectCode(
            code_hash=security.fingerprint(code),
            name=name,
            site_id=None if known is None else known.id,
            is_operators=is_operators,
            expires_at=clock.now() + CODE_LIFETIME,
        )
    )
    return code


def connect_site(given: ConnectIn) -> Connection:
    """Exchange a connect code for a site's shared secret."""
    now = clock.now()
    code = queries.find_connect_code(security.fingerprint(given.code))
    if code is None or code.used_at is not None or code.expires_at < now:
        message = gettext(
            "This connect code is wrong, used or expired. Make a new one and try again."
        )
        raise ValidationError(message, field="code")
    code.used_at = now
    site_id = code.site_id or f"site_{security.random_token(12)}"
    secret = security.random_token()
    site = Site(
        id=site_id,
        name=given.site_name or code.name,
        url=given.site_url,
        state="active",
        key_id=_new_key_id(),
        secret_encrypted=security.encrypt(secret, site_id),
        # An older secret ends with the connection that it belonged to.
        previous_key_id=None,
        previous_secret_encrypted=None,
        pages=given.pages.model_dump(exclude_none=True),
        plugin_version=given.plugin_version,
        connected_at=now,
        rotated_at=None,
        disconnected_at=None,
        copy_seen_at=None,
    )
    if code.is_operators:
        site.is_operators = True
    site = db.session.merge(site)
    audit("site.connected", site_id=site_id, actor=f"site:{site_id}", renewed=bool(code.site_id))
    return Connection(site_id=site_id, key_id=site.key_id, secret=secret, service_version=VERSION)


def _new_key_id() -> str:
    return f"key_{security.random_token(9)}"


def rotate_secret(site_id: str, key_id: str) -> Rotated:
    """Give a site a new secret; `key_id` is the one that signed the request.

    The old secret counts until the first request with the new one: an answer that is lost, or
    that the site could not keep, leaves it with a connection. Asked again with the old secret, the
    same new one is given for ten minutes, so that two askers at once get the same.
    """
    site = queries.lock_site(site_id)
    now = clock.now()
    if key_id == site.previous_key_id:
        if site.rotated_at is not None and now - site.rotated_at < ROTATION_WINDOW:
            secret = security.decrypt(site.secret_encrypted, site.id)
            return Rotated(key_id=site.key_id, secret=secret)
    elif key_id == site.key_id:
        site.previous_key_id = site.key_id
        site.previous_secret_encrypted = site.secret_encrypted
    else:
        message = gettext("This connection has changed in the meantime. Try again.")
        raise ConflictError(message, code="site_changed")
    secret = security.random_token()
    site.key_id, site.rotated_at = _new_key_id(), now
    site.secret_encrypted = security.encrypt(secret, site.id)
    audit("site.rotated", site_id=site_id, key=site.key_id)
    return Rotated(key_id=site.key_id, secret=secret)


def end_overlap(site_id: str, key_id: str) -> None:
    """Forget the old secret of a site that has used its new one, `key_id`.

    Not when another rotation came in between: then the one that was used is the old one.
    """
    with transaction():
        site = queries.lock_site(site_id)
        if site.key_id == key_id:
            site.previous_key_id = site.previous_secret_encrypted = None


def disconnect_site(site_id: str) -> None:
    """End a connection by its owner's wish: the secrets go, members and records stay."""
    site = queries.lock_site(site_id)
    site.state, site.disconnected_at = "disconnected", clock.now()
    site.secret_encrypted = ""  # nosec B105 - no secret any more
    audit("site.disconnected", site_id=site_id)
    live.end_streams(live.Ended(site_id))
    site.previous_key_id = site.previous_secret_encrypted = None


def update_site(site_id: str, given: SiteIn, claimed: str | None = None) -> Site:
    """Keep a site's new name, address and pages.

    `claimed` is the address that the request was signed with. Another one than before counts only
    when an administrator said that the site has moved: a copy must not take the connection over.
    """
    site = db.session.get_one(Site, site_id)
    if claimed is not None:
        is_own = claimed == rules.address_hash(given.site_url)
        if not is_own or (claimed != rules.address_hash(site.url) and not given.moved):
            raise SiteAddressError
    if claimed is not None and claimed != rules.address_hash(site.url):
        audit("site.moved", site_id=site_id)
    site.name, site.url = given.site_name, given.site_url
    site.pages = given.pages.model_dump(exclude_none=True)
    if given.moved:
        site.copy_seen_at = None
    return site


def note_copy(site_id: str) -> None:
    """Keep when a second address used a site's secret, to the minute."""
    site = db.session.get_one(Site, site_id)
    now = clock.now()
    if site.copy_seen_at is None or now - site.copy_seen_at > COPY_STEP:
        with transaction():
            db.session.get_one(Site, site_id).copy_seen_at = now


def note_plugin(site_id: str, user_agent: str) -> None:
    """Keep which version of the plugin a site runs, as its requests say; written when it changes."""
    version = rules.plugin_version(user_agent)
    if version is None or db.session.get_one(Site, site_id).plugin_version == version:
        return
    with transaction():
        db.session.get_one(Site, site_id).plugin_version = version


def find_site(site_id: str) -> Site | None:
    """Return a connected site."""
    return db.session.get(Site, site_id)


def list_sites() -> list[SiteRow]:
    """Return all sites with their numbers of members, newest first."""
    return [
        SiteRow(
            id=site.id,
            name=site.name,
            url=site.url,
            state=site.state,
            members=count,
            connected_at=site.connected_at,
            copy_seen_at=site.copy_seen_at,
        )
        for site, count in queries.list_sites()
    ]


def is_operators_site(site_id: str) -> bool:
    """Whether a site belongs to whoever runs the service."""
    site = db.session.get(Site, site_id)
    return site is not None and site.is_operators


def set_operators_site(site_id: str, *, is_operators: bool) -> None:
    """Let a site's administrators see and decide what is the whole service's, or no longer."""
    _known_site(site_id).is_operators = is_operators
    audit("site.operators_set", site_id=site_id, is_operators=is_operators)


def pause_site(site_id: str) -> None:
    """Refuse all requests of a site until it is resumed."""
    _known_site(site_id).state = "paused"
    audit("site.paused", site_id=site_id)
    live.end_streams(live.Ended(site_id))


def resume_site(site_id: str) -> None:
    """Serve a paused site again."""
    _known_site(site_id).state = "active"
    audit("site.resumed", site_id=site_id)


def _known_site(site_id: str) -> Site:
    site = db.session.get(Site, site_id)
    if site is None:
        message = f"There is no site {site_id}. List them: flask sites list"
        raise NotFoundError(message)
    if site.state == "disconnected":
        message = f"{site_id} is disconnected: its owner has to connect it again."
        raise ConflictError(message, code="site_disconnected")
    return site


def page_url(name: str) -> str | None:
    """Return where the asking site shows a page (performance, marketplace, …), if it told us."""
    site = g.get("site")
    if site is None:
        return None
    url = (site.pages or {}).get(name)
    return url if isinstance(url, str) else None
