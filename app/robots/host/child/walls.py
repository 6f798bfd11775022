"""The walls around the code of a robot, put up in the child after everything is loaded.

The wall that holds is the kernel's: limits of memory, processor, files and processes, and a
filter that leaves hardly a system call but reading and writing the one channel. The audit hook and
the list of modules come before it and tell an honest author what is not there.
"""

from __future__ import annotations

import builtins
import contextlib
import os
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, NoReturn

from app.robots.host.child import seccomp

MODULES = frozenset(
    {"math", "statistics", "decimal", "fractions", "dataclasses", "itertools", "collections",
     "functools", "operator", "typing", "enum", "random", "numpy", "pydantic", "__future__"}
)  # fmt: skip
QUANT = frozenset({"robot", "indicators", "bars", "hours", "options", "cointegration"})
FRAMES = {"tb_frame", "gi_frame", "cr_frame", "ag_frame"}
HIDDEN = (
    "open", "exec", "eval", "compile", "input", "breakpoint", "exit", "quit", "help", "vars",
    "globals",
)  # fmt: skip
REFUSED = (
    "open", "os.", "socket.", "subprocess.", "ctypes.", "shutil.", "tempfile.", "mmap.", "pty.",
    "signal.", "resource.", "fcntl.", "glob.", "urllib.", "http.", "ftplib.", "smtplib.",
    "sqlite3.", "webbrowser.", "syslog.", "_thread.", "gc.", "sys.addaudithook", "sys.setprofile",
    "sys.settrace", "sys._current_frames", "time.sleep", "marshal.", "pickle.", "function.__new__",
    "code.__new__", "builtins.input", "builtins.breakpoint", "cpython.",
)  # fmt: skip


class ForbiddenError(Exception):
    """The robot reached for something that it may not have."""


class OutOfTimeError(BaseException):
    """The time of one job is over. No Exception, so that a plain `except` lets it through."""


def enclose(memory: int, seconds: int) -> None:
    """Put up all walls around this process; there is no way back."""
    _limit(memory, seconds)
    _empty()
    seccomp.install()
    sys.addaudithook(_audit)


def _limit(memory: int, seconds: int) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    space = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    for kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NPROC):
        resource.setrlimit(kind, (0, 0))
    signal.signal(signal.SIGALRM, _ring)


def limit_job(seconds: float) -> None:
    """Interrupt the robot after so many seconds; 0 ends the watch."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _ring(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    # Again soon: one that catches everything is interrupted until the parent ends it.
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    raise OutOfTimeError


def _empty() -> None:
    """Take away what a robot could reach past the list of modules."""
    os.environ.clear()
    sys.argv[:] = [""]
    silent = _Silent()
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = silent  # type: ignore[assignment,misc]
    import time

    for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns",
                 "process_time", "process_time_ns", "gmtime", "localtime", "sleep"):  # fmt: skip
        setattr(time, name, _no_clock)
    _seed_only()


def _seed_only() -> None:
    """Leave only those random numbers that grow out of a seed: the same in every run."""
    import random

    import numpy as np

    for module, shared in ((random, random._inst), (np.random, np.random.mtrand._rand)):  # noqa: SLF001 - there is no other way to tell them
        for name, each in list(vars(module).items()):
            if getattr(each, "__self__", None) is shared:
                setattr(module, name, _no_chance)


def _no_chance(*_: Any, **__: Any) -> NoReturn:
    message = "random numbers need a seed: random.Random(seed)"
    raise ForbiddenError(message)


def _no_clock(*_: Any) -> NoReturn:
    message = "a robot has no clock: the time is that of the bars"
    raise ForbiddenError(message)


class _Silent:
    """Takes what is printed and keeps nothing."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        return


class _Strict:
    """Whether a robot is at work, whose callers hold bars that it must not see."""

    is_on = False


@contextlib.contextmanager
def strict() -> Iterator[None]:
    """Hide the callers of a robot from it while it decides."""
    _Strict.is_on = True
    try:
        yield
    finally:
        _Strict.is_on = False


@contextlib.contextmanager
def lenient() -> Iterator[None]:
    """Let code be loaded and set up in the midst of what is strict: libraries look at callers."""
    was_on, _Strict.is_on = _Strict.is_on, False
    try:
        yield
    finally:
        _Strict.is_on = was_on


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith(REFUSED):
        message = f"a robot may not use {event}"
        raise ForbiddenError(message)
    if _Strict.is_on and (
        event == "sys._getframe" or (event == "object.__getattr__" and arguments[1] in FRAMES)
    ):
        message = "a robot may not look at its callers"
        raise ForbiddenError(message)


def robot_builtins() -> dict[str, Any]:
    """Return the built-in names for the code of a robot."""
    names = {name: each for name, each in vars(builtins).items() if name not in HIDDEN}
    names["__import__"] = _import
    return names


def _import(
    name: str,
    namespace: dict[str, Any] | None = None,
    local: dict[str, Any] | None = None,
    fromlist: tuple[str, ...] = (),
    level: int = 0,
) -> ModuleType:
    if level or not _is_allowed(name, fromlist):
        message = f"a robot may not import {name}; it may: {', '.join(sorted(MODULES))}, app.quant"
        raise ForbiddenError(message)
    return builtins.__import__(name, namespace, local, fromlist, level)


def _is_allowed(name: str, fromlist: tuple[str, ...]) -> bool:
    head, _, rest = name.partition(".")
    if head != "app":
        return head in MODULES and (head, rest) not in {("numpy", "ctypeslib"), ("numpy", "f2py")}
    if name == "app.quant":
        return bool(fromlist) and set(fromlist) <= QUANT
    return name.startswith("app.quant.") and name.split(".")[2] in QUANT
