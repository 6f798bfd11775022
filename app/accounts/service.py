"""Use cases of accounts: users, API keys, WordPress sites and who is asking."""

from __future__ import annotations

import hmac
from datetime import timedelta

from flask import g
from sqlalchemy import delete

from app.accounts import queries, rules
from app.accounts.errors import UserUnknownError
from app.accounts.models import ApiKey, ConnectCode, Site, SiteMember, UsedToken, User
from app.accounts.schemas import (
    ConnectIn,
    Connection,
    KeyOut,
    SiteIn,
    WordPressUserIn,
    normal_email,
)
from app.core import clock, security
from app.core.auth import SCOPES
from app.core.db import db, transaction
from app.core.errors import ConflictError, ValidationError
from app.core.health import VERSION

get_user = queries.get_user
find_user_by_email = queries.find_user_by_email
pseudonyms = queries.pseudonyms

CODE_LIFETIME = timedelta(hours=24)
LAST_USED_STEP = timedelta(minutes=1)
MAX_KEYS = 20


def create_user(
    email: str, *, username: str | None = None, is_demo: bool = False, seed: str | None = None
) -> User:
    """Make a user; ConflictError when the address has one.

    `seed` fixes the pseudonym (for the demo); otherwise it is random.
    """
    try:
        address = normal_email(email)
    except ValueError as error:
        message = f"{email!r} {error}"
        raise ValidationError(message, field="email") from error
    if queries.find_user_by_email(address) is not None:
        message = f"There is already a user with the address {address}."
        raise ConflictError(message, code="user_exists")
    now = clock.now()
    user = User(
        email=address,
        username=username or address.partition("@")[0][:60],
        pseudonym=_free_pseudonym(seed or security.random_token()),
        is_demo=is_demo,
        created_at=now,
        updated_at=now,
    )
    db.session.add(user)
    db.session.flush()
    return user


def _free_pseudonym(seed: str) -> str:
    attempt = 0
    while True:
        name = rules.pseudonym(seed, attempt)
        if not db.session.query(User.id).filter_by(pseudonym=name).first():
            return name
        attempt += 1


# --- API keys ---


