"""What is so now: asked of the database, of Redis and of the disk at each scrape."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from redis.exceptions import RedisError
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from app.core import backlog, clock, health, outbox
from app.core.db import db
from app.core.outbox import OutboxRow
from app.core.types import UtcDateTime
from app.core.versions import VERSION

Counted = Iterable[tuple[str, str, tuple[str, ...], list[tuple[list[str], int]]]]
REFOLDS = "performance.refold"


class Gauges:
    """Collects the state of the whole service; the same from whichever web process is asked."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted

    def collect(self) -> Iterator[Metric]:
        """Yield every figure; what cannot be asked is left out, and `trp_up` says which."""
        for name, title, labels, rows in self._counted:
            family = CounterMetricFamily(f"trp_{name}", title, labels=labels)
            for values, amount in rows:
                family.add_metric(values, amount)
            yield family
        up = GaugeMetricFamily("trp_up", "Whether a part is well", labels=("part",))
        parts = {**health.parts(), "feed": _feed(), "reader": _reader()}
        for part, state in parts.items():
            up.add_metric([part], float(state == "ok"))
        yield up
        info = GaugeMetricFamily("trp_info", "The version that runs", labels=("version",))
        info.add_metric([VERSION], 1)
        yield info
        yield from _files()
        if parts["database"] == "ok":
            yield from self._database()

    def _database(self) -> Iterator[Metric]:
        try:
            yield from _jobs()
            yield from _state()
        except SQLAlchemyError:
            db.session.rollback()
        yield from _pool()


def _feed() -> str:
    """Whether the market feed is alive; pages do without it, so it is no part of /healthz."""
    try:
        return "ok" if health.is_alive("feed") else "down"
    except RedisError:
        return "unknown"


def _reader() -> str:
    """Whether this machine can read pictures of positions without a model."""
    return "ok" if shutil.which("tesseract") else "down"


def _gauge(name: str, title: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"trp_{name}", title, value=value)


def _jobs() -> Iterator[Metric]:
    found = outbox.waiting()
    yield _gauge("outbox_waiting", "Jobs that are due or at work", found.waiting)
    yield _gauge("outbox_oldest_seconds", "How long the oldest has waited", found.oldest_seconds)
    yield _gauge("outbox_dead", "Jobs given up in the last day", found.failed)
    waiting = GaugeMetricFamily(
        "trp_queue_waiting", "Jobs that are due, by queue", labels=("queue",)
    )
    age = GaugeMetricFamily(
        "trp_queue_oldest_seconds", "How long the oldest has waited, by queue", labels=("queue",)
    )
    for depth in backlog.depths():
        waiting.add_metric([depth.queue], depth.waiting)
        age.add_metric([depth.queue], depth.oldest_seconds)
    yield waiting
    yield age
    # Only what waits is looked at, by the index of states.
    oldest = db.session.scalar(
        select(func.min(OutboxRow.created_at)).where(
            OutboxRow.state == "pending", OutboxRow.name.startswith(REFOLDS)
        )
    )
    lag = (clock.now() - oldest).total_seconds() if oldest else 0.0
    yield _gauge("aggregation_lag_seconds", "Since when figures wait for a fill", lag)


def _state() -> Iterator[Metric]:
    yield _gauge("held", "1 while nothing is sent (flask release)", float(bool(health.held())))
    # By the index on expires_at.
    sessions = db.session.scalar(
        text("SELECT count(*) FROM user_sessions WHERE expires_at > :now"),
        {"now": _at(clock.now())},
    )
    yield _gauge("sessions", "Browsers that are signed in", sessions or 0)
    yield from _webhooks()
    yield from _invariants()


def _webhooks() -> Iterator[Metric]:
    # By the index on state and next_at.
    waiting = (
        "SELECT count(*), min(next_at) AS since FROM webhook_deliveries WHERE state = 'pending'"
    )
    count, since = db.session.execute(text(waiting).columns(since=UtcDateTime())).one()
    late = max((clock.now() - since).total_seconds(), 0.0) if since else 0.0
    yield _gauge("webhooks_waiting", "Webhook deliveries that have not ended", count)
    yield _gauge("webhooks_oldest_seconds", "How long the oldest that is due has waited", late)
    # What is given up keeps when its last attempt was planned for; the index answers this too.
    dead = db.session.scalar(
        text(
            "SELECT count(*) FROM webhook_deliveries WHERE state = 'dead' AND next_at > :yesterday"
        ),
        {"yesterday": _at(clock.now() - timedelta(days=1))},
    )
    yield _gauge("webhooks_dead", "Webhook deliveries given up in the last day", dead or 0)


def _invariants() -> Iterator[Metric]:
    """Yield what the nightly look found; one row for each invariant is kept."""
    broken = GaugeMetricFamily(
        "trp_invariant_broken", "Faults found in the last nightly look", labels=["invariant"]
    )
    unknown, oldest = 0, None
    for name, state, count, ended_at in db.session.execute(
        text("SELECT name, state, broken, ended_at FROM invariant_checks").columns(
            ended_at=UtcDateTime()
        )
    ):
        broken.add_metric([name], count)
        unknown += state == "unknown"
        oldest = min(filter(None, (oldest, ended_at)), default=None)
    yield broken
    yield _gauge("invariants_unknown", "Invariants that could not be looked at", unknown)
    if oldest is not None:
        age = (clock.now() - oldest).total_seconds()
        yield _gauge("invariants_age_seconds", "Since the look that is longest ago", age)


def _at(moment: datetime) -> Any:
    return moment if db.engine.dialect.name == "postgresql" else moment.replace(tzinfo=None)


def _pool() -> Iterator[Metric]:
    pool = db.engine.pool
    if isinstance(pool, QueuePool):
        yield _gauge("database_connections_used", "Of this process", pool.checkedout())
        yield _gauge("database_connections_most", "Of this process", pool.size())


def _files() -> Iterator[Metric]:
    folder = Path(str(current_app.config["BACKUP_DIR"]))
    times = [path.stat().st_mtime for path in folder.glob("trading-robot-*.zip")]
    if times:
        age = clock.now().timestamp() - max(times)
        yield _gauge("backup_age_seconds", "Since the newest backup in BACKUP_DIR", age)
