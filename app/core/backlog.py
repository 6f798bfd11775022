"""Which jobs wait and which were given up, queue by queue, for those who run the service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.core import clock
from app.core.db import db
from app.core.outbox import OutboxRow


@dataclass(frozen=True)
class Depth:
    """How far behind one queue is."""

    queue: str
    waiting: int
    oldest_seconds: int
    dead: int


def depths() -> list[Depth]:
    """Return how many jobs of each queue are due, since when, and how many were given up."""
    now = clock.now()
    is_due = OutboxRow.state.in_(("pending", "running")) & (OutboxRow.available_at <= now)
    is_dead = OutboxRow.state == "dead"
    rows = db.session.execute(
        select(
            OutboxRow.queue,
            func.count().filter(is_due),
            func.min(OutboxRow.available_at).filter(is_due),
            func.count().filter(is_dead),
        )
        .where(OutboxRow.state.in_(("pending", "running", "dead")))
        .group_by(OutboxRow.queue)
        .order_by(OutboxRow.queue)
    )
    return [
        Depth(queue, due, 0 if oldest is None else int((now - oldest).total_seconds()), dead)
        for queue, due, oldest, dead in rows
    ]


def ahead_of(key: str) -> int | None:
    """Return how many due jobs of the same queue wait before this one; None once it does not wait.

    What a worker does at the moment is not among them.
    """
    mine = db.session.execute(
        select(OutboxRow.id, OutboxRow.queue).where(
            OutboxRow.key == key, OutboxRow.state == "pending"
        )
    ).one_or_none()
    if mine is None:
        return None
    return db.session.scalar(
        select(func.count()).where(
            OutboxRow.state == "pending",
            OutboxRow.available_at <= clock.now(),
            OutboxRow.queue == mine.queue,
            OutboxRow.id < mine.id,
        )
    )


@dataclass(frozen=True)
class Dead:
    """A job that was given up."""

    name: str
    queue: str
    attempts: int
    at: datetime


def list_dead(limit: int = 20) -> list[Dead]:
    """Return the jobs that were given up last; their data is nobody's to see."""
    rows = select(OutboxRow).where(OutboxRow.state == "dead").order_by(OutboxRow.id.desc())
    return [
        Dead(row.name, row.queue, row.attempts, row.available_at)
        for row in db.session.scalars(rows.limit(limit))
    ]
