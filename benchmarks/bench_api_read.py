"""api-read: figures over the API with a key, and Flask's hello world, by the same server.

`GET /api/performance/{user}/all-time` with an API key and all limits on, asked again and again as a
risk manager does. Both servers are granian with the same options, one process each, asked in turns;
what counts is the CPU time that each spends on its requests. Further lines, for information: the
same with the ETag (304), and with somebody writing to the database all the time.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

from harness import print_ratio  # noqa: E402
from processes import request  # noqa: E402
from servers import ROOT, free_port, serve, spent, stop  # noqa: E402

from tests.factories.plans import with_api  # noqa: E402
from tests.services import redis_server  # noqa: E402

GOAL = 0.5
ROUNDS = int(os.environ.get("ROUNDS", "9"))
REQUESTS = int(os.environ.get("REQUESTS", "2000"))


def make_member() -> tuple[int, str]:
    """Return a member with fills and figures, and a key."""
    from app import create_app
    from app.accounts import service as accounts
    from app.core.db import transaction
    from app.ledger.service.door import Batch, record_batch
    from app.performance import service as performance

    app = create_app()
    with app.app_context():
        with transaction():
            user_id = accounts.create_user("reader@example.test").id
            key = accounts.create_key(with_api(user_id), ["performance:read"], "bench")
        items = [
            {
                "external_id": f"f{n}", "executed_at": f"2026-03-{2 + n // 20:02d}T15:{n % 20:02d}:00Z",
                "symbol": "AAPL", "side": "buy" if n % 2 == 0 else "sell", "qty": "10",
                "price": f"{100 + n % 7}.25", "currency": "USD",
            }
            for n in range(100)
        ]  # fmt: skip
        with transaction():
            record_batch(user_id, Batch("bench", "journal", items), source="api")
        performance.rebuild()
    return user_id, key


def write_always(stop_it: threading.Event) -> None:
    """Change the database forty times a second from another process's connection."""
    path = Path(os.environ["DATA_DIR"]) / "service.sqlite3"
    connection = sqlite3.connect(path, timeout=20)
    while not stop_it.wait(0.025):
        connection.execute("UPDATE clock_ticks SET due_at = due_at")
        connection.execute("INSERT OR REPLACE INTO clock_ticks VALUES ('bench', '2026-01-01')")
        connection.commit()
    connection.close()


def main() -> None:
    """Measure both in turns and print the comparison."""
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "db-upgrade"], cwd=ROOT, check=True
    )
    user_id, key = make_member()
    path, headers = f"/api/performance/{user_id}/all-time", {"Authorization": f"Bearer {key}"}
    asked, hello = [request(path, headers)] * REQUESTS, [request("/hello", {})] * REQUESTS
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as redis_url:
        ports = free_port(), free_port()
        ours = serve("wsgi:app", ports[0], REDIS_URL=redis_url, RATE_LIMITS="key=100000000/3600")
        theirs = serve("hello:app", ports[1])
        try:
            pairs = [
                (spent(ours, ports[0], asked), spent(theirs, ports[1], hello))
                for _ in range(ROUNDS)
            ]
            stop_it = threading.Event()
            writer = threading.Thread(target=write_always, args=(stop_it,))
            writer.start()
            time.sleep(0.2)
            busy = statistics.median(spent(ours, ports[0], asked) for _ in range(3)) / REQUESTS
            stop_it.set()
            writer.join()
        finally:
            stop(ours, theirs)
    mine, reference = (statistics.median(one) / REQUESTS for one in zip(*pairs, strict=True))
    print(f"api-read {1e6 * mine:.0f} us CPU a request, {1 / mine:,.0f} a CPU second")
    print(f"while somebody writes all the time {1e6 * busy:.0f} us")
    print(f"hello world {1e6 * reference:.0f} us CPU a request, {1 / reference:,.0f} a CPU second")
    print_ratio("api-read", reference / mine, GOAL, at_least=True)


if __name__ == "__main__":
    main()
