"""Reading accounts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from app.accounts.models import (
    ApiKey,
    ConnectCode,
    RefreshToken,
    Site,
    SiteMember,
    TokenFamily,
    User,
)
from app.accounts.rules.access import Family
from app.accounts.rules.keys import KeyFacts, Standing
from app.accounts.schemas import MemberFigures
from app.accounts.schemas.members import Chosen
from app.core.db import db
from app.core.errors import NotFoundError
from app.core.i18n import gettext


def active_users(user_ids: Collection[int]) -> set[int]:
    """Return those of some users whose accounts may be used."""
    query = select(User.id).where(User.id.in_(user_ids), User.disabled_at.is_(None))
    return set(db.session.scalars(query))


def get_user(user_id: int) -> User:
    """Return a user; NotFoundError when there is none."""
    user = db.session.get(User, user_id)
    if user is None:
        message = gettext("There is no such user.")
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


def lock_site(site_id: str) -> Site:
    """Return a site as it is now, locked until the transaction ends."""
    found: Site | None = db.session.scalar(
        select(Site)
        .where(Site.id == site_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        message = gettext("There is no such site.")
        raise NotFoundError(message)
    return found


def list_sites() -> list[tuple[Site, int]]:
    """Return all sites with their numbers of members, newest first."""
    count = func.count(SiteMember.id)
    query = (
        select(Site, count)
        .outerjoin(SiteMember, SiteMember.site_id == Site.id)
        .group_by(Site.id)
        .order_by(Site.connected_at.desc())
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def list_members(site_id: str) -> list[SiteMember]:
    """Return who the WordPress users of a site are."""
    return list(db.session.scalars(select(SiteMember).where(SiteMember.site_id == site_id)))


def is_member(site_id: str, user_id: int) -> bool:
    """Whether a user is known from a site."""
    query = select(SiteMember.id).where(
        SiteMember.site_id == site_id, SiteMember.user_id == user_id
    )
    return db.session.scalar(query.limit(1)) is not None


def delete_members(user_id: int, site_id: str | None = None) -> None:
    """Cut a user off from a site, or from all."""
    query = delete(SiteMember).where(SiteMember.user_id == user_id)
    db.session.execute(query if site_id is None else query.where(SiteMember.site_id == site_id))


def find_member(site_id: str, wp_user_id: int) -> SiteMember | None:
    """Return who a WordPress user of a site is."""
    return db.session.scalar(
        select(SiteMember).where(SiteMember.site_id == site_id, SiteMember.wp_user_id == wp_user_id)
    )


def has_other_site(user_id: int, site_id: str) -> bool:
    """Whether the user is known from elsewhere than this site."""
    sites = set(db.session.scalars(select(SiteMember.site_id).where(SiteMember.user_id == user_id)))
    return sites != {site_id}


def find_key_facts(name: str | int) -> KeyFacts | None:
    """Return the API key with this public part or number, with what its user decides about it."""
    return _key_facts(db.session, name)


def find_key_facts_now(name: str | int) -> KeyFacts | None:
    """Return the same as it is at this moment, whatever the session has read before."""
    with db.engine.connect() as connection:
        return _key_facts(connection, name)


def _key_facts(source: Any, name: str | int) -> KeyFacts | None:
    row = source.execute(
        select(
            ApiKey.id,
            ApiKey.user_id,
            ApiKey.secret_hash,
            ApiKey.scopes,
            ApiKey.networks,
            ApiKey.expires_at,
            ApiKey.rotated_at,
            ApiKey.revoked_at,
            ApiKey.last_used_at,
            User.auth_version,
            User.disabled_at,
        )
        .join(User, User.id == ApiKey.user_id)
        .where(ApiKey.prefix == name if isinstance(name, str) else ApiKey.id == name)
    ).one_or_none()
    if row is None:
        return None
    return KeyFacts(
        id=row.id,
        user_id=row.user_id,
        secret_hash=row.secret_hash,
        scopes=tuple(row.scopes),
        networks=tuple(row.networks),
        standing=Standing(row.expires_at, row.rotated_at, row.revoked_at),
        last_used_at=row.last_used_at,
        auth_version=row.auth_version,
        is_user_active=row.disabled_at is None,
    )


def write_key_uses(used: dict[int, datetime]) -> None:
    """Keep when keys were last used; in one order for all who write, and never back in time."""
    for key_id, moment in sorted(used.items()):
        db.session.execute(
            update(ApiKey)
            .where(
                ApiKey.id == key_id,
                or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < moment),
            )
            .values(last_used_at=moment)
            .execution_options(synchronize_session=False)
        )


def list_keys(user_id: int) -> list[ApiKey]:
    """Return a user's keys as they are now, newest first, revoked ones too."""
    return list(
        db.session.scalars(
            select(ApiKey)
            .where(ApiKey.user_id == user_id)
            .order_by(ApiKey.id.desc())
            .execution_options(populate_existing=True)
        )
    )


