"""fill-path: from `POST /api/ledger/fills` with one fill to the figures in the performance answer.

The whole product on loopback: web, worker, clock and Redis, started here on data of their own. Ten
members post in turns, 50 fills a second for 20 seconds; each fill turns a position over, so each
closes one trade. A fill's time runs from the moment it was due to be posted until an answer of
`GET /api/performance/<user>/all-time` counts its trade (asked every 40 ms while one is awaited).
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import harness

from tests.services import wordpress_stack

RATE = float(os.environ.get("RATE", "50"))
SECONDS = float(os.environ.get("SECONDS", "20"))
MEMBERS = 10
POLL_SECONDS = 0.04
PATIENCE_SECONDS = 30.0


class Member:
    """A member who posts fills and watches the own figures."""

    def __init__(self, address: str, key: str) -> None:
        self.host = urlsplit(address).netloc
        self.headers = {"Authorization": f"Bearer {key}"}
        connection = http.client.HTTPConnection(self.host, timeout=30)
        self.user_id = self.call(connection, "GET", "/api/me")["user_id"]
        self.posted = 0
        self.awaited: deque[tuple[int, float]] = deque()
        self.times: list[float] = []
        self.is_done = False

    def call(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: Any = None
    ) -> Any:
        """Send one request and return the JSON of the answer."""
        headers = self.headers | ({"Content-Type": "application/json"} if body else {})
        connection.request(method, path, body and json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
        return json.loads(content)

    def post(self, connection: http.client.HTTPConnection, due: float) -> None:
        """Post one fill that turns the position over."""
        number = self.posted = self.posted + 1
        fill = {
            "external_id": f"{self.user_id}-{number}",
            "executed_at": datetime.now(UTC).isoformat(),
            "symbol": "AAPL",
            "side": "buy" if number % 2 else "sell",
            "qty": "1" if number == 1 else "2",
            "price": f"{100 + number % 7}.25",
            "fee": "0.05",
            "currency": "USD",
        }
        answer = self.call(
            connection, "POST", "/api/ledger/fills", {"plugin_id": "bench", "fills": [fill]}
        )
        if answer["results"][0]["status"] != "created":
            raise RuntimeError(str(answer))
        if number > 1:
            self.awaited.append((number - 1, due))

    def post_all(self, start: float, offset: int) -> None:
        """Post at this member's share of the rate."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        try:
            for turn in itertools.count():
                due = start + (offset + turn * MEMBERS) / RATE
                if due >= start + SECONDS:
                    break
                time.sleep(max(due - time.monotonic(), 0))
                self.post(connection, due)
        finally:
            self.is_done = True

    def watch(self) -> None:
        """Ask for the figures until every posted fill has shown."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        path = f"/api/performance/{self.user_id}/all-time"
        last = time.monotonic()
        while not (self.is_done and not self.awaited):
            if not self.awaited:
                time.sleep(0.005)
                last = time.monotonic()
                continue
            shown = self.call(connection, "GET", path)["metrics"]["trade_count"]
            now = time.monotonic()
            while self.awaited and self.awaited[0][0] <= shown:
                self.times.append(now - self.awaited.popleft()[1])
                last = now
            if now - last > PATIENCE_SECONDS:
                raise RuntimeError(f"user {self.user_id}: {len(self.awaited)} fills never showed")
            time.sleep(POLL_SECONDS)


def make_member(stack: Any, number: int) -> Member:
    """Make a member with a key, and show the first fill, so that nothing is cold."""
    email = f"bench{number}@example.test"
    stack.flask("accounts", "create-user", email, "--tier", "mid")
    member = Member(stack.service, stack.flask("accounts", "create-key", email).split()[-1])
    connection = http.client.HTTPConnection(member.host, timeout=30)
    for _ in range(2):
        member.post(connection, time.monotonic())
    return member


def run(members: list[Member]) -> list[float]:
    """Let all members post and watch at once; return the seconds of each fill."""
    watchers = [threading.Thread(target=member.watch) for member in members]
    for watcher in watchers:
        watcher.start()
    while any(member.awaited for member in members):
        time.sleep(0.05)
    for member in members:
        member.times.clear()
    start = time.monotonic() + 0.2
    posters = [
        threading.Thread(target=member.post_all, args=(start, offset))
        for offset, member in enumerate(members)
    ]
    for thread in posters:
        thread.start()
    for thread in (*posters, *watchers):
        thread.join()
    return [seconds for member in members for seconds in member.times]


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        wordpress_stack(Path(folder), wordpress=False) as stack,
    ):
        members = [make_member(stack, number) for number in range(MEMBERS)]
        times = sorted(run(members))
    p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
    print(
        f"fills={len(times)} rate={RATE:.0f}/s p50={p50:.3f} s p95={p95:.3f} s max={times[-1]:.3f} s"
    )
    harness.print_ratio("fill-path", p95, 1.0)


if __name__ == "__main__":
    main()
