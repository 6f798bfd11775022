"""Reading cases; every query names the site that it is for."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select, text

from app.core.db import db
from app.core.errors import NotFoundError
from app.core.i18n import gettext
from app.moderation.models import Case

NAMED = ("open", "approved")


def get_case(site_id: str, case_id: int) -> Case:
    """Return a case of a site, locked; what belongs to another site is not found."""
    case: Case | None = db.session.scalar(
        select(Case).where(Case.id == case_id, Case.site_id == site_id).with_for_update()
    )
    if case is None:
        message = gettext("There is no such case.")
        raise NotFoundError(message)
    return case


def list_cases(
    site_id: str, *, is_open: bool, kind: str | None, before_id: int | None, limit: int
) -> list[Case]:
    """Return a site's cases: open ones the oldest first, decided ones the newest first."""
    statement = select(Case).where(Case.site_id == site_id)
    if kind is not None:
        statement = statement.where(Case.kind == kind)
    if is_open:
        statement = statement.where(Case.state == "open").order_by(Case.id)
        if before_id is not None:
            statement = statement.where(Case.id > before_id)
    else:
        statement = statement.where(Case.state != "open").order_by(Case.id.desc())
        if before_id is not None:
            statement = statement.where(Case.id < before_id)
    return list(db.session.scalars(statement.limit(limit)))


def count_open(site_id: str) -> int:
    """Return how many cases wait for the administrators of a site."""
    return (
        db.session.scalar(select(func.count()).where(Case.site_id == site_id, Case.state == "open"))
        or 0
    )


def list_of_member(site_id: str, user_id: int, kind: str, limit: int) -> list[Case]:
    """Return what a member asked at a site, the newest first."""
    return list(
        db.session.scalars(
            select(Case)
            .where(Case.site_id == site_id, Case.user_id == user_id, Case.kind == kind)
            .order_by(Case.id.desc())
            .limit(limit)
        )
    )


def count_open_of_member(site_id: str, user_id: int) -> int:
    """Return how many of a member's cases wait at a site."""
    return (
        db.session.scalar(
            select(func.count()).where(
                Case.site_id == site_id, Case.user_id == user_id, Case.state == "open"
            )
        )
        or 0
    )


def find_name(site_id: str, user_id: int) -> Case | None:
    """Return the case of the name that a member has or waits for at a site, locked."""
    return db.session.scalar(
        select(Case)
        .where(
            Case.site_id == site_id,
            Case.user_id == user_id,
            Case.kind == "public_name",
            Case.state.in_(NAMED),
        )
        .with_for_update()
    )


def cases_at(site_id: str, user_ids: Collection[int]) -> list[Case]:
    """Return everything that some users have asked at a site, locked, the oldest first."""
    found = select(Case).where(Case.site_id == site_id, Case.user_id.in_(user_ids))
    return list(db.session.scalars(found.order_by(Case.id).with_for_update()))


def approved_names(site_id: str) -> dict[int, str]:
    """Return the names that a site's administrators have approved, by user."""
    rows = db.session.execute(
        select(Case.user_id, Case.subject).where(
            Case.site_id == site_id, Case.kind == "public_name", Case.state == "approved"
        )
    )
    return {row.user_id: row.subject for row in rows}


def cases_of_user(user_id: int) -> list[Case]:
    """Return everything that a user has asked anywhere, for the user's own copy of their data."""
    return list(db.session.scalars(select(Case).where(Case.user_id == user_id).order_by(Case.id)))


def cases_of_erased() -> list[int]:
    """Return the ids of cases of persons who were erased; there should be none."""
    query = text(
        "SELECT c.id FROM moderation_cases c JOIN users u ON u.id = c.user_id "
        "WHERE u.erased_at IS NOT NULL ORDER BY c.id LIMIT 20"
    )
    return list(db.session.execute(query).scalars())
