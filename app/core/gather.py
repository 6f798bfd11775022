"""Many jobs of one transaction, written and published together: for work over many accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import structlog
from redis.exceptions import RedisError
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from app.core import outbox
from app.core.db import after_commit, db, is_sqlite
from app.core.failpoints import failpoint
from app.core.outbox import OutboxRow

log = structlog.get_logger()
PAGE = 400


@contextmanager
def gathered() -> Iterator[None]:
    """Collect what is enqueued inside, and write it at the end; inside of another one, join it."""
    if outbox.waiting_jobs.get() is not None:
        yield
        return
    jobs: list[dict[str, Any]] = []
    token = outbox.waiting_jobs.set(jobs)
    try:
        yield
    finally:
        outbox.waiting_jobs.reset(token)
    if jobs:
        _write(jobs)


def _write(jobs: Sequence[dict[str, Any]]) -> None:
    by_key: dict[str, dict[str, Any]] = {}
    for job in jobs:
        known = by_key.get(job["key"])
        if known is None:
            by_key[job["key"]] = dict(job)
        elif job["coalesce"]:
            known["payload"] = outbox.merge(known["payload"], job["payload"])
    made: list[int] = []
    # In one order for all, so that two writers never wait for each other's rows.
    keys = sorted(by_key)
    for start in range(0, len(keys), PAGE):
        made += _write_page([by_key[key] for key in keys[start : start + PAGE]])
    failpoint("outbox.enqueued")
    after_commit(lambda: _publish_quietly(made))


def _write_page(page: Sequence[dict[str, Any]]) -> list[int]:
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    statement = insert(OutboxRow).values(list(page)).on_conflict_do_nothing()
    rows = db.session.execute(statement.returning(OutboxRow.id, OutboxRow.key)).all()
    made = {row.key for row in rows}
    _merge([job for job in page if job["key"] not in made and job["coalesce"]])
    return [row.id for row in rows]


def _merge(jobs: Sequence[dict[str, Any]]) -> None:
    """Add to jobs that wait already; one that ended meanwhile is written by itself."""
    if not jobs:
        return
    waiting = {
        row.key: row
        for row in db.session.execute(
            select(OutboxRow.id, OutboxRow.key, OutboxRow.payload)
            .where(OutboxRow.key.in_([job["key"] for job in jobs]))
            .order_by(OutboxRow.key)
            .with_for_update()
        )
    }
    changed = []
    for job in jobs:
        row = waiting.get(job["key"])
        if row is None:
            outbox.write(job)
            continue
        merged = outbox.merge(row.payload, job["payload"])
        if merged != row.payload:
            changed.append({"id": row.id, "payload": merged})
    if changed:
        db.session.execute(update(OutboxRow), changed)


def _publish_quietly(row_ids: Sequence[int]) -> None:
    """Hand rows to RQ in one go; when that fails the sweeper will."""
    failpoint("outbox.committed")
    try:
        _publish(row_ids)
    except (RedisError, SQLAlchemyError) as error:
        log.warning("outbox_not_published", rows=len(row_ids), error=type(error).__name__)


def _publish(row_ids: Iterable[int]) -> None:
    ids = list(row_ids)
    rows: list[Any] = []
    for start in range(0, len(ids), PAGE):
        rows += db.session.execute(
            select(OutboxRow.id, OutboxRow.name, OutboxRow.queue, OutboxRow.publications).where(
                OutboxRow.id.in_(ids[start : start + PAGE]), OutboxRow.state == "pending"
            )
        ).all()
    db.session.rollback()
    if not rows:
        return
    # Here, because the library brings its workers along: who enqueues nothing starts without it.
    from rq import Queue
    from rq.serializers import JSONSerializer

    for name in sorted({row.queue for row in rows}):
        queue = Queue(name, connection=outbox.redis(), serializer=JSONSerializer)
        queue.enqueue_many([_data(row) for row in rows if row.queue == name])


def _data(row: Any) -> Any:
    from rq import Queue

    # A job that the sweeper has published meanwhile is run once: its row says that it is done.
    return Queue.prepare_data(
        "workers.queues.perform",
        args=(row.id,),
        job_id=outbox.job_id(row.id, row.publications),
        description=row.name,
        timeout=3600,
        result_ttl=0,
        failure_ttl=86_400,
    )
