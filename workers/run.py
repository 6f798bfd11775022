"""`python -m workers.run`: the RQ workers for short, for long and for AI jobs, and the webhooks' sender.

This process only watches over them, restarts one that dies, and reports that they live.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import signal
import subprocess
import sys
import time
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker, Worker
from rq.serializers import JSONSerializer

from app.ai.clients import building
from app.core.db import db
from app.core.health import beat
from workers import lasting, queues, webhooks

log = structlog.get_logger()
PR_SET_PDEATHSIG = 1
KINDS = ("fast", "ai", "forking", "webhooks")
MOST_USUAL = 2
"""Long jobs at the same time, unless the settings say otherwise: a search has one helper."""
ROOM_FOR_TWO = 2 * 1024**3
"""Bytes of memory below which long jobs are done one after the other."""
WORKER_TTL = 45
BEAT_SECONDS = 2
LONGEST_BACKOFF = 30


def die_with_parent() -> None:
    """Ask Linux to end this process when its parent ends, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def work(names: tuple[str, ...], kind: Any, *, most_jobs: int | None = None) -> None:
    """Work on queues until told to stop; wait for Redis when it is away."""
    app = queues.application()
    with app.app_context():
        # A client of its own: a worker waits for its next job longer than a request may.
        connection = Redis.from_url(
            app.config["REDIS_URL"],
            socket_connect_timeout=0.5,
            socket_timeout=WORKER_TTL,
            health_check_interval=30,
        )
        _wait_for_redis(connection)
        listening = [
            Queue(name, connection=connection, serializer=JSONSerializer) for name in names
        ]
        worker = kind(
            listening, connection=connection, serializer=JSONSerializer, worker_ttl=WORKER_TTL
        )
    worker.work(logging_level="WARNING", max_jobs=most_jobs)


def work_on_ai() -> None:
    """Keep the workers that ask models: children of this process, which has loaded what they need."""
    app = queues.application()
    with app.app_context():
        _warm_up()
        db.engine.dispose()

    def answer() -> None:
        work(queues.AI_QUEUES, lasting.LastingWorker, most_jobs=lasting.MOST_JOBS)

    lasting.keep(app.config["AI_WORKERS"], answer, die_with_parent)


def _warm_up() -> None:
    """Load what jobs need before they are forked off: each would load it anew, for a second."""
    for name in ("ai", "analysis", "coach", "screenshots"):
        importlib.import_module(f"workers.{name}")
    building.preload()
    # What is loaded stays: a child's collector must not touch, and so copy, all of its pages.
    gc.collect()
    gc.freeze()


def _wait_for_redis(connection: Any) -> None:
    while True:
        try:
            connection.ping()
        except RedisError:
            time.sleep(0.5)
        else:
            return


def names_of_children(bulk: int, cores: int, memory: int) -> list[str]:
    """Return the processes that are kept alive, each named by its kind: forking, forking:2.

    `bulk` is how many do long jobs; 0: two where there is a core and memory for the second.
    """
    usual = MOST_USUAL if cores > 1 and memory >= ROOM_FOR_TWO else 1
    more = [f"forking:{number}" for number in range(2, (bulk or usual) + 1)]
    return [*KINDS, *more]


def _children() -> list[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    bulk = queues.application().config["BULK_WORKERS"]
    return names_of_children(bulk, os.cpu_count() or 1, memory)


def supervise() -> None:
    """Keep the worker processes alive until TERM or INT."""
    children: dict[str, subprocess.Popen[bytes]] = {}
    born: dict[str, float] = {}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # Before the children start, which want the machine for themselves: the first beat is soon.
    failures = dict.fromkeys(_children(), 0)
    try:
        while True:
            for name in failures:
                child = children.get(name)
                if child is None or child.poll() is not None:
                    _pause_before_restart(name, child, failures, born)
                    children[name] = subprocess.Popen(
                        [sys.executable, "-m", "workers.run", name.partition(":")[0]],
                        preexec_fn=die_with_parent,  # noqa: PLW1509 - this process has no threads
                    )
                    born[name] = time.monotonic()
            _report_alive()
            time.sleep(BEAT_SECONDS)
    finally:
        for child in children.values():
            child.terminate()
        for child in children.values():
            child.wait(10)


def _pause_before_restart(
    name: str,
    child: subprocess.Popen[bytes] | None,
    failures: dict[str, int],
    born: dict[str, float],
) -> None:
    if child is None:
        return
    lived = time.monotonic() - born[name]
    failures[name] = 0 if lived > LONGEST_BACKOFF else failures[name] + 1
    log.warning("worker_died", kind=name, code=child.returncode)
    time.sleep(min(2 ** failures[name] - 1, LONGEST_BACKOFF) / 2)


def _report_alive() -> None:
    with queues.application().app_context():
        try:
            beat("worker")
        except RedisError:
            log.warning("worker_without_redis")


def main() -> None:
    """Run the supervisor, or with an argument one of the workers."""
    kind = sys.argv[1] if len(sys.argv) > 1 else ""
    if kind == "fast":
        work(queues.FAST_QUEUES, SimpleWorker)
    elif kind == "ai":
        work_on_ai()
    elif kind == "forking":
        work(queues.FORKING_QUEUES, Worker)
    elif kind == "webhooks":
        webhooks.main(queues.application())
    else:
        os.environ.setdefault("PYTHONUNBUFFERED", "1")
        supervise()


if __name__ == "__main__":
    main()
