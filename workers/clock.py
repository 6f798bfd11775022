"""`python -m workers.clock`: puts due jobs into the outbox and sweeps what was not taken up.

A tick's key is (job, due time), so two clocks or a crash loop do it once. The time of the last
tick is kept in the database, so what fell due while no clock ran is caught up (once each).
"""

from __future__ import annotations

import signal
import sys
import time
from datetime import UTC, datetime, timedelta

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock, outbox
from app.core.db import db, transaction
from app.core.health import beat
from app.core.sweep import sweep
from workers.queues import application
from workers.schedule import AT_START, SCHEDULE, Periodic

log = structlog.get_logger()
TICK_SECONDS = 1.0
CATCH_UP = timedelta(days=2)


def tick(now: datetime) -> int:
    """Enqueue what fell due since the last tick; return how many jobs."""
    count = 0
    with transaction():
        for periodic in SCHEDULE:
            count += _tick_one(periodic, now)
    return count


def _tick_one(periodic: Periodic, now: datetime) -> int:
    last = outbox.last_tick(periodic.name)
    since = max(last, now - CATCH_UP) if last else now - timedelta(minutes=1)
    due = periodic.due_since(since, now)
    if not due:
        if last is None:
            # From its first sight on a job is due, also when no clock runs at the time.
            outbox.note_tick(periodic.name, now)
        return 0
    # What was missed several times is done once: the jobs look at the state, not at the time.
    moment = due[-1].astimezone(UTC)
    outbox.enqueue(
        periodic.name,
        periodic.payload,
        key=f"tick:{periodic.name}:{moment:%Y-%m-%dT%H:%MZ}",
        queue=periodic.queue,
    )
    outbox.note_tick(periodic.name, moment)
    return 1


def begin(now: datetime) -> None:
    """Enqueue what is also done when a clock begins, once an hour at most."""
    with transaction():
        for name in AT_START:
            outbox.enqueue(name, {}, key=f"start:{name}:{now.astimezone(UTC):%Y-%m-%dT%H}")


def step() -> None:
    """One turn of the loop: tick, sweep, report alive."""
    tick(clock.now())
    sweep()
    beat("clock")


def main() -> None:
    """Run until TERM or INT; a database or Redis that is away is waited for."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    app, has_begun = application(), False
    while True:
        with app.app_context():
            try:
                if not has_begun:
                    begin(clock.now())
                    has_begun = True
                step()
            except (RedisError, SQLAlchemyError) as error:
                db.session.rollback()
                log.warning("clock_waits", error=type(error).__name__)
        time.sleep(TICK_SECONDS)


if __name__ == "__main__":
    main()
