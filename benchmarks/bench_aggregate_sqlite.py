"""aggregate-sqlite: 1,000,000 trades to metric rows of user x robot in SQLite.

Ours reads trades, folds, rounds, makes the tuples and writes them into the product's own table,
commit included. The reference makes the tuples of the very same rows from finished columns and
writes them by a bare `executemany` into the same table with the same indexes. CPU seconds.
"""

from __future__ import annotations

import statistics

import aggregate_data as source
import aggregate_rows as shared
import harness

from app.core.db import db

RUNS = 3


def write_bare(prepared: list[list[object]]) -> None:
    """Write the same rows with nothing but the driver."""
    connection = db.engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute("BEGIN IMMEDIATE")
    cursor.executemany(shared.INSERT, shared.tuples(prepared, nan_is_null=True))
    cursor.execute("COMMIT")
    connection.close()


def main() -> None:
    data = source.make_trades(shared.TRADES)
    with shared.service():
        prepared = shared.prepare(data)
        rows = sum(len(part[0]) for part in prepared)
        ours, bare = [], []
        for _ in range(RUNS):
            ours.append(shared.spent(lambda: shared.write_ours(data)))
            shared.empty()
            bare.append(shared.spent(lambda: write_bare(prepared)))
            shared.empty()
    mine, reference = statistics.median(ours), statistics.median(bare)
    print(f"trades={shared.TRADES} rows={rows}")
    print(f"ours      {mine:8.2f} s CPU  {rows / mine:12,.0f} rows/s")
    print(f"reference {reference:8.2f} s CPU  {rows / reference:12,.0f} rows/s")
    harness.print_ratio("aggregate-sqlite", mine / reference, 1.3)


if __name__ == "__main__":
    main()
