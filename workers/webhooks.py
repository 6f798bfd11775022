"""The sender: takes due webhooks from the database and posts them, many at a time, by threads.

A process of its own and no queue of RQ: a slot of a queue is a process, and an endpoint that hangs
would hold it for 15 seconds. A thread that waits costs nothing. Two rules keep bad endpoints from
delaying good ones: those that have failed share a part of the threads, and an attempt that has run
for two seconds no longer counts against the others.
"""

from __future__ import annotations

import os
import queue
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
from app.core.errors import AppError
from app.core.outbound import Answer
from app.notifications.service import webhook_sending as sending
from app.notifications.service.webhook_sending import Claim

log = structlog.get_logger()

THREADS = 128
FAILING = 48
"""Threads that endpoints which failed last may use together."""
QUICK = 48
QUICK_SECONDS = 2.0
"""So many attempts that are younger than this run at once; older ones wait for somebody slow."""
POLL_SECONDS = 0.5
STOP_SECONDS = 8.0
"""What has not ended by then is cut; it comes again when its lease ends."""


class Sender:
    """Posts what is due until it is stopped. One thread has the database, the others only post."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._network: outbound.Network = app.extensions["outbound"]
        self._running: dict[int, tuple[float, bool]] = {}
        self._done: queue.SimpleQueue[tuple[Claim, Answer | None]] = queue.SimpleQueue()
        self._turn = threading.Event()
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="webhook")

    def stop(self) -> None:
        """Take up nothing more; `run` returns when what is under way has ended."""
        self._stopped.set()
        self._turn.set()

    def run(self) -> None:
        """Work until stopped; a database that is away is waited for."""
        while not self._stopped.is_set():
            self._turn.clear()
            if not self._guarded(lambda: self._settle() + self._take()):
                self._turn.wait(POLL_SECONDS)
        self._pool.shutdown(wait=False)
        end = time.monotonic() + STOP_SECONDS
        while self._running and time.monotonic() < end:
            if not self._guarded(self._settle):
                self._turn.wait(0.05)
                self._turn.clear()

    def _guarded(self, step: Callable[[], int]) -> int:
        try:
            with self.app.app_context():
                return step()
        except (SQLAlchemyError, AppError) as error:
            log.warning("webhooks_wait", error=type(error).__name__)
            return 0

    def _settle(self) -> int:
        """Keep what has come back; return how much that was."""
        found: list[tuple[Claim, Answer | None]] = []
        while not self._done.empty():
            found.append(self._done.get())
        for claim, _ in found:
            self._running.pop(claim.delivery_id, None)
        # What cannot be kept now (the database is away) comes again when its lease ends.
        answered = [(claim, answer) for claim, answer in found if answer is not None]
        if answered:
            sending.settle(answered)
        return len(found)

    def _take(self) -> int:
        """Take up what there is room for; return how much that was."""
        count = 0
        for is_failing in (False, True):
            room = self._room(is_failing=is_failing)
            for claim in sending.claim_due(room, is_failing=is_failing):
                count += 1
                self._running[claim.delivery_id] = (time.monotonic(), is_failing)
                self._pool.submit(self._deliver, claim)
        return count

    def _room(self, *, is_failing: bool) -> int:
        now = time.monotonic()
        running = self._running.values()
        room = THREADS - len(running)
        if is_failing:
            return min(room, FAILING - sum(failing for _, failing in running))
        quick = sum(now - began < QUICK_SECONDS for began, failing in running if not failing)
        return min(room, QUICK - quick)

    def _deliver(self, claim: Claim) -> None:
        answer = None
        try:
            answer = sending.send(claim, self._network)
        except Exception as error:
            log.exception(
                "webhook_not_sent", delivery_id=claim.delivery_id, kind=type(error).__name__
            )
        self._done.put((claim, answer))
        self._turn.set()


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
