"""What the two writing benchmarks share: a migrated database, our run, and the same rows bare."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import aggregate_data as source
import bench_aggregate_compute as compute
from sqlalchemy import text

from app import create_app
from app.core import clock
from app.core.db import db, transaction
from app.performance.queries import bulk as writer
from app.performance.queries import columns, driver, metrics
from app.performance.rules import ScopeKey
from app.quant import bulk, kernels
from app.quant.compiled import COMPILED

TRADES = int(os.environ.get("TRADES", str(source.TRADE_COUNT)))
KEYS = [
    ScopeKey(user, 0, f"robot_{robot}", "paper", "USD")
    for user in range(1, source.USER_COUNT + 1)
    for robot in range(source.ROBOT_COUNT)
]
INSERT = metrics.insert_statement("user")
NAMES = ", ".join(metrics.columns("user"))


@contextlib.contextmanager
def service(**settings: Any) -> Iterator[None]:
    """Run the application on a fresh database with the users of the trades."""
    from alembic import command

    from app.core.cli import alembic_config

    with tempfile.TemporaryDirectory(prefix="trp-bench-") as folder:
        overrides = {"DATA_DIR": folder, "SECRET_KEY": "-", "ENCRYPTION_KEY": "-"} | settings
        app = create_app(overrides)
        with app.app_context():
            command.upgrade(alembic_config(), "head")
            # Migrations bound their statements in time; the measured connection is a fresh one.
            db.engine.dispose()
            with transaction():
                make_users()
            yield
            db.session.remove()
            db.engine.dispose()


def make_users() -> None:
    """Insert the users whose metrics are written."""
    now = driver.to_instant(clock.now())
    driver.run_many(
        "INSERT INTO users (id, email, username, pseudonym, is_demo, created_at, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (user, f"{user}@example.test", f"user{user}", f"Bench {user}", False, now, now)
            for user in range(1, source.USER_COUNT + 1)
        ],
    )


def blocks(data: source.TradeData) -> Iterator[bulk.BulkMetrics]:
    """Aggregate the trades in blocks of scopes."""
    openings = compute.make_openings()
    return bulk.aggregate_blocks(
        compute.make_columns(data), openings, compute.make_calendar(), COMPILED
    )


def write_ours(data: source.TradeData, *, is_new: bool = True) -> int:
    """From trades to committed metric rows, through the writer of the product."""
    with transaction():
        return sum(writer.write(block, KEYS, clock.now(), is_new=is_new) for block in blocks(data))


def empty() -> None:
    """Take the rows out again, outside of the clock."""
    with transaction():
        fast = "DELETE FROM" if db.engine.dialect.name == "sqlite" else "TRUNCATE"
        db.session.execute(text(f"{fast} user_performance_metrics"))


def prepare(data: source.TradeData) -> list[list[Any]]:
    """Fold and round once, outside of the clock: the columns of the very same rows."""
    prepared = []
    instant = driver.to_instant(clock.now())
    for block in blocks(data):
        for table in block:
            scope = table.counts[:, kernels.C_SCOPE]
            users = scope // source.ROBOT_COUNT + 1
            robots = [f"robot_{robot}" for robot in (scope % source.ROBOT_COUNT).tolist()]
            days = [driver.to_day(day) for day in table.counts[:, kernels.C_START].tolist()]
            same = [[value] * len(table) for value in ("paper", "USD", table.period)]
            figures = [column.copy() for column in columns.figure_columns(table)]
            prepared.append([users, robots, *same, days, *figures, *[[instant] * len(table)] * 2])
    return prepared


def tuples(prepared: list[list[Any]], *, nan_is_null: bool) -> Iterator[tuple[Any, ...]]:
    """Make the tuples of prepared columns."""
    for part in prepared:
        yield from zip(
            *(
                column
                if isinstance(column, list)
                else columns.values(column, nan_is_null=nan_is_null)
                for column in part
            ),
            strict=True,
        )


def spent(work: Callable[[], Any], other: Callable[[], float] = lambda: 0.0) -> float:
    """Return the CPU seconds of this process, and of another one that `other` reads."""
    before, other_before = time.process_time(), other()
    work()
    return time.process_time() - before + other() - other_before
