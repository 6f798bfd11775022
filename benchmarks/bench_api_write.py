"""api-write: `POST /api/ledger/fills` with 1,000 fills at a time, from the request to the answer.

The whole way in one process and one thread: key, limit, JSON, checks, hash chain, FIFO, day money,
commit, answer. What counts is CPU time; Redis is a real one. For information: the bare INSERT of as
many events into the same table, in transactions of as many.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

from harness import print_ratio  # noqa: E402

from tests.factories.plans import with_api  # noqa: E402
from tests.services import redis_server  # noqa: E402

GOAL = 10_000
BATCH = 1000
BATCHES = int(os.environ.get("BATCHES", "30"))
START = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)


def batch(number: int) -> bytes:
    """Return the body of one request: a day's fills of a robot, round trips in five symbols."""
    start = START + timedelta(days=number)
    fills = [
        {
            "external_id": f"b{number}-{n}",
            "executed_at": (start + timedelta(seconds=20 * n)).isoformat(),
            "symbol": ("AAPL", "MSFT", "NVDA", "AMD", "SPY")[n // 2 % 5],
            "side": "sell" if n % 2 else "buy",
            "qty": "10",
            "price": f"{100 + n % 13}.{n % 100:02d}",
            "fee": "0.35",
            "currency": "USD",
        }
        for n in range(BATCH)
    ]
    return json.dumps({"plugin_id": "bench", "fills": fills}).encode()


def post_all(app: Any, key: str) -> list[float]:
    """Return the CPU seconds of each request."""
    client, times = app.test_client(), []
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for number in range(BATCHES):
        body = batch(number)
        started = time.process_time()
        answer = client.post("/api/ledger/fills", data=body, headers=headers)
        times.append(time.process_time() - started)
        if answer.status_code != 200 or answer.get_json()["created"] != BATCH:
            raise SystemExit(answer.get_data(as_text=True)[:300])
    return times


def bare_insert(app: Any) -> float:
    """Return the CPU seconds of inserting one batch of the events that we made, at its best."""
    from app.core.db import db

    with app.app_context():
        raw = db.engine.raw_connection()
        cursor = raw.cursor()
        cursor.execute(f"SELECT * FROM ledger_events LIMIT {BATCH}")
        rows = cursor.fetchall()
        cursor.execute("CREATE TABLE bare AS SELECT * FROM ledger_events LIMIT 0")
        marks = ",".join("?" * len(rows[0]))
        times = []
        for _ in range(9):
            started = time.process_time()
            cursor.execute("BEGIN IMMEDIATE")
            cursor.executemany(f"INSERT INTO bare VALUES ({marks})", rows)
            cursor.execute("COMMIT")
            times.append(time.process_time() - started)
        raw.close()
    return min(times)


def main() -> None:
    """Print how many fills a CPU second are taken."""
    from alembic import command

    from app import create_app
    from app.accounts import service as accounts
    from app.core.cli import alembic_config
    from app.core.db import transaction

    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as redis_url:
        app = create_app({"REDIS_URL": redis_url})
        with app.app_context():
            command.upgrade(alembic_config(), "head")
            with transaction():
                user_id = accounts.create_user("writer@example.test").id
                key = accounts.create_key(with_api(user_id), ["ledger:write"], "bench")
        times = post_all(app, key)[2:]
        bare = bare_insert(app)
    middle, best = statistics.median(times), min(times)
    print(
        f"{BATCH} fills in {1000 * middle:.0f} ms CPU (least {1000 * best:.0f}), "
        f"{BATCH / middle:,.0f} fills a CPU second; bare INSERT {1000 * bare:.1f} ms"
    )
    print_ratio("api-write", BATCH / middle, GOAL, at_least=True)


if __name__ == "__main__":
    main()
