"""The sweeper: publishes again what is due and was not taken up, or was cut at work."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy import and_, or_, select, update

from app.core import clock, hold, outbox
from app.core.db import db, transaction
from app.core.outbox import CUT, LEASE, MAX_PUBLICATIONS, OutboxRow


def sweep(limit: int = 500) -> int:
    """Publish again what is due and has not been taken up; return how many rows.

    Only what was taken from its queue, or never came there, counts as cut: a job may wait behind
    others, or for workers that are away, as long as it must. Without Redis nothing is done.
    """
    now = clock.now()
    with transaction():
        # Whoever works on a row holds it; it is left alone.
        rows = db.session.execute(
            select(OutboxRow.id, OutboxRow.queue, OutboxRow.publications, OutboxRow.name)
            .where(_due(now))
            .order_by(OutboxRow.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        waiting = _waiting_in_redis(rows)
        if waiting is None:
            return 0
        lost = [row for row in rows if outbox.job_id(row.id, row.publications) not in waiting]
        _note(rows, {"published_at": now})
        _note(lost, {"publications": OutboxRow.publications + 1})
        dead = [row for row in lost if row.publications >= MAX_PUBLICATIONS]
        _note(dead, {"state": "dead", "error": CUT})
        for row in dead:
            outbox.note_dead(row.id, row.name, CUT)
    for row in lost:
        outbox.publish_quietly(row.id)
    return len(lost)


def _due(now: datetime) -> Any:
    was_published = OutboxRow.published_at <= now - LEASE
    was_never = and_(OutboxRow.published_at.is_(None), OutboxRow.created_at <= now - LEASE / 10)
    is_free = or_(
        and_(OutboxRow.state == "pending", OutboxRow.available_at <= now),
        and_(OutboxRow.state == "running", OutboxRow.locked_until <= now),
    )
    due = and_(is_free, or_(was_never, was_published))
    held = hold.held_jobs()
    return and_(due, OutboxRow.name.not_in(held)) if held else due


def _waiting_in_redis(rows: Iterable[Any]) -> set[str] | None:
    """Return the ids in the queues of `rows`; None when Redis cannot say."""
    # Here, because the library brings its workers along.
    from rq import Queue
    from rq.serializers import JSONSerializer

    found: set[str] = set()
    try:
        for name in sorted({row.queue for row in rows}):
            queue = Queue(name, connection=outbox.redis(), serializer=JSONSerializer)
            found.update(queue.job_ids)
    except RedisError:
        return None
    return found


def _note(rows: Iterable[Any], values: dict[str, Any]) -> None:
    ids = [row.id for row in rows]
    if ids:
        db.session.execute(update(OutboxRow).where(OutboxRow.id.in_(ids)).values(values))
