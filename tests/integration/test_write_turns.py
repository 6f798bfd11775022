"""Threads that write on SQLite: they wait for each other in a queue, and nobody keeps the turn."""

from __future__ import annotations

import contextvars
import threading
import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.core.db import db, transaction

WRITE = text("UPDATE clock_ticks SET due_at = due_at")


def in_threads(app, work, count) -> list[threading.Thread]:
    """Run `work` in threads, each with a session of its own."""

    def run():
        with app.app_context():
            try:
                work()
            finally:
                db.session.remove()

    threads = [
        threading.Thread(target=contextvars.Context().run, args=(run,)) for _ in range(count)
    ]
    for one in threads:
        one.start()
    return threads


def end(threads) -> None:
    for one in threads:
        one.join(30)
        assert not one.is_alive()


def test_no_thread_naps_while_another_one_writes(app):
    """Whoever sleeps and tries again misses most of the free moments: here each gets its share."""
    counts: list[int] = []
    stop = time.monotonic() + 1.0

    def write_on():
        done = 0
        while time.monotonic() < stop:
            with transaction():
                db.session.execute(WRITE)
                time.sleep(0.003)
            done += 1
        counts.append(done)

    end(in_threads(app, write_on, 6))
    assert len(counts) == 6
    assert min(counts) > max(counts) / 4, counts


def test_a_transaction_that_fails_gives_its_turn_on(app):
    def fail():
        with pytest.raises(OperationalError), transaction():
            db.session.execute(text("UPDATE no_such_table SET x = 1"))

    end(in_threads(app, fail, 3))
    start = time.monotonic()
    with transaction():
        db.session.execute(WRITE)
    assert time.monotonic() - start < 5


def test_a_connection_that_breaks_gives_its_turn_on(app):
    def break_off():
        with transaction():
            db.session.execute(WRITE)
            db.session.connection().invalidate()
            db.session.rollback()

    end(in_threads(app, break_off, 2))
    start = time.monotonic()
    with transaction():
        db.session.execute(WRITE)
    assert time.monotonic() - start < 5
