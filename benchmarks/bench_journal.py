"""journal: entries posted by the service against a bare loop of two inserts, on one SQLite.

An entry of ours is checked, inserted unless it is there, its two postings are written and added to
the sums of days. The reference inserts an entry and a posting and nothing else. Then the journal is
filled, and posting must cost the same: nothing that is posted may read what was posted before.
"""

from __future__ import annotations

import itertools
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import harness

from app.billing.rules.postings import Cause, Posting
from app.billing.service import journal
from app.core.db import db, transaction
from tests.conftest import make_app, migrate

COUNT = 500
FILL = 100_000
AT = datetime(2026, 1, 1, tzinfo=UTC)
GOAL = 80.0
GROWTH_GOAL = 1.25
_numbers = itertools.count()


def ours() -> None:
    """Post entries, each in a transaction of its own as a job does, but for the commit's disk."""
    with transaction():
        for _ in range(COUNT):
            number = next(_numbers)
            rows = [
                Posting("stripe_clearing", f"payable:{number % 200}", 4_500, "USD"),
                Posting("stripe_clearing", "revenue:creator", 500, "USD"),
            ]
            at = AT + timedelta(minutes=number)
            journal.post(Cause("invoice", str(number), "paid"), rows, at)
            db.session.expunge_all()


def bare(connection: sqlite3.Connection) -> None:
    """Insert as many entries and postings, by two statements each."""
    for _ in range(COUNT):
        number = next(_numbers)
        entry = connection.execute(
            "INSERT INTO journal_entries (source_type, source_id, purpose, note, happened_at, "
            "created_at) VALUES ('bare', ?, 'paid', '', ?, ?)",
            (str(number), "2026-01-01 00:00:00", "2026-01-01 00:00:00"),
        ).lastrowid
        connection.execute(
            "INSERT INTO journal_postings (entry_id, debit, credit, amount_minor, currency, day) "
            "VALUES (?, 'stripe_clearing', 'revenue:creator', 5000, 'USD', '2026-01-01')",
            (entry,),
        )
    connection.commit()


def fill(connection: sqlite3.Connection) -> None:
    """Let the journal hold many entries."""
    for _ in range(FILL // COUNT):
        bare(connection)


def main() -> None:
    """Time both, fill the journal, time ours again."""
    with tempfile.TemporaryDirectory() as folder:
        app = make_app(Path(folder))
        migrate(app)
        with app.app_context():
            connection = sqlite3.connect(Path(folder) / "service.sqlite3")
            ours()
            empty, reference = harness.time_pair(ours, lambda: bare(connection))
            began = time.process_time()
            fill(connection)
            print(f"{FILL} more entries in {time.process_time() - began:.1f} s")
            full = harness.time_cpu(ours, 7)
            connection.close()
    print(f"{COUNT / empty:,.0f} entries per CPU second; bare {COUNT / reference:,.0f}")
    print(f"with {FILL} more entries: {COUNT / full:,.0f} entries per CPU second")
    harness.print_ratio("journal-growth", full / empty, GROWTH_GOAL)
    harness.print_ratio("journal", empty / reference, GOAL)


if __name__ == "__main__":
    main()
