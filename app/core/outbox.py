"""The outbox: a job is a row written in the same transaction as what caused it.

After the commit the row is published to RQ; what was not published, or not finished within its
lease, is swept and published again. Redis is a speed-up: wiping it loses nothing. A row runs at
most once to its end, because the mark "done" is committed together with the effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

import structlog
from flask import Flask, current_app
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import JSON, Index, String, Table, Text, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock, logbook
from app.core.db import after_commit, db, delete_in_steps, in_transaction, is_sqlite, transaction
from app.core.failpoints import failpoint
from app.core.types import BigId, UtcDateTime

log = structlog.get_logger()

QUEUES = ("critical", "default", "ai", "bulk")
LEASE = timedelta(seconds=30)
# Seconds to wait after each failed attempt before the next one; after the last it is given up.
SOON = (2, 4, 8, 16, 32, 64, 128)
MAX_ATTEMPTS = len(SOON) + 1
# For what waits on somebody else's machine: eleven attempts in 31 hours.
PATIENT = (10, 60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 54_000)
# A job that is cut this often (it may be killing its worker) is not tried again.
MAX_PUBLICATIONS = 30
CUT = "it was cut too often before it could finish"
KEEP_DONE = timedelta(days=7)
KEEP_DEAD = timedelta(days=90)
REDIS_PATIENCE_SECONDS = 2.0

_current: ContextVar[int | None] = ContextVar("outbox_row", default=None)
waiting_jobs: ContextVar[list[dict[str, Any]] | None] = ContextVar("waiting_jobs", default=None)
"""Where `gather` collects jobs, to write them together."""


class OutboxRow(db.Model):
    """One job to be done, with the business key that it may be done for only once."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_state_available_at", "state", "available_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    queue: Mapped[str] = mapped_column(String(20))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    coalesce: Mapped[bool]
    state: Mapped[str] = mapped_column(String(10), default="pending")
    """pending, running (jobs with transactions of their own), done, dead."""
    attempts: Mapped[int] = mapped_column(default=0)
    publications: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    available_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(Text)


class ClockTick(db.Model):
    """When each periodic job was last put into the outbox."""

    __tablename__ = "clock_ticks"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)


def last_tick(name: str) -> datetime | None:
    """Return when the periodic job `name` was last due and enqueued."""
    row = db.session.get(ClockTick, name, populate_existing=True, with_for_update=True)
    return row.due_at if row else None


def note_tick(name: str, due_at: datetime) -> None:
    """Keep that the periodic job `name` was enqueued for `due_at`."""
    db.session.merge(ClockTick(name=name, due_at=due_at))


def register(app: Flask) -> None:
    """Give the application its Redis connection (made lazily, used by web and workers)."""
    app.extensions["redis"] = Redis.from_url(
        app.config["REDIS_URL"],
        socket_connect_timeout=0.5,
        # A Redis that hangs must not hold up a request; a worker that waits for jobs raises it.
        socket_timeout=REDIS_PATIENCE_SECONDS,
        health_check_interval=30,
    )


def redis() -> Redis:
    """Return the application's Redis client."""
    client: Redis = current_app.extensions["redis"]
    return client


def enqueue(
    name: str,
    payload: dict[str, Any],
    *,
    key: str,
    queue: str = "default",
    coalesce: bool = False,
) -> None:
    """Write a job into the outbox of the present transaction.

    `name` is "slice.function" in workers/. With `coalesce`, one job per key waits at a time and
    a further one merges into it (`from_…` values take the smaller); without, a key is done once
    for ever.
    """
    if not in_transaction():
        message = "enqueue needs an open transaction()"
        raise RuntimeError(message)
    now = clock.now()
    values = {
        "key": key,
        "name": name,
        "queue": queue,
        "payload": payload,
        "coalesce": coalesce,
        "state": "pending",
        "attempts": 0,
        "publications": 0,
        "created_at": now,
        "available_at": now,
    }
    gathered = waiting_jobs.get()
    if gathered is not None:
        gathered.append(values)
        return
    write(values)


