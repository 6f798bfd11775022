"""Charts: made, read, listed, renamed, copied, deleted and restored."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from app.accounts import service as accounts
from app.charts import queries, rules
from app.charts.errors import ChartChangedError
from app.charts.models import Chart as Row
from app.charts.models import ChartRevision, ChartShare
from app.charts.schemas import (
    Author,
    Chart,
    ChartIn,
    ChartLine,
    ChartQuery,
    Document,
    Revision,
    RevisionQuery,
)
from app.charts.service.actors import Actor
from app.charts.service.data import reach_of
from app.core import clock, live
from app.core.db import db, transaction
from app.core.errors import ConflictError, ValidationError
from app.core.i18n import gettext

MOST_CHARTS = 200
KEEP_DELETED = timedelta(days=30)
KEEP_REVISIONS = 5_000
"""So many changes of a chart are kept; older ones can no longer be taken back."""


def create_chart(actor: Actor, given: ChartIn) -> Chart:
    """Make a chart of a document, or as a copy of another one.

    Raises:
        ConflictError: the member has as many charts as one may.
        ValidationError: the document is wrong, or there are no bars of its symbol.
    """
    document = _document_for(actor, given)
    reach = reach_of(document)
    rules.check_places(document.drawings, reach)
    # Two requests at once count one after the other.
    accounts.lock_user(actor.user_id)
    if queries.count_charts(actor.user_id) >= MOST_CHARTS:
        message = gettext(
            "You have %(most)s charts, some of them deleted. Use one that you have.",
            most=MOST_CHARTS,
        )
        raise ConflictError(message, code="too_many_charts")
    now = clock.now()
    row = Row(
        user_id=actor.user_id,
        title=given.title or f"{document.symbol} {document.timeframe}",
        version=1,
        created_at=now,
        changed_at=now,
        **_kept(document),
    )
    db.session.add(row)
    db.session.flush()
    add_revision(row, actor, "created")
    return view(row)


def _document_for(actor: Actor, given: ChartIn) -> Document:
    if (given.document is None) == (given.copy_of is None):
        message = gettext("Give either a document or copy_of.")
        raise ValidationError(message, field="document")
    if given.copy_of is not None:
        return read(queries.get_chart(actor.user_id, given.copy_of))
    return rules.claimed(rules.read_document(given.document), actor.author, clock.now())


def _kept(document: Document) -> dict[str, Any]:
    return {
        "symbol": document.symbol,
        "timeframe": document.timeframe,
        "document": rules.written(document),
    }


def put(row: Row, document: Document) -> None:
    """Keep another document in a chart."""
    for name, value in _kept(document).items():
        setattr(row, name, value)


def read(row: Row) -> Document:
    """Return a chart's document in today's format."""
    return rules.read_document(row.document)


def view(row: Row, *, is_shared: bool | None = None) -> Chart:
    """Return a chart as others see it."""
    if is_shared is None:
        is_shared = row.id in queries.shared_ids([row.id], clock.now())
    return Chart(
        id=row.id,
        user_id=row.user_id,
        title=row.title,
        version=row.version,
        document=read(row),
        created_at=row.created_at,
        changed_at=row.changed_at,
        is_shared=is_shared,
    )


def get_chart(user_id: int, chart_id: int) -> Chart:
    """Return one of a member's charts."""
    return view(queries.get_chart(user_id, chart_id))


def owner_of(chart_id: int) -> int:
    """Return whose a chart is, for the operator's commands.

    Raises:
        ChartNotFoundError: there is no such chart.
    """
    return queries.owner_of(chart_id)


def list_charts(user_id: int, asked: ChartQuery) -> list[ChartLine]:
    """Return a member's charts, the one that was changed last first."""
    found = queries.list_charts(
        user_id, symbol=asked.symbol, deleted=asked.deleted, limit=asked.limit
    )
    shared = queries.shared_ids([one.id for one in found], clock.now())
    return [
        ChartLine(
            id=one.id,
            title=one.title,
            symbol=one.symbol,
            timeframe=one.timeframe,
            version=one.version,
            created_at=one.created_at,
            changed_at=one.changed_at,
            deleted_at=one.deleted_at,
            is_shared=one.id in shared,
        )
        for one in found
    ]


