"""fill-aggregate: one new fill of today to its updated metric rows, commit included.

Ours: the day's money changes, then the job's own refold reads it, folds from the checkpoints and
writes the rows of the four scopes of a member's account with a year of history: 16 metric rows
and 4 scopes. References in turns with it, on the same database file: a bare commit of as many
rows by the driver alone, and the ORM's `merge` of the same rows. CPU seconds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import aggregate_rows as shared
import harness
from sqlalchemy import select, text

from app.core import clock
from app.core.db import db, transaction
from app.performance import models, service
from app.performance.queries import driver, metrics
from tests.factories.performance import make_account, make_day

ROUNDS = 300
ORM_ROUNDS = 40
USER = 1


def make_history() -> tuple[int, date]:
    """Make a member with a year of daily trades; return the account and its newest day."""
    day = clock.now().date() - timedelta(days=365)
    with transaction():
        account = make_account(USER, starting_balance=Decimal(25_000), opened_on=day)
        while day < clock.now().date() or day.weekday() > 4:
            day += timedelta(days=1)
            if day.weekday() < 5:
                first = {"opening": Decimal(25_000)} if account.opened_on is None else {}
                make_day(account, day, "12.5", "-7.25", **first)
        service.refold_account(account.id, "USD", 1)
    return account.id, day


def one_fill(account_id: int, day: date, number: int) -> None:
    """Change the day's money as a fill does, and bring the figures up to date."""
    with transaction():
        driver.run_many(
            "UPDATE account_days SET trade_count = ?, win_count = ?, gross_profit = ?,"
            " realized = ? WHERE account_id = ? AND currency = 'USD' AND day = ?",
            [(number, number, number * 10**8, number * 10**8, account_id, day.isoformat())],
        )
        service.refold_account(account_id, "USD", day.toordinal())


class Rows:
    """The rows that one fill writes, for the two references."""

    def __init__(self, day: date) -> None:
        names = ", ".join(metrics.columns("user"))
        found = db.session.execute(
            text(
                f"SELECT id, {names} FROM user_performance_metrics WHERE metric_date = :day"
                " AND metric_type = 'daily' OR metric_type = 'all_time'"
                " OR metric_type = 'weekly' AND metric_date > :week"
                " OR metric_type = 'monthly' AND metric_date > :month"
            ),
            {
                "day": day.isoformat(),
                "week": (day - timedelta(days=7)).isoformat(),
                "month": (day.replace(day=1) - timedelta(days=1)).isoformat(),
            },
        ).all()
        self.ids = [row[0] for row in found]
        self.metrics = [tuple(row[1:]) for row in found]
        self.scopes = db.session.execute(
            text("SELECT checkpoint, head, spark, as_of, updated_at, id FROM performance_scopes")
        ).all()
        db.session.rollback()

    def write_bare(self, number: int) -> None:
        """Commit as many rows by the driver alone."""
        at = 4 + metrics.FIGURES.index("total_pnl") + 2
        changed = [(*row[:at], number / 8, *row[at + 1 :]) for row in self.metrics]
        connection = self.connection
        cursor = connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        cursor.executemany(metrics.upsert_statement("user"), changed)
        cursor.executemany(
            "UPDATE performance_scopes SET checkpoint = ?, head = ?, spark = ?, as_of = ?,"
            " version = version + 1, updated_at = ? WHERE id = ?",
            self.scopes,
        )
        cursor.execute("COMMIT")

    def open(self) -> None:
        """Open the connection of the bare reference."""
        self.connection = db.engine.raw_connection()

    def merge(self, number: int) -> None:
        """Merge the same rows as objects, as an ORM would."""
        names = metrics.columns("user")
        with transaction():
            db.session.expunge_all()
            for row_id, values in zip(self.ids, self.values, strict=True):
                filled = dict(zip(names, values, strict=True)) | {"total_pnl": Decimal(number)}
                db.session.merge(models.UserPerformanceMetric(id=row_id, **filled))
            for scope_id in self.scope_ids:
                db.session.merge(models.PerformanceScope(id=scope_id, version=number))

    def load_values(self) -> None:
        """Read the typed values that the ORM is given."""
        table = models.UserPerformanceMetric.__table__
        columns = [table.c[name] for name in metrics.columns("user")]
        query = select(table.c.id, *columns).where(table.c.id.in_(self.ids))
        by_id = {row[0]: tuple(row[1:]) for row in db.session.execute(query)}
        self.values = [by_id[row_id] for row_id in self.ids]
        self.scope_ids = [scope[-1] for scope in self.scopes]
        db.session.rollback()


def spent(work: Callable[[int], Any], rounds: int) -> float:
    """Return the median CPU seconds of one round."""
    times = []
    for number in range(rounds):
        before = time.process_time_ns()
        work(number + 1)
        times.append(time.process_time_ns() - before)
    return statistics.median(times) / 1e9


def main() -> None:
    with shared.service():
        account_id, day = make_history()
        one_fill(account_id, day, 3)
        rows = Rows(day)
        rows.load_values()
        rows.open()
        ours, bare = [], []
        for _ in range(3):
            ours.append(spent(lambda number: one_fill(account_id, day, number), ROUNDS))
            bare.append(spent(rows.write_bare, ROUNDS))
        merged = spent(rows.merge, ORM_ROUNDS)
        mine, reference = statistics.median(ours), statistics.median(bare)
    print(f"metric rows={len(rows.metrics)} scopes={len(rows.scopes)}")
    print(f"ours        {mine * 1e6:8.0f} us CPU")
    print(f"bare commit {reference * 1e6:8.0f} us CPU")
    print(f"ORM merge   {merged * 1e6:8.0f} us CPU")
    harness.print_ratio("fill-aggregate-merge", merged / mine, 10, at_least=True)
    harness.print_ratio("fill-aggregate", mine / reference, 5.0)


if __name__ == "__main__":
    main()
