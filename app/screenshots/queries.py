"""Reading pictures: every query names the member."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from app.core.db import db
from app.core.errors import NotFoundError
from app.core.i18n import gettext
from app.screenshots.models import Screenshot, ScreenshotContent

OPEN = ("waiting", "reading")


def get_screenshot(user_id: int, screenshot_id: int, *, lock: bool = False) -> Screenshot:
    """Return one of a member's own pictures; NotFoundError for anybody else's."""
    query = select(Screenshot).where(Screenshot.id == screenshot_id, Screenshot.user_id == user_id)
    if lock:
        query = query.with_for_update()
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFoundError(gettext("There is no such picture."))
    return found


def lock_screenshot(screenshot_id: int) -> Screenshot | None:
    """Lock a picture for the worker that reads it; None where it was deleted."""
    return db.session.scalars(
        select(Screenshot)
        .where(Screenshot.id == screenshot_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def find_same(user_id: int, picture_hash: str) -> Screenshot | None:
    """Return the same picture where the member has sent it before."""
    return db.session.scalars(
        select(Screenshot).where(
            Screenshot.user_id == user_id, Screenshot.picture_hash == picture_hash
        )
    ).one_or_none()


def list_screenshots(user_id: int, limit: int) -> Sequence[Screenshot]:
    """Return a member's pictures, the newest first."""
    return db.session.scalars(
        select(Screenshot)
        .where(Screenshot.user_id == user_id)
        .order_by(Screenshot.id.desc())
        .limit(limit)
        .execution_options(populate_existing=True)
    ).all()


def count_screenshots(user_id: int) -> int:
    """Return how many pictures of a member are kept."""
    query = select(func.count()).select_from(Screenshot).where(Screenshot.user_id == user_id)
    return db.session.scalar(query) or 0


def content_of(screenshot_id: int) -> bytes | None:
    """Return a picture's locked bytes; None where it is gone."""
    return db.session.scalar(
        select(ScreenshotContent.content).where(ScreenshotContent.screenshot_id == screenshot_id)
    )


def expired(now: datetime, limit: int) -> list[int]:
    """Return pictures whose time is over."""
    query = select(Screenshot.id).where(Screenshot.expires_at <= now).limit(limit)
    return list(db.session.scalars(query))