def list_revisions(user_id: int, chart_id: int, asked: RevisionQuery) -> list[Revision]:
    """Return the changes of a chart, the newest first."""
    row = queries.get_chart(user_id, chart_id)
    found = queries.list_revisions(row.id, before=asked.before, limit=asked.limit)
    return [
        Revision(
            version=one.version,
            kind=one.kind,
            by=Author.model_validate({"kind": one.author_kind, "name": one.author_name}),
            operations=one.operations,
            undoes=one.undoes,
            is_undone=is_undone,
            at=one.at,
        )
        for one, is_undone in found
    ]


def lock(actor: Actor, chart_id: int, version: int | None) -> Row:
    """Return a chart that nobody else changes before the transaction ends.

    Raises:
        ChartChangedError: it has another version than the asker has seen.
    """
    row = queries.get_chart(actor.user_id, chart_id, lock=True)
    if version is not None and version != row.version:
        message = gettext(
            "The chart is at version %(present)s, not %(given)s. Read it again.",
            present=row.version,
            given=version,
        )
        raise ChartChangedError(message, version=row.version)
    return row


def add_revision(
    row: Row,
    actor: Actor,
    kind: str,
    *,
    operations: list[dict[str, Any]] | None = None,
    changes: list[rules.Change] | None = None,
    undoes: int | None = None,
) -> None:
    """Note what was done to a chart, and tell the pages that show it once it stands."""
    db.session.add(
        ChartRevision(
            chart_id=row.id,
            version=row.version,
            kind=kind,
            author_kind=actor.author.kind,
            author_name=actor.author.name,
            key_id=actor.key_id,
            operations=operations or [],
            changes=[one._asdict() for one in changes or []],
            undoes=undoes,
            at=row.changed_at,
        )
    )
    db.session.flush()
    live.announce_chart(row.id, row.user_id, row.version)


def step(row: Row) -> None:
    """Count a change of a chart."""
    row.version += 1
    row.changed_at = clock.now()


def rename(actor: Actor, chart_id: int, title: str, version: int | None = None) -> Chart:
    """Give a chart another title."""
    row = lock(actor, chart_id, version)
    if row.title != title:
        row.title = title
        step(row)
        add_revision(row, actor, "renamed", operations=[{"kind": "rename", "title": title}])
    return view(row)


def delete_chart(actor: Actor, chart_id: int) -> None:
    """Delete a chart; its links end, and for thirty days it can be restored."""
    row = lock(actor, chart_id, None)
    row.deleted_at = clock.now()
    step(row)
    for share in db.session.scalars(
        select(ChartShare).where(ChartShare.chart_id == row.id, ChartShare.revoked_at.is_(None))
    ):
        share.revoked_at = row.deleted_at
        accounts.audit("chart.unshared", user_id=row.user_id, subject=f"chart:{row.id}")
    add_revision(row, actor, "deleted")


def restore_chart(actor: Actor, chart_id: int) -> Chart:
    """Bring a deleted chart back as it was, without its links; one that is there stays."""
    row = queries.get_chart(actor.user_id, chart_id, lock=True, deleted=True)
    if row.deleted_at is None:
        return view(row)
    row.deleted_at = None
    step(row)
    add_revision(row, actor, "restored")
    return view(row)


def prune() -> int:
    """Forget charts that were deleted long ago, and changes too far back to be undone."""
    old = Row.deleted_at < clock.now() - KEEP_DELETED
    with transaction():
        ids = list(db.session.scalars(select(Row.id).where(old).limit(1_000)))
        for table in (ChartRevision, ChartShare):
            db.session.execute(delete(table).where(table.chart_id.in_(ids)))
        db.session.execute(delete(Row).where(Row.id.in_(ids)))
    long = select(Row.id, Row.version).where(Row.version > KEEP_REVISIONS)
    for chart_id, version in db.session.execute(long).all():
        with transaction():
            db.session.execute(
                delete(ChartRevision).where(
                    ChartRevision.chart_id == chart_id,
                    ChartRevision.version <= version - KEEP_REVISIONS,
                )
            )
    return len(ids)
