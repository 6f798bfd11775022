"""Edge processes for tests, and pages that read their streams."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import pytest
import requests

from scripts.settings import HOST
from scripts.supervisor import Child, Spec

ORIGIN = "https://site.example"


class Edge:
    """An edge process."""

    def __init__(self, folder, environment, web_port):
        self.folder, self.environment, self.web_port = folder, environment, web_port
        self.url = f"http://{HOST}:{environment['EDGE_PORT']}"
        self.start()

    def start(self):
        """Start it and wait until it hears of changes."""
        with (self.folder / "edge.log").open("ab") as log:
            self.child = Child(
                Spec("edge", [sys.executable, "-m", "app.edge"], self.environment, 2.0), log, log
            )
        deadline = time.monotonic() + 30
        while self.health().get("status") != "ok":
            assert time.monotonic() < deadline, (self.folder / "edge.log").read_text()
            time.sleep(0.05)

    def stop(self):
        """End it."""
        self.child.stop()

    def wait_for_streams(self, most: int) -> None:
        """Wait until no more than so many streams are open."""
        deadline = time.monotonic() + 30
        while self.health().get("streams", 0) > most:
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def health(self) -> dict:
        """Return what it says of itself; nothing while it is away."""
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).json()
        except requests.ConnectionError:
            return {}


class Reader:
    """A page's EventSource."""

    def __init__(self, url, origin=ORIGIN):
        headers = {"Origin": origin} if origin else {}
        self.answer = requests.get(url, headers=headers, stream=True, timeout=30)
        self.status = self.answer.status_code
        self.lines = self.answer.iter_lines(chunk_size=1, decode_unicode=True)

    def next(self, event: str) -> dict:
        """Return the next event of a kind as its fields."""
        found: dict = {}
        for line in self.lines:
            if not line:
                if found.get("event") == event:
                    return found
                found = {}
                continue
            name, _, value = line.partition(": ")
            found[name] = f"{found[name]}\n{value}" if name in found else value
        pytest.fail(f"the stream ended before an event {event!r}")

    def close(self):
        """Close the page."""
        self.answer.close()


def resident(edge) -> float:
    """Return how many MB the processes of the edge hold."""
    pages = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"EDGE_PORT={edge.environment['EDGE_PORT']}".encode() in (
                process / "environ"
            ).read_bytes().split(b"\0"):
                pages += int((process / "statm").read_text().split()[1])
        except (OSError, IndexError):
            continue
    return pages * resource.getpagesize() / 1e6