def write(values: dict[str, Any]) -> None:
    """Write one job that `enqueue` has made."""
    while True:
        row_id = db.session.execute(_new_row(on_sqlite=is_sqlite()), values).scalar_one_or_none()
        if row_id is not None:
            break
        # Merged, it needs no telling: whoever wrote it has told of it, or the sweeper does. The
        # waiting job may end while we wait for its row: then its key is free, and we insert.
        if not values["coalesce"] or _merge(values["key"], values["payload"]):
            return
    failpoint("outbox.enqueued")
    after_commit(lambda: publish_quietly(row_id))


@lru_cache(maxsize=2)
def _new_row(*, on_sqlite: bool) -> Any:
    table = cast(Table, OutboxRow.__table__)
    insert = (sqlite.insert if on_sqlite else postgresql.insert)(table)
    return insert.on_conflict_do_nothing().returning(table.c.id)


def _merge(key: str, payload: dict[str, Any]) -> int | None:
    row = db.session.execute(
        select(OutboxRow).where(OutboxRow.key == key).with_for_update()
    ).scalar_one_or_none()
    if row is None:
        return None
    merged = merge(row.payload, payload)
    if merged != row.payload:
        row.payload = merged
    return row.id


def merge(waiting: dict[str, Any], payload: dict[str, Any]) -> dict[str, Any]:
    """Return what a waiting job is to do when the same is asked for again."""
    merged = dict(waiting)
    for name, value in payload.items():
        old = merged.get(name)
        merged[name] = min(old, value) if name.startswith("from_") and old is not None else value
    return merged


_told_away = ContextVar("told_away", default=False)


def publish_quietly(row_id: int) -> None:
    """Hand a row to RQ; when that fails the sweeper will."""
    failpoint("outbox.committed")
    try:
        publish(row_id)
    except (RedisError, SQLAlchemyError) as error:
        # The row is committed; the sweeper publishes it when all is back. An import commits
        # hundreds of times, so an outage is told once.
        if not _told_away.get():
            log.warning("outbox_not_published", row_id=row_id, error=type(error).__name__)
        _told_away.set(True)
    else:
        _told_away.set(False)


def job_id(row_id: int, publication: int) -> str:
    """Return the id of a publication in RQ."""
    return f"outbox-{row_id}-{publication}"


def publish(row_id: int) -> None:
    """Hand a row to RQ. Publishing the same publication twice is one RQ job."""
    found = db.session.execute(
        select(OutboxRow.name, OutboxRow.queue, OutboxRow.publications).where(
            OutboxRow.id == row_id, OutboxRow.state.in_(("pending", "running"))
        )
    ).one_or_none()
    db.session.rollback()
    if found is None:
        return
    # Here, because the library brings its workers along: who enqueues nothing starts without it.
    from rq import Queue
    from rq.exceptions import DuplicateJobError
    from rq.serializers import JSONSerializer

    queue = Queue(found.queue, connection=redis(), serializer=JSONSerializer)
    try:
        queue.enqueue_call(
            "workers.queues.perform",
            args=(row_id,),
            job_id=job_id(row_id, found.publications),
            description=found.name,
            timeout=3600,
            result_ttl=0,
            failure_ttl=86_400,
            unique=True,
        )
    except DuplicateJobError:
        return


def peek(row_id: int) -> OutboxRow | None:
    """Return a row that may still be done, without locking it."""
    row = db.session.get(OutboxRow, row_id, populate_existing=True)
    db.session.rollback()
    return None if row is None or row.state in {"done", "dead"} else row


def claim(row_id: int) -> OutboxRow | None:
    """Lock a row for doing it in the present transaction; None when there is nothing to do."""
    row = db.session.execute(
        select(OutboxRow).where(OutboxRow.id == row_id).with_for_update(skip_locked=True)
    ).scalar_one_or_none()
    if row is None or row.state in {"done", "dead"} or row.available_at > clock.now():
        return None
    _current.set(row.id)
    return row


def claim_lease(row_id: int) -> OutboxRow | None:
    """Take a row for a job that commits in steps; nobody else takes it until the lease ends."""
    with transaction():
        row = claim(row_id)
        now = clock.now()
        if row is None or (row.state == "running" and (row.locked_until or now) > now):
            return None
        row.state, row.locked_until = "running", now + LEASE
        return row


def renew_lease() -> None:
    """Keep the present job's lease alive; called in each step's transaction."""
    renew_lease_of(_current.get())


