"""The sender: takes due webhooks from the database and posts them, many at a time, by threads.

A process of its own and no queue of RQ: a slot of a queue is a process, and an endpoint that hangs
would hold it for 15 seconds. A thread that waits costs nothing. Two rules keep bad endpoints from
delaying good ones: those that have failed share a part of the threads, and an attempt that has run
for two seconds no longer counts against the others.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.core import outbound
from app.core.db import db
from app.core.errors import AppError
from app.notifications.service import webhook_sending as sending
from app.notifications.service.webhook_sending import Claim

log = structlog.get_logger()

THREADS = 128
FAILING = 48
"""Threads that endpoints which failed last may use together."""
QUICK = 24
QUICK_SECONDS = 2.0
"""So many attempts that are younger than this run at once; older ones wait for somebody slow."""
POLL_SECONDS = 0.5
STOP_SECONDS = 8.0
"""What has not ended by then is cut; it comes again when its lease ends."""


class Sender:
    """Posts what is due until it is stopped."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._running: dict[int, tuple[float, bool]] = {}
        self._lock = threading.Lock()
        self._turn = threading.Event()
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="webhook")

    def stop(self) -> None:
        """Take up nothing more; `run` returns when what is under way has ended."""
        self._stopped.set()
        self._turn.set()

    def run(self) -> None:
        """Work until stopped; a database that is away is waited for."""
        try:
            while not self._stopped.is_set():
                self._turn.clear()
                with self.app.app_context():
                    taken = self._guarded(self._take)
                if not taken:
                    self._turn.wait(POLL_SECONDS)
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._wait_for_the_last()

    def _guarded(self, step: Callable[[], int]) -> int:
        try:
            return step()
        except (SQLAlchemyError, AppError) as error:
            db.session.rollback()
            log.warning("webhooks_wait", error=type(error).__name__)
            return 0

    def _take(self) -> int:
        """Take up what there is room for; return how much that was."""
        count = 0
        for is_failing in (False, True):
            for claim in sending.claim_due(
                self._room(is_failing=is_failing), is_failing=is_failing
            ):
                count += 1
                self._start(claim, is_failing=is_failing)
        return count

    def _room(self, *, is_failing: bool) -> int:
        now = time.monotonic()
        with self._lock:
            running = list(self._running.values())
        room = THREADS - len(running)
        if is_failing:
            return min(room, FAILING - sum(failing for _, failing in running))
        quick = sum(now - began < QUICK_SECONDS for began, failing in running if not failing)
        return min(room, QUICK - quick)

    def _start(self, claim: Claim, *, is_failing: bool) -> None:
        with self._lock:
            self._running[claim.delivery_id] = (time.monotonic(), is_failing)
        self._pool.submit(self._deliver, claim)

    def _deliver(self, claim: Claim) -> None:
        try:
            answer = sending.send(claim, self._network())
            with self.app.app_context():
                sending.settle(claim, answer)
        except Exception as error:
            # The lease ends by itself and the delivery comes again.
            log.exception(
                "webhook_not_settled", delivery_id=claim.delivery_id, kind=type(error).__name__
            )
        finally:
            with self._lock:
                self._running.pop(claim.delivery_id, None)
            self._turn.set()

    def _network(self) -> outbound.Network:
        found: outbound.Network = self.app.extensions["outbound"]
        return found

    def _wait_for_the_last(self) -> None:
        end = time.monotonic() + STOP_SECONDS
        while self._running and time.monotonic() < end:
            time.sleep(0.05)


def main(app: Flask) -> None:
    """Run until TERM or INT."""
    sender = Sender(app)

    def end(_signal: int, _frame: FrameType | None) -> None:
        sender.stop()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    sender.run()
    # Not by the interpreter's end, which waits for every thread.
    os._exit(0)
