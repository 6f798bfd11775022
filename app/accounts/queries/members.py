"""Reading memberships: which sites know a user, and as whom."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from app.accounts.models import SiteMember
from app.core.db import db


def sites_of(user_id: int) -> list[str]:
    """Return the sites that know a user."""
    return list(db.session.scalars(select(SiteMember.site_id).where(SiteMember.user_id == user_id)))


def lock_member(site_id: str, wp_user_id: int) -> SiteMember | None:
    """Return who a WordPress user of a site is, locked until the transaction ends."""
    return db.session.scalar(
        select(SiteMember)
        .where(SiteMember.site_id == site_id, SiteMember.wp_user_id == wp_user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def has_open_membership(user_id: int) -> bool:
    """Whether a user is known from a site whose WordPress has not deleted them."""
    db.session.flush()
    query = select(SiteMember.id).where(SiteMember.user_id == user_id, SiteMember.left_at.is_(None))
    return db.session.scalar(query.limit(1)) is not None


def count_seen_since(days: list[date], site_id: str | None) -> list[int]:
    """Return how many users were seen at a connected site, or at one, on each day or since."""
    counts = (
        func.count(SiteMember.user_id.distinct()).filter(SiteMember.last_seen_on >= day)
        for day in days
    )
    statement = select(*counts).where(SiteMember.last_seen_on >= min(days))
    if site_id is not None:
        statement = statement.where(SiteMember.site_id == site_id)
    return [int(count) for count in db.session.execute(statement).one()]
