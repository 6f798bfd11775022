"""Reading charts: every query names the owner."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from app.charts.errors import ChartNotFoundError
from app.charts.models import Chart, ChartRevision, ChartShare
from app.core.db import db
from app.core.i18n import gettext


def get_chart(user_id: int, chart_id: int, *, lock: bool = False, deleted: bool = False) -> Chart:
    """Return one of a member's own charts; ChartNotFoundError for anybody else's.

    With `lock` nobody else changes it before the transaction ends. `deleted` finds those, too,
    that are only there to be restored.
    """
    query = select(Chart).where(Chart.id == chart_id, Chart.user_id == user_id)
    if not deleted:
        query = query.where(Chart.deleted_at.is_(None))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise _missing()
    return found


def _missing() -> ChartNotFoundError:
    message = gettext("There is no such chart.")
    return ChartNotFoundError(message)


def owner_of(chart_id: int) -> int:
    """Return whose a chart is; only for the operator, who may see all."""
    found = db.session.scalar(select(Chart.user_id).where(Chart.id == chart_id))
    if found is None:
        raise _missing()
    return found


def list_charts(user_id: int, *, symbol: str | None, deleted: bool, limit: int) -> list[Chart]:
    """Return a member's charts, the one that was changed last first."""
    query = select(Chart).where(Chart.user_id == user_id)
    query = query.where(Chart.deleted_at.is_not(None) if deleted else Chart.deleted_at.is_(None))
    if symbol is not None:
        query = query.where(Chart.symbol == symbol)
    return list(db.session.scalars(query.order_by(Chart.changed_at.desc(), Chart.id).limit(limit)))


def count_charts(user_id: int) -> int:
    """Return how many charts a member has, deleted ones included."""
    return db.session.scalar(select(func.count(Chart.id)).where(Chart.user_id == user_id)) or 0


def shared_ids(chart_ids: Collection[int], now: datetime) -> set[int]:
    """Return which of some charts a link opens now."""
    if not chart_ids:
        return set()
    query = select(ChartShare.chart_id).where(ChartShare.chart_id.in_(chart_ids), opens(now))
    return set(db.session.scalars(query))


def opens(now: datetime) -> Any:
    """Return the condition under which a link is good."""
    has_time = ChartShare.expires_at.is_(None) | (ChartShare.expires_at > now)
    return and_(ChartShare.revoked_at.is_(None), has_time)


def list_revisions(
    chart_id: int, *, before: int | None, limit: int
) -> list[tuple[ChartRevision, bool]]:
    """Return changes of a chart, the newest first, and whether each was undone."""
    undo = aliased(ChartRevision)
    is_undone = and_(undo.chart_id == chart_id, undo.undoes == ChartRevision.version)
    query = (
        select(ChartRevision, undo.id)
        .outerjoin(undo, is_undone)
        .where(ChartRevision.chart_id == chart_id)
        .order_by(ChartRevision.version.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(ChartRevision.version < before)
    return [(revision, undone is not None) for revision, undone in db.session.execute(query)]


def find_last_change(
    chart_id: int, kinds: Collection[str], name: str | None
) -> ChartRevision | None:
    """Return the last change by some kind of author that has not been undone."""
    undo = aliased(ChartRevision)
    undone = select(undo.id).where(undo.chart_id == chart_id, undo.undoes == ChartRevision.version)
    query = select(ChartRevision).where(
        ChartRevision.chart_id == chart_id,
        ChartRevision.kind == "changed",
        ChartRevision.author_kind.in_(kinds),
        ~undone.exists(),
    )
    if name is not None:
        query = query.where(ChartRevision.author_name == name)
    return db.session.scalars(query.order_by(ChartRevision.version.desc()).limit(1)).one_or_none()
