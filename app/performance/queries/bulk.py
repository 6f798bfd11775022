"""Writing the figures of many scopes at once: COPY on PostgreSQL, one long executemany on SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import Any

import numpy as np

from app.performance.queries import columns, driver, metrics
from app.performance.rules import ScopeKey
from app.quant.bulk import BulkMetrics


def write(
    tables: BulkMetrics, keys: Sequence[ScopeKey], now: datetime, *, is_new: bool = False
) -> int:
    """Write tables whose scope numbers stand for `keys` (all of one family); return how many rows.

    With `is_new` the scopes have no rows yet, so nothing has to be looked up.
    """
    if not keys:
        return 0
    name = metrics.family(keys[0])
    owners = [
        np.array(column, dtype=object) for column in zip(*map(metrics.owner, keys), strict=True)
    ]
    instant = driver.to_instant(now)
    lite = driver.is_sqlite()
    rows = chain.from_iterable(
        columns.rows(table, owners, instant, nan_is_null=lite) for table in tables
    )
    if lite:
        statement = metrics.insert_statement(name) if is_new else metrics.upsert_statement(name)
        driver.run_many(statement, rows)
    elif is_new:
        _copy(metrics.TABLES[name][0], name, rows)
    else:
        _copy_over(name, rows)
    return sum(len(table) for table in tables)


def _copy(table: str, name: str, rows: Any) -> None:
    writing = driver.cursor()
    names = ", ".join(metrics.columns(name))
    with writing.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    writing.close()


def _copy_over(name: str, rows: Any) -> None:
    """Copy beside the table and move from there, replacing what is there."""
    table, _ = metrics.TABLES[name]
    names = ", ".join(metrics.columns(name))
    beside = f"{table}_new"
    writing = driver.cursor()
    empty = f"SELECT {names} FROM {table} LIMIT 0"  # noqa: S608 - built from constants
    writing.execute(f"CREATE TEMP TABLE {beside} ON COMMIT DROP AS {empty}")
    _copy(beside, name, rows)
    clause = metrics.conflict_clause(name)
    moved = f"SELECT {names} FROM {beside} {clause}"  # noqa: S608 - built from constants
    writing.execute(f"INSERT INTO {table} ({names}) {moved}")
    writing.execute(f"DROP TABLE {beside}")
    writing.close()
