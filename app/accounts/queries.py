"""Reading accounts."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import or_, select

from app.accounts.models import ApiKey, ConnectCode, Site, SiteMember, User
from app.core.db import db
from app.core.errors import NotFoundError


def get_user(user_id: int) -> User:
    """Return a user; NotFoundError when there is none."""
    user = db.session.get(User, user_id)
    if user is None:
        message = "There is no such user."
        raise NotFoundError(message)
    return user


def find_user_by_email(email: str) -> User | None:
    """Return the user with this address."""
    return db.session.scalar(select(User).where(User.email == email.strip().lower()))


def find_site_by_key(key_id: str) -> Site | None:
    """Return the site that a signing key belongs to, in either slot."""
    return db.session.scalar(
        select(Site).where(or_(Site.key_id == key_id, Site.previous_key_id == key_id))
    )


def find_site_by_url(url: str) -> Site | None:
    """Return the site that was connected last at an address."""
    bare = url.strip().rstrip("/")
    return db.session.scalar(
        select(Site).where(Site.url.in_((bare, f"{bare}/"))).order_by(Site.connected_at.desc())
    )


def find_member(site_id: str, wp_user_id: int) -> SiteMember | None:
    """Return who a WordPress user of a site is."""
    return db.session.scalar(
        select(SiteMember).where(SiteMember.site_id == site_id, SiteMember.wp_user_id == wp_user_id)
    )


def has_other_site(user_id: int, site_id: str) -> bool:
    """Whether the user is known from elsewhere than this site."""
    sites = set(db.session.scalars(select(SiteMember.site_id).where(SiteMember.user_id == user_id)))
    return sites != {site_id}


def find_key(prefix: str) -> ApiKey | None:
    """Return the API key with this public part."""
    return db.session.scalar(select(ApiKey).where(ApiKey.prefix == prefix))


def list_keys(user_id: int) -> list[ApiKey]:
    """Return a user's keys, newest first, revoked ones too."""
    return list(
        db.session.scalars(
            select(ApiKey).where(ApiKey.user_id == user_id).order_by(ApiKey.id.desc())
        )
    )


def get_key(user_id: int, key_id: int) -> ApiKey:
    """Return one of the user's own keys."""
    key = db.session.get(ApiKey, key_id)
    if key is None or key.user_id != user_id:
        message = "There is no such key."
        raise NotFoundError(message)
    return key


def find_connect_code(code_hash: str) -> ConnectCode | None:
    """Return a connect code, locked so that it is used once."""
    return db.session.scalar(
        select(ConnectCode).where(ConnectCode.code_hash == code_hash).with_for_update()
    )


def pseudonyms(user_ids: Iterable[int]) -> dict[int, str]:
    """Return the public names of users."""
    ids = list(user_ids)
    rows = db.session.execute(select(User.id, User.pseudonym).where(User.id.in_(ids)))
    return {row.id: row.pseudonym for row in rows}
