"""aggregate-postgres: 1,000,000 trades to metric rows of user x robot in PostgreSQL.

Ours reads trades, folds, rounds and copies the rows into the product's own empty table, commit
included. The reference is a bare COPY of the very same rows by psycopg. Over existing rows the
upsert is printed beside. CPU seconds of this process and of its PostgreSQL backend.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from pathlib import Path

import aggregate_data as source
import aggregate_rows as shared
import harness
from sqlalchemy import text
from sqlalchemy.pool import StaticPool

from app.core.db import db
from tests.services import postgres_server

RUNS = 3
TICKS = os.sysconf("SC_CLK_TCK")


def backend_seconds() -> float:
    """Return the CPU seconds of the server process that serves our one connection."""
    with db.engine.connect() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def write_bare(prepared: list[list[object]]) -> None:
    """Copy the same rows with nothing but the driver."""
    connection = db.engine.raw_connection()
    cursor = connection.cursor()
    with cursor.copy(f"COPY user_performance_metrics ({shared.NAMES}) FROM STDIN") as copy:
        for row in shared.tuples(prepared, nan_is_null=False):
            copy.write_row(row)
    connection.commit()
    connection.close()


def measure(url: str) -> None:
    data = source.make_trades(shared.TRADES)
    engine = {"poolclass": StaticPool}
    with shared.service(
        SQLALCHEMY_DATABASE_URI=url.replace("postgresql:", "postgresql+psycopg:"),
        SQLALCHEMY_ENGINE_OPTIONS=engine,
    ):
        prepared = shared.prepare(data)
        rows = sum(len(part[0]) for part in prepared)
        ours, bare, over = [], [], 0.0
        for run in range(RUNS):
            bare.append(shared.spent(lambda: write_bare(prepared), backend_seconds))
            shared.empty()
            ours.append(shared.spent(lambda: shared.write_ours(data), backend_seconds))
            if run == 0:
                over = shared.spent(lambda: shared.write_ours(data, is_new=False), backend_seconds)
            shared.empty()
    mine, reference = statistics.median(ours), statistics.median(bare)
    print(f"trades={shared.TRADES} rows={rows}")
    print(f"ours      {mine:8.2f} s CPU  {rows / mine:12,.0f} rows/s")
    print(f"reference {reference:8.2f} s CPU  {rows / reference:12,.0f} rows/s")
    print(f"upsert    {over:8.2f} s CPU  {rows / over:12,.0f} rows/s, over existing rows")
    harness.print_ratio("aggregate-postgres", mine / reference, 1.3)


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres_server(Path(folder)) as url,
    ):
        measure(url)


if __name__ == "__main__":
    main()
