"""The test till of `make run`: the fake as a process, with its state in a file."""

from __future__ import annotations

import argparse
import signal
import threading
import time
import traceback
from pathlib import Path

from . import webhooks
from .faults import Faults
from .schedule import tick
from .server import Server
from .world import World

TICK_SECONDS = 0.25
# After so long an event is tried again; then it is left to the service's sweep.
RETRY_SECONDS = (0, 1, 5, 30, 120, 600, 3600)
LARGEST_HISTORY = 1000


class Till:
    """The server, its file, and the courier of events."""

    def __init__(self, options):
        self.path = options.state
        self.world = World()
        if self.path.exists():
            self.world.load(self.path)
        self.world.url = f"http://127.0.0.1:{options.port}"
        self._hook(options.webhook_url, options.webhook_secret)
        self.server = Server(options.port, self.world, Faults(), self.save)
        self.stopped = threading.Event()

    def _hook(self, url, secret):
        """Have one endpoint of our own, with the address and the secret of this run."""
        known = self.world.all("webhook_endpoint", _own=True)
        if known:
            known[0].update(url=url, _secrets=[secret])
        else:
            webhooks.new_endpoint(self.world, url, secret)["_own"] = True

    def save(self) -> None:
        """Write the state: before an answer leaves, what it says is on disk."""
        events = self.world.objects.get("event", {})
        for key in list(events)[:-LARGEST_HISTORY]:
            self.world.forget(events[key])
        self.world.save(self.path)

    def run(self) -> None:
        """Serve until told to stop."""
        self.server.start()
        while not self.stopped.wait(TICK_SECONDS):
            try:
                with self.world.lock:
                    if tick(self.world):
                        self.save()
                self.deliver()
            except Exception:
                # The till goes on; the log says what it could not do.
                traceback.print_exc()
        self.server.stop()
        with self.world.lock:
            self.save()

    def deliver(self) -> None:
        """Send each event that is due, in order; the lock is free while we wait for the answer."""
        with self.world.lock:
            now = time.time()
            waiting = [one for one in self.world.all("event") if _is_due(one, now)]
        changed = False
        for event in waiting:
            if self.stopped.is_set():
                return
            changed = self._send(event) or changed
        if changed:
            with self.world.lock:
                self.save()

    def _send(self, event) -> bool:
        left = 0
        for endpoint in self.world.all("webhook_endpoint"):
            if webhooks.wants(endpoint, event):
                body = webhooks.payload(event)
                header = webhooks.signature(body, endpoint["_secrets"])
                status = webhooks.send(endpoint["url"], body, header)
                left += not 200 <= status < 300
        with self.world.lock:
            tries = event.get("_tries", 0) + 1
            event.update(pending_webhooks=left, _tries=tries)
            if tries < len(RETRY_SECONDS):
                event["_next"] = time.time() + RETRY_SECONDS[tries]
        return left == 0


def _is_due(event, now) -> bool:
    open_still = event["pending_webhooks"] and event.get("_tries", 0) < len(RETRY_SECONDS)
    return bool(open_still) and event.get("_next", 0) <= now


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.stripe")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--webhook-url", required=True)
    parser.add_argument("--webhook-secret", required=True)
    till = Till(parser.parse_args())
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: till.stopped.set())
    till.run()


if __name__ == "__main__":
    main()
