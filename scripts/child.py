"""The watcher between the supervisor and one child: what it started never outlives the supervisor.

Its standard input is a pipe that only the supervisor holds open. The first line is the command
(kept out of our own command line, so that `pgrep -f` finds the child and not its watcher); the
end of the pipe means that the supervisor stopped or died, however it died.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
TICK_SECONDS = 0.2
PIPE = 0

_libc = ctypes.CDLL(None, use_errno=True)


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose own parent ends, so that none can slip away."""
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1)


def _die_with_watcher() -> None:
    # For the case that the watcher itself is killed: then nobody reads the pipe any more.
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _living() -> dict[int, list[int]]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            # The second field is the name in brackets and may itself hold spaces and brackets.
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                children.setdefault(int(parent), []).append(int(entry.name))
    return children


def children(of: int) -> list[int]:
    """Return the ids of the living children of `of`."""
    return _living().get(of, [])


def descendants(of: int) -> list[int]:
    """Return the ids of all living processes below `of`, parents before their children."""
    living = _living()
    found: list[int] = []
    todo = [of]
    while todo:
        below = living.get(todo.pop(0), [])
        found += below
        todo += below
    return found


def kill_descendants(of: int) -> None:
    """Kill everything below `of`, also what is being forked meanwhile."""
    while alive := descendants(of):
        for pid in alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if of == os.getpid():
            reap()
        time.sleep(0.01)


def reap() -> dict[int, int]:
    """Collect ended children: process id to exit code (negative for a signal)."""
    ended: dict[int, int] = {}
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            ended[pid] = os.waitstatus_to_exitcode(status)
    return ended


def _read_line() -> bytes:
    # Unbuffered, so that `select` on the pipe stays truthful.
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(PIPE, 65536)
        if not piece:
            sys.exit(0)
        line += piece
    return line


def _pipe_ended(timeout: float) -> bool:
    readable, _, _ = select.select([PIPE], [], [], timeout)
    return bool(readable) and os.read(PIPE, 1) == b""


def _wait_for(pid: int, until: Callable[[], bool]) -> int | None:
    while True:
        code = reap().get(pid)
        if code is not None:
            return code
        if until():
            return None


def _stop(pid: int, grace_seconds: float) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + grace_seconds

    def expired() -> bool:
        time.sleep(0.02)
        return time.monotonic() > deadline

    _wait_for(pid, expired)


def _ignore(_signal: int, _frame: FrameType | None) -> None:
    # A handler and not SIG_IGN: that one would be inherited by the child.
    return


def main() -> None:
    """Start the command, wait for its end or ours, and leave nothing behind."""
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, _ignore)
    adopt_orphans()
    spec = json.loads(_read_line())
    child = subprocess.Popen(
        spec["command"],
        stdin=subprocess.DEVNULL,
        preexec_fn=_die_with_watcher,  # noqa: PLW1509 - there are no threads here
    )
    code = _wait_for(child.pid, lambda: _pipe_ended(TICK_SECONDS))
    if code is None:
        _stop(child.pid, spec["grace_seconds"])
        code = 0
    kill_descendants(os.getpid())
    sys.exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
