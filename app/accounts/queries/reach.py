"""To whom mail may go, for many users at a time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from app.accounts.models import User
from app.core.db import db


def reachable_users(user_ids: Collection[int]) -> set[int]:
    """Return those of some users to whom mail may go: not erased, not shut out, not of the demo."""
    query = select(User.id).where(
        User.id.in_(user_ids),
        User.disabled_at.is_(None),
        User.erased_at.is_(None),
        User.is_demo.is_(False),
    )
    return set(db.session.scalars(query))


def users_made(since: datetime, until: datetime, after_id: int, limit: int) -> list[int]:
    """Return users whose accounts were made in a time, by id, the next ones after `after_id`."""
    query = (
        select(User.id)
        .where(User.created_at >= since, User.created_at < until, User.id > after_id)
        .order_by(User.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))