def lease_of_job() -> int | None:
    """Return the row of the job that runs here, for renewing its lease from a thread."""
    return _current.get()


def renew_lease_of(row_id: int | None) -> None:
    """Keep the lease of a row alive; in a transaction."""
    if row_id is not None:
        db.session.execute(
            update(OutboxRow).where(OutboxRow.id == row_id).values(locked_until=clock.now() + LEASE)
        )


def free_key() -> None:
    """Let what is asked for from now on be a job of its own: what this one reads may be older."""
    row_id = _current.get()
    row = None if row_id is None else db.session.get(OutboxRow, row_id, with_for_update=True)
    if row is not None and row.coalesce:
        row.key, row.coalesce = f"{row.key}#{row.id}", False


def is_last_try(waits: Sequence[int] = SOON) -> bool:
    """Whether the present job, tried again after `waits`, is given up when it fails now."""
    row_id = _current.get()
    row = None if row_id is None else db.session.get(OutboxRow, row_id)
    return row is not None and row.attempts >= len(waits)


def finish(row: OutboxRow) -> None:
    """Mark a row as done, in the transaction of its effect."""
    row.state, row.done_at, row.locked_until, row.error = "done", clock.now(), None, None
    if row.coalesce:
        # The key becomes free for the next round; the row stays as history.
        row.key = f"{row.key}#{row.id}"


def fail(row_id: int, error: str, waits: Sequence[int] = SOON) -> bool:
    """Note a failed attempt and plan the next one; return whether it was the last."""
    with transaction():
        row = db.session.get(OutboxRow, row_id)
        if row is None or row.state in {"done", "dead"}:
            return False
        row.attempts += 1
        row.error = error[:2000]
        row.locked_until = None
        row.published_at = None
        is_last = row.attempts > len(waits)
        row.state = "dead" if is_last else "pending"
        wait = 0 if is_last else waits[row.attempts - 1]
        row.available_at = clock.now() + timedelta(seconds=wait)
        # A fresh RQ id, because the failed one is kept in Redis for a while.
        row.publications += 1
        if is_last:
            note_dead(row_id, row.name, error.partition(":")[0])
    return is_last


def name_of(row_id: int) -> str:
    """Return the name of a row's job, for counting it."""
    row = db.session.get(OutboxRow, row_id)
    db.session.rollback()
    return row.name if row else "unknown"


def note_dead(row_id: int, name: str, detail: str) -> None:
    """Keep a line of the log about a job that is given up, in the transaction that gives it up."""
    logbook.add(
        logbook.Line(
            level="error",
            event=logbook.JOB_FAILED,
            request_id=f"job-{row_id}",
            route=name,
            detail=detail,
        )
    )


def prune() -> int:
    """Delete rows done a week ago and rows given up three months ago; return how many."""
    now = clock.now()
    old = or_(
        and_(OutboxRow.state == "done", OutboxRow.done_at < now - KEEP_DONE),
        and_(OutboxRow.state == "dead", OutboxRow.available_at < now - KEEP_DEAD),
    )
    return delete_in_steps(OutboxRow, old)


@dataclass(frozen=True)
class Waiting:
    """How far behind the workers are, over the whole service."""

    waiting: int
    oldest_seconds: int
    """How long the oldest job that is due has waited; 0 without one."""
    failed: int
    """Jobs given up in the last day."""


def waiting() -> Waiting:
    """Return how many jobs are due or at work, since when, and how many were given up today."""
    now = clock.now()
    open_rows = OutboxRow.state.in_(("pending", "running"))
    count, oldest = db.session.execute(
        select(func.count(), func.min(OutboxRow.available_at)).where(
            open_rows, OutboxRow.available_at <= now
        )
    ).one()
    # A row that is given up keeps when that was.
    failed = db.session.scalar(
        select(func.count()).where(
            OutboxRow.state == "dead", OutboxRow.available_at >= now - timedelta(days=1)
        )
    )
    age = 0 if oldest is None else int((now - oldest).total_seconds())
    return Waiting(count, age, failed or 0)


def is_pending(key: str) -> bool:
    """Whether a job with this key still waits or runs."""
    found = select(OutboxRow.state).where(OutboxRow.key == key)
    return db.session.scalar(found) in {"pending", "running"}
