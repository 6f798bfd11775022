"""api-load: 200 requests a second with 50 keys, on two web processes that share the limits.

Every request is due at its own moment and timed from there. Each key asks for 40 in a window of ten
seconds, of which its policy allows 30: so many must be answered in each window, and the others must
be 429, whichever of the two processes they come to. Nine of ten ask for figures, one for accounts.
`SECONDS=60` makes it a minute. Wall time: what else the machine does counts.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

from harness import print_ratio  # noqa: E402
from processes import cpu_seconds, family  # noqa: E402
from servers import ROOT, free_port, serve, stop  # noqa: E402

from tests.factories.plans import with_api  # noqa: E402
from tests.services import redis_server  # noqa: E402

GOAL_SECONDS = 0.2
RATE = 200
KEYS = 50
WINDOW = 10
QUOTA = 30
SECONDS = int(os.environ.get("SECONDS", "20")) // WINDOW * WINDOW
CLIENTS = 20


def make_keys() -> list[tuple[int, str]]:
    """Return users with a key each, on a fresh database."""
    from app import create_app
    from app.accounts import service as accounts
    from app.core.db import transaction

    app = create_app()
    with app.app_context(), transaction():
        users = [accounts.create_user(f"load{n}@example.test").id for n in range(KEYS)]
        return [(one, accounts.create_key(with_api(one), None, "bench")) for one in users]


class Client(threading.Thread):
    """Sends its share of the requests, each at its own moment."""

    def __init__(self, port: int, number: int, keys: list[tuple[int, str]], start: float) -> None:
        super().__init__()
        self.port, self.number, self.keys, self.start_at = port, number, keys, start
        self.times: list[float] = []
        self.answers: Counter[tuple[int, int, int]] = Counter()

    def run(self) -> None:
        """Send all."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        for turn in range(self.number, RATE * SECONDS, CLIENTS):
            due = self.start_at + turn / RATE
            time.sleep(max(due - time.time(), 0))
            # A key goes round all connections, and so comes to both processes.
            at = (turn // CLIENTS + self.number * 7) % KEYS
            user_id, key = self.keys[at]
            path = f"/api/performance/{user_id}/all-time" if turn % 10 else "/api/ledger/accounts"
            connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
            answer = connection.getresponse()
            answer.read()
            self.times.append(time.time() - due)
            window = int(answer.headers.get("X-RateLimit-Reset") or 0)
            self.answers[at, window, answer.status] += 1


def judge(answers: Counter[tuple[int, int, int]]) -> str:
    """Say whether each key got in each window exactly what its policy allows."""
    strange = {status for _, _, status in answers} - {200, 429}
    if strange:
        raise SystemExit(f"answers with {strange}")
    wrong, refused = [], 0
    for at, window in {(key, window) for key, window, _ in answers}:
        good, bad = answers[at, window, 200], answers[at, window, 429]
        refused += bad
        if good != min(QUOTA, good + bad):
            wrong.append((at, window, good, bad))
    if wrong:
        raise SystemExit(f"not as the policy says (key, window, answered, refused): {wrong[:5]}")
    return (
        f"{answers.total() - refused} answered, {refused} refused, exactly {QUOTA} a key and window"
    )


def main() -> None:
    """Print how long an answer took."""
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "db-upgrade"], cwd=ROOT, check=True
    )
    keys = make_keys()
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as redis_url:
        port = free_port()
        limits = f"key={QUOTA}/{WINDOW}"
        server = serve("wsgi:app", port, "--workers", "2", REDIS_URL=redis_url, RATE_LIMITS=limits)
        try:
            start = (time.time() // WINDOW + 1) * WINDOW + 0.05
            clients = [Client(port, number, keys, start) for number in range(CLIENTS)]
            before = cpu_seconds(family(server.pid))
            for client in clients:
                client.start()
            for client in clients:
                client.join()
            spent = cpu_seconds(family(server.pid)) - before
        finally:
            stop(server)
    times = sorted(seconds for client in clients for seconds in client.times)
    p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
    print(judge(sum((client.answers for client in clients), Counter())))
    print(f"p50={p50:.3f} s p95={p95:.3f} s max={times[-1]:.3f} s, {RATE}/s for {SECONDS} s")
    print(f"both web processes together: {100 * spent / SECONDS:.0f} % of a core")
    print_ratio("api-load", p95, GOAL_SECONDS)


if __name__ == "__main__":
    main()