def get_key(user_id: int, key_id: int) -> ApiKey:
    """Return one of the user's own keys, as it is now."""
    key = db.session.get(ApiKey, key_id, populate_existing=True)
    if key is None or key.user_id != user_id:
        message = gettext("There is no such key.")
        raise NotFoundError(message)
    return key


def end_families(user_id: int, key_ids: Iterable[int], now: datetime) -> None:
    """End what programs got in exchange for keys of a user."""
    db.session.execute(
        update(TokenFamily)
        .where(
            TokenFamily.user_id == user_id,
            TokenFamily.key_id.in_(list(key_ids)),
            TokenFamily.revoked_at.is_(None),
        )
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )


# --- Tokens that programs got for a key ---


def family_facts(row: Any) -> Family:
    """Return what decides about a family's tokens."""
    return Family(
        id=row.id,
        user_id=row.user_id,
        key_id=row.key_id,
        scopes=tuple(row.scopes),
        auth_version=row.auth_version,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


def find_family(family_id: int) -> Family | None:
    """Return a family of tokens."""
    return _family(db.session, family_id)


def find_family_now(family_id: int) -> Family | None:
    """Return the same as it is at this moment, whatever the session has read before."""
    with db.engine.connect() as connection:
        return _family(connection, family_id)


def _family(source: Any, family_id: int) -> Family | None:
    table = TokenFamily.__table__
    row = source.execute(select(table).where(table.c.id == family_id)).one_or_none()
    return family_facts(row) if row is not None else None


def lock_refresh_token(token_hash: str) -> tuple[RefreshToken, TokenFamily] | None:
    """Return a refresh token with its family, held until the transaction ends."""
    family_id = db.session.scalar(
        select(RefreshToken.family_id).where(RefreshToken.token_hash == token_hash)
    )
    if family_id is None:
        return None
    family = db.session.get(TokenFamily, family_id, populate_existing=True, with_for_update=True)
    # Read again: somebody may have used it while we waited for the family.
    token = db.session.get(RefreshToken, token_hash, populate_existing=True)
    return (token, family) if token is not None and family is not None else None


def is_refresh_token_unused(token_hash: str) -> bool:
    """Whether a token is there and nobody has used it."""
    query = select(RefreshToken.token_hash).where(
        RefreshToken.token_hash == token_hash, RefreshToken.used_at.is_(None)
    )
    return db.session.scalar(query) is not None


def end_oldest_families(key_id: int, keep: int, now: datetime) -> None:
    """End all but the newest `keep` families of a key."""
    newest = (
        select(TokenFamily.id)
        .where(TokenFamily.key_id == key_id, TokenFamily.revoked_at.is_(None))
        .order_by(TokenFamily.id.desc())
    )
    ids = db.session.scalars(newest.offset(keep).limit(1000)).all()
    if ids:
        db.session.execute(
            update(TokenFamily)
            .where(TokenFamily.id.in_(ids))
            .values(revoked_at=now)
            .execution_options(synchronize_session=False)
        )


def prune_refresh_tokens(now: datetime) -> None:
    """Forget refresh tokens, and families, that have ended by time."""
    ended = select(TokenFamily.id).where(TokenFamily.expires_at < now)
    db.session.execute(
        delete(RefreshToken).where(
            or_(RefreshToken.expires_at < now, RefreshToken.family_id.in_(ended))
        )
    )
    db.session.execute(delete(TokenFamily).where(TokenFamily.expires_at < now))


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


# --- The members of a site, for its administrators: every query names the site ---


def _of_site(site_id: str) -> Any:
    return (
        select(SiteMember, User)
        .join(User, User.id == SiteMember.user_id)
        .where(SiteMember.site_id == site_id)
    )


def list_site_members(
    site_id: str, chosen: Chosen, *, before_id: int | None, limit: int
) -> list[tuple[SiteMember, User]]:
    """Return members of a site, the newest first."""
    statement = _of_site(site_id)
    search = chosen.search.strip()
    if search:
        statement = statement.where(
            or_(
                *(
                    column.icontains(search, autoescape=True)
                    for column in (User.username, User.pseudonym, User.email)
                )
            )
        )
    if chosen.is_disabled is not None:
        shut = SiteMember.disabled_at.is_not(None)
        statement = statement.where(shut if chosen.is_disabled else ~shut)
    if chosen.tier is not None:
        statement = statement.where(User.subscription_tier == chosen.tier)
    if chosen.among is not None:
        users, is_among = chosen.among
        statement = statement.where(User.id.in_(users) if is_among else User.id.not_in(users))
    if before_id is not None:
        statement = statement.where(SiteMember.id < before_id)
    rows = db.session.execute(statement.order_by(SiteMember.id.desc()).limit(limit))
    return [(row[0], row[1]) for row in rows]


def get_site_member(site_id: str, member_id: int) -> tuple[SiteMember, User]:
    """Return one member of a site; NotFoundError for somebody else's."""
    row = db.session.execute(_of_site(site_id).where(SiteMember.id == member_id)).one_or_none()
    if row is None:
        message = gettext("This site has no such member.")
        raise NotFoundError(message)
    return row[0], row[1]


def find_site_members(site_id: str, user_ids: Iterable[int]) -> list[tuple[SiteMember, User]]:
    """Return those of some users who are members of a site."""
    rows = db.session.execute(_of_site(site_id).where(User.id.in_(list(user_ids))))
    return [(row[0], row[1]) for row in rows]


def count_members(site_id: str, *, new_since: datetime, day: date) -> MemberFigures:
    """Count the members of a site."""
    row = db.session.execute(
        select(
            func.count(),
            func.count().filter(SiteMember.created_at >= new_since),
            func.count().filter(SiteMember.last_seen_on == day),
            func.count().filter(SiteMember.disabled_at.is_not(None)),
        ).where(SiteMember.site_id == site_id)
    ).one()
    return MemberFigures(total=row[0], new_this_week=row[1], active_today=row[2], disabled=row[3])


def list_member_ids(site_id: str) -> list[int]:
    """Return the users who are members of a site."""
    return list(
        db.session.scalars(
            select(SiteMember.user_id).where(SiteMember.site_id == site_id).distinct()
        )
    )


def lock_user(user_id: int) -> None:
    """Hold a user's row until the transaction ends."""
    db.session.execute(select(User.id).where(User.id == user_id).with_for_update())


def is_pseudonym(bare: str) -> bool:
    """Whether a user has this pseudonym: small letters and digits, without what stands between."""
    known = func.lower(func.replace(User.pseudonym, " ", ""))
    return db.session.execute(select(User.id).where(known == bare).limit(1)).first() is not None
