"""Workers that last (workers/lasting.py): replaced when they die, hang or grow, gone with their parent."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rq import SimpleWorker

from workers import lasting

ROOT = Path(__file__).resolve().parents[2]
KEEPER = """
import os, time
from workers.lasting import keep
from workers.run import die_with_parent

def work():
    os.write(2, b"%d\\n" % os.getpid())  # whole: two write at the same moment
    time.sleep(60)

keep(2, work, die_with_parent)
"""


def is_there(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_until(fact):
    end = time.monotonic() + 20
    while not fact():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def keeper():
    process = subprocess.Popen(
        [sys.executable, "-c", KEEPER], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    yield process
    process.kill()
    process.wait(10)
    process.stderr.close()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_worker_is_replaced_and_none_outlives_its_parent(keeper, ending):
    pids = [int(keeper.stderr.readline()) for _ in range(2)]
    os.kill(pids[0], signal.SIGKILL)
    pids.append(int(keeper.stderr.readline()))
    assert len(set(pids)) == 3
    assert [is_there(pid) for pid in pids] == [False, True, True]
    keeper.send_signal(ending)
    assert keeper.wait(20) == (0 if ending == signal.SIGTERM else -signal.SIGKILL)
    wait_until(lambda: not any(is_there(pid) for pid in pids))


def ends_with(work):
    """Run a job in a worker of its own process; return the code that it ended with."""
    pid = os.fork()
    if pid == 0:
        try:
            worker = lasting.LastingWorker.__new__(lasting.LastingWorker)
            worker.execute_job(work, None)
        finally:
            os._exit(0)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def hold_the_lock():
    # Within C code, which gives no thread of Python's a turn: it takes days.
    re.match(r"(a+)+$", "a" * 60 + "b")


@pytest.mark.parametrize("hang", [hold_the_lock, lambda: time.sleep(60)])
def test_a_job_that_hangs_takes_its_process_along(monkeypatch, hang):
    monkeypatch.setattr(SimpleWorker, "execute_job", lambda _self, work, _queue: work())
    monkeypatch.setattr(lasting, "JOB_SECONDS", 0.3)
    assert ends_with(hang) == 1
    assert ends_with(lambda: None) == 0


def test_after_a_job_in_time_nothing_kills_the_process(monkeypatch):
    monkeypatch.setattr(SimpleWorker, "execute_job", lambda _self, work, _queue: work())
    monkeypatch.setattr(lasting, "JOB_SECONDS", 0.2)

    def fail():
        raise ValueError("it fails")

    worker = lasting.LastingWorker.__new__(lasting.LastingWorker)
    with pytest.raises(ValueError, match="it fails"):
        worker.execute_job(fail, None)
    time.sleep(0.4)


def test_a_worker_that_has_grown_stops_after_its_job(monkeypatch):
    monkeypatch.setattr(SimpleWorker, "execute_job", lambda *_: None)
    worker = lasting.LastingWorker.__new__(lasting.LastingWorker)
    worker._stop_requested = False
    # This process has grown by all the tests before.
    monkeypatch.setattr(lasting, "MOST_MEGABYTES", lasting.resident_megabytes() * 2)
    worker.execute_job(None, None)
    assert not worker._stop_requested
    monkeypatch.setattr(lasting, "MOST_MEGABYTES", lasting.resident_megabytes() / 2)
    worker.execute_job(None, None)
    assert worker._stop_requested
