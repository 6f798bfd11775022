"""Workers that last: children of one warm process, each of which does many jobs and is then replaced.

A process of its own for each job, as the other long work has it, starts with empty caches: a
question cost ten times the CPU time that way (benchmarks/bench_conversations.py). What such a process
is for is kept: a job that hangs is killed with its process, and what leaks goes with it.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from rq import SimpleWorker

log = structlog.get_logger()
MOST_JOBS = 1_000
MOST_MEGABYTES = 600
JOB_SECONDS = 14 * 60
"""A job that takes longer is killed: a minute before a question counts as lost."""
SHORT_LIFE = 5.0
"""Who dies sooner is not replaced at once: it would die again."""


class LastingWorker(SimpleWorker):
    """Does jobs in this very process until it has become large."""

    def execute_job(self, job: Any, queue: Any) -> None:
        """Do a job, in time or never: a job that is killed is taken up again from the outbox."""
        # A thread in C that needs no lock of Python's: whatever hangs, it ends.
        faulthandler.dump_traceback_later(JOB_SECONDS, exit=True)
        try:
            super().execute_job(job, queue)
        finally:
            faulthandler.cancel_dump_traceback_later()
        if resident_megabytes() > MOST_MEGABYTES:
            self._stop_requested = True


def resident_megabytes() -> float:
    """Return how much memory this process holds, shared or not."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1024 / 1024


def keep(count: int, work: Callable[[], object], tie: Callable[[], None]) -> None:
    """Keep so many children at work until told to stop; `tie` makes a child end with its parent.

    Nothing that a child must not share (connections, threads) may be open here.
    """
    children: dict[int, float] = {}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while True:
            while len(children) < count:
                children[_fork(work, tie)] = time.monotonic()
            pid, status = os.wait()
            lived = time.monotonic() - children.pop(pid)
            if status:
                log.warning("worker_died", kind="ai", code=os.waitstatus_to_exitcode(status))
            if lived < SHORT_LIFE:
                time.sleep(1)
    finally:
        _end(children)


def _fork(work: Callable[[], object], tie: Callable[[], None]) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        tie()
        if os.getppid() == parent:  # else it died before we were tied to it
            work()
            code = 0
    finally:
        os._exit(code)


def _end(children: dict[int, float]) -> None:
    """Let children finish what they do."""
    for pid in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    for pid in children:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
