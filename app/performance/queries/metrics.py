"""Metric rows of the three tables: upserted, compared and deleted by scope."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from app.performance.queries import driver
from app.performance.rules import FIGURES, ScopeKey, figures
from app.quant.folds import MetricRow

Stored = dict[tuple[str, int], tuple[Any, ...]]
"""Figures by (metric_type, first day as ordinal)."""

TABLES = {
    "user": ("user_performance_metrics", ("user_id", "plugin_id")),
    "robot": ("robot_performance_metrics", ("plugin_id",)),
    "account": ("account_performance_metrics", ("account_id",)),
}


def family(key: ScopeKey) -> str:
    """Return which of TABLES holds the rows of a scope."""
    if key.account_id:
        return "account"
    return "user" if key.user_key else "robot"


def owner(key: ScopeKey) -> tuple[Any, ...]:
    """Return the values of the owner columns of a scope's table, then kind and currency."""
    if key.account_id:
        return (key.account_id, key.kind, key.currency)
    if key.user_key:
        return (key.user_key, key.plugin_id, key.kind, key.currency)
    return (key.plugin_id, key.kind, key.currency)


@lru_cache(maxsize=8)
def columns(name: str) -> tuple[str, ...]:
    """Return the columns of a table in the order in which rows are written."""
    _, owners = TABLES[name]
    return (
        *owners, "kind", "currency", "metric_type", "metric_date", *FIGURES,
        "created_at", "updated_at",
    )  # fmt: skip


@lru_cache(maxsize=8)
def insert_statement(name: str) -> str:
    """Return the statement that inserts one row."""
    table, _ = TABLES[name]
    names = columns(name)
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - constants


@lru_cache(maxsize=8)
def conflict_clause(name: str) -> str:
    """Return what an insert does with a row that is there: replace its figures."""
    _, owners = TABLES[name]
    unique = ", ".join((*owners, "metric_type", "kind", "currency", "metric_date"))
    changed = ", ".join(f"{column} = excluded.{column}" for column in (*FIGURES, "updated_at"))
    return f"ON CONFLICT ({unique}) DO UPDATE SET {changed}"  # nosec B608 - built from constants


@lru_cache(maxsize=8)
def upsert_statement(name: str) -> str:
    """Return the statement that inserts a row or replaces the figures of the one there."""
    return f"{insert_statement(name)} {conflict_clause(name)}"


@lru_cache(maxsize=8)
def _where(name: str) -> str:
    table, owners = TABLES[name]
    tests = " AND ".join(f"{column} = ?" for column in (*owners, "kind", "currency"))
    return f"FROM {table} WHERE {tests}"


def upsert(changes: Sequence[tuple[ScopeKey, Sequence[MetricRow]]], now: datetime) -> None:
    """Write the rows of scopes, each into the table of its family."""
    instant, to_day = driver.to_instant(now), driver.day_writer()
    batches: dict[str, list[tuple[Any, ...]]] = {}
    shaped: dict[int, list[tuple[Any, ...]]] = {}
    for key, rows in changes:
        # Scopes with the same money share one list of rows: it is shaped once.
        tails = shaped.get(id(rows))
        if tails is None:
            tails = shaped[id(rows)] = [
                (row.period, to_day(row.start), *figures(row), instant, instant) for row in rows
            ]
        head = owner(key)
        batches.setdefault(family(key), []).extend([head + tail for tail in tails])
    for name, batch in batches.items():
        driver.run_many(upsert_statement(name), batch)


def stored_periods(key: ScopeKey) -> set[tuple[str, int]]:
    """Return (metric_type, first day) of each row of a scope."""
    statement = f"SELECT metric_type, metric_date {_where(family(key))}"
    return {(row[0], driver.from_day(row[1])) for row in driver.fetch(statement, owner(key))}


def stored_rows(key: ScopeKey) -> Stored:
    """Return all stored figures of a scope."""
    names = ", ".join(FIGURES)
    statement = f"SELECT metric_type, metric_date, {names} {_where(family(key))}"
    return {
        (row[0], driver.from_day(row[1])): tuple(
            None if value is None else float(value) for value in row[2:]
        )
        for row in driver.fetch(statement, owner(key))
    }


def delete_periods(key: ScopeKey, periods: Iterable[tuple[str, int]]) -> None:
    """Delete rows of a scope by (metric_type, first day)."""
    batch = [(*owner(key), period, driver.to_day(start)) for period, start in sorted(periods)]
    if batch:
        where = _where(family(key))
        driver.run_many(f"DELETE {where} AND metric_type = ? AND metric_date = ?", batch)


def delete_scope_rows(key: ScopeKey) -> None:
    """Delete all rows of a scope."""
    driver.run_many(f"DELETE {_where(family(key))}", [owner(key)])