def create_key(user_id: int, scopes: list[str] | None = None, name: str = "") -> str:
    """Make an API key and return its text, which is shown only now."""
    queries.get_user(user_id)
    wanted = list(SCOPES) if scopes is None else list(dict.fromkeys(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown or not wanted:
        message = (
            f"Unknown scope {', '.join(unknown) or '(none)'}: choose from {', '.join(SCOPES)}."
        )
        raise ValidationError(message, field="scopes")
    living = [key for key in queries.list_keys(user_id) if key.revoked_at is None]
    if len(living) >= MAX_KEYS:
        message = f"You have {MAX_KEYS} keys. Revoke one that you no longer use."
        raise ConflictError(message, code="too_many_keys")
    prefix = rules.KEY_PREFIX + security.random_token(6).replace("-", "x").replace("_", "y")
    secret = security.random_token()
    db.session.add(
        ApiKey(
            user_id=user_id,
            name=name or "API key",
            prefix=prefix,
            secret_hash=security.fingerprint(secret),
            scopes=wanted,
            created_at=clock.now(),
        )
    )
    db.session.flush()
    return f"{prefix}.{secret}"


def list_keys(user_id: int) -> list[KeyOut]:
    """Return a user's keys without their secrets."""
    return [KeyOut.model_validate(key, from_attributes=True) for key in queries.list_keys(user_id)]


def revoke_key(user_id: int, key_id: int) -> None:
    """Make a key useless from the next request on; revoking twice is fine."""
    key = queries.get_key(user_id, key_id)
    key.revoked_at = key.revoked_at or clock.now()


def find_key_owner(text: str) -> ApiKey | None:
    """Return the valid key that `text` is; None when it is wrong, revoked or its user disabled."""
    prefix, _, secret = text.partition(".")
    key = queries.find_key(prefix)
    digest = security.fingerprint(secret)
    if key is None or not hmac.compare_digest(key.secret_hash, digest) or key.revoked_at:
        return None
    if not queries.get_user(key.user_id).is_active:
        return None
    return key


def note_key_use(key: ApiKey) -> None:
    """Keep when a key was last used, to the minute."""
    now = clock.now()
    if key.last_used_at is None or now - key.last_used_at > LAST_USED_STEP:
        with transaction():
            db.session.merge(key).last_used_at = now


# --- WordPress sites ---


def create_connect_code(name: str, *, url: str | None = None) -> str:
    """Make a one-use code that connects a WordPress site within a day.

    With `url`, the site that is known at this address keeps its members. That is the operator's
    word: an address that a site claims of itself proves nothing.
    """
    code = security.random_token(18)
    known = None if url is None else queries.find_site_by_url(url)
    db.session.add(
        ConnectCode(
            code_hash=security.fingerprint(code),
            name=name,
            site_id=None if known is None else known.id,
            expires_at=clock.now() + CODE_LIFETIME,
        )
    )
    return code


def connect_site(given: ConnectIn) -> Connection:
    """Exchange a connect code for a site's shared secret."""
    now = clock.now()
    code = queries.find_connect_code(security.fingerprint(given.code))
    if code is None or code.used_at is not None or code.expires_at < now:
        message = "This connect code is wrong, used or expired. Make a new one and try again."
        raise ValidationError(message, field="code")
    code.used_at = now
    site_id = code.site_id or f"site_{security.random_token(12)}"
    secret = security.random_token()
    site = Site(
        id=site_id,
        name=given.site_name or code.name,
        url=given.site_url,
        state="active",
        key_id=f"key_{security.random_token(9)}",
        secret_encrypted=security.encrypt(secret, site_id),
        # An older secret ends with the connection that it belonged to.
        previous_key_id=None,
        previous_secret_encrypted=None,
        pages=given.pages.model_dump(exclude_none=True),
        plugin_version=given.plugin_version,
        connected_at=now,
    )
    site = db.session.merge(site)
    return Connection(site_id=site_id, key_id=site.key_id, secret=secret, service_version=VERSION)


def update_site(site_id: str, given: SiteIn) -> Site:
    """Keep a site's new name, address and pages."""
    site = db.session.get_one(Site, site_id)
    site.name, site.url = given.site_name, given.site_url
    site.pages = given.pages.model_dump(exclude_none=True)
    return site


def find_site(site_id: str) -> Site | None:
    """Return a connected site."""
    return db.session.get(Site, site_id)


def welcome_member(site_id: str, given: WordPressUserIn) -> tuple[int, bool]:
    """Return the user id of a WordPress user and whether it is new; makes the account at need.

    An existing account is linked only when it is known from this very site: the site of somebody
    else must not open it by claiming its address.
    """
    member = queries.find_member(site_id, given.wp_user_id)
    if member is not None:
        return member.user_id, False
    user = queries.find_user_by_email(given.email)
    # Members of the demo belong to nobody, so any site may show theirs.
    if user is not None and not user.is_demo and queries.has_other_site(user.id, site_id):
        message = (
            "There is already an account with this e-mail address that does not belong to this "
            "site. Ask the operator of the service, or use another address."
        )
        raise ConflictError(message, code="account_elsewhere")
    if user is None:
        user = create_user(given.email, username=given.username)
    db.session.add(
        SiteMember(
            site_id=site_id,
            wp_user_id=given.wp_user_id,
            user_id=user.id,
            created_at=clock.now(),
        )
    )
    db.session.flush()
    return user.id, True


def link_member(site_id: str, wp_user_id: int, user_id: int) -> None:
    """Link a WordPress user to a user by the operator's word (tests and the command line)."""
    db.session.add(
        SiteMember(site_id=site_id, wp_user_id=wp_user_id, user_id=user_id, created_at=clock.now())
    )


def member_user(site_id: str, wp_user_id: int) -> int:
    """Return the user id of a known WordPress user; UserUnknownError asks the plugin to tell us."""
    member = queries.find_member(site_id, wp_user_id)
    if member is None:
        message = "This WordPress user has not been here before."
        raise UserUnknownError(message)
    return member.user_id


def use_token(jti: str, lifetime: timedelta) -> bool:
    """Note a writing token's id; False when it has been used before."""
    if db.session.get(UsedToken, jti) is not None:
        return False
    db.session.add(UsedToken(jti=jti, expires_at=clock.now() + lifetime))
    db.session.flush()
    return True


def prune_tokens() -> None:
    """Forget the ids of tokens that have expired."""
    with transaction():
        db.session.execute(delete(UsedToken).where(UsedToken.expires_at < clock.now()))


def page_url(name: str) -> str | None:
    """Return where the asking site shows a page (performance, marketplace, …), if it told us."""
    site = g.get("site")
    if site is None:
        return None
    url = (site.pages or {}).get(name)
    return url if isinstance(url, str) else None
