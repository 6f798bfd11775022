"""Fills that several callers post to a real web process while a test does something to it."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import requests

from scripts.supervisor import Child, Spec
from tests.services import free_ports


class Traffic:
    """Posts fills from several threads, sends again only what 503 says may be, and keeps count."""

    def __init__(self, url: str, keys: list[str]) -> None:
        self.url, self.keys = url, keys
        self.stop = threading.Event()
        self.statuses: Counter[int] = Counter()
        self.acknowledged: list[str] = []
        self.created: Counter[str] = Counter()
        self.good_at = [0.0 for _ in keys]
        """When each thread last got what it asked for."""
        self.threads = [
            threading.Thread(target=self._post, args=(number,)) for number in range(len(keys))
        ]

    def _post(self, thread: int) -> None:
        number = 0
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {self.keys[thread]}"
        while not self.stop.is_set():
            name = f"t{thread}-{number}"
            fill = {
                "external_id": name, "symbol": "SPY", "side": "buy" if number % 2 else "sell",
                "executed_at": f"2026-03-02T15:{number // 60 % 60:02d}:{number % 60:02d}Z",
                "qty": "1", "price": "100", "fee": "0", "currency": "USD",
            }  # fmt: skip
            answer = session.post(
                f"{self.url}/api/ledger/fills",
                json={"plugin_id": "robot", "fills": [fill]},
                timeout=40,
            )
            self.statuses[answer.status_code] += 1
            if answer.status_code == 200:
                self.acknowledged.append(name)
                self.created[name] += answer.json()["results"][0]["status"] == "created"
                self.good_at[thread] = time.monotonic()
                number += 1
                # Without a breath no moment would be left in which a lock is free.
                time.sleep(0.05)
            elif answer.status_code == 503:
                assert int(answer.headers["Retry-After"]) >= 1
                time.sleep(0.2)
            else:
                time.sleep(0.2)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        for thread in self.threads:
            thread.start()
        try:
            yield
        finally:
            self.stop.set()
            for thread in self.threads:
                thread.join()


@contextlib.contextmanager
def granian(app, folder: Path) -> Iterator[str]:
    """Serve the same installation by a real web process."""
    port = free_ports(1)[0]
    environment = {
        **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
        "DATA_DIR": app.config["DATA_DIR"],
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"].replace("+psycopg", ""),
        "ENCRYPTION_KEY": app.config["ENCRYPTION_KEY"],
        "REDIS_URL": f"unix://{folder}/none.sock",
        "PUBLIC_URL": app.config["PUBLIC_URL"],
        "RATE_LIMITS": "key=off",
        "LOG_LEVEL": "ERROR",
    }
    line = [sys.executable, "-m", "granian", "--interface", "wsgi", "wsgi:app"]
    with (folder / "web.log").open("ab") as log:
        options = ["--port", str(port), "--blocking-threads", "4"]
        child = Child(Spec("web", [*line, *options], environment), log, log)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            with contextlib.suppress(requests.ConnectionError):
                if requests.get(f"{url}/healthz", timeout=5).status_code == 200:
                    break
            time.sleep(0.1)
        else:
            raise AssertionError((folder / "web.log").read_text())
        yield url
    finally:
        child.stop()
