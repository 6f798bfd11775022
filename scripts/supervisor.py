"""Keeps children alive: starts them behind a watcher, restarts what dies, stops all of them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from scripts import child as watcher
from scripts.console import Refusal, say
from scripts.settings import ROOT

FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 30.0
# A child that ran this long before it died starts its backoff anew.
STEADY_SECONDS = 60.0
LOG_LIMIT_BYTES = 20_000_000
LOG_SECONDS = 60.0
TICK_SECONDS = 0.1
STOP_SECONDS = 15.0
SIGNAL_BASE = 128


@dataclass(frozen=True)
class Spec:
    """How one child is started."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    grace_seconds: float = 5.0


class Child:
    """One command behind its watcher."""

    def __init__(
        self, spec: Spec, output: IO[bytes], errors: IO[bytes], keep_open: Sequence[int] = ()
    ) -> None:
        self.spec = spec
        self.started = time.monotonic()
        self._process = subprocess.Popen(
            # -I and -S: the watcher needs the standard library only and starts in 30 ms.
            [sys.executable, "-I", "-S", str(Path(watcher.__file__).resolve())],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=errors,
            cwd=ROOT,
            env=dict(spec.environment),
            # Its own session: Ctrl-C in the terminal reaches the supervisor alone, which then
            # stops the children in order.
            start_new_session=True,
            pass_fds=keep_open,
        )
        if self._process.stdin is None:
            raise AssertionError
        line = {"command": list(spec.command), "grace_seconds": spec.grace_seconds}
        self._pipe = self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            self._pipe.write(json.dumps(line).encode() + b"\n")
            self._pipe.flush()

    @property
    def pid(self) -> int:
        """Process id of the watcher."""
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._process.poll()

    def ask_to_stop(self) -> None:
        """Close the pipe: the watcher ends the command and then itself."""
        with contextlib.suppress(OSError):
            self._pipe.close()

    def wait(self, timeout: float) -> None:
        """Wait for the end, and kill what does not end."""
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            watcher.kill_descendants(self.pid)
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """End the command and wait until it and all it started are gone."""
        self.ask_to_stop()
        self.wait(self.spec.grace_seconds + STOP_SECONDS)


@dataclass
class _Kept:
    spec: Spec
    child: Child | None
    delay: float = FIRST_DELAY_SECONDS
    due: float = 0.0
    deaths: int = 0


@dataclass
class Supervisor:
    """All children of one run."""

    logs: Path
    keep_open: Sequence[int] = ()
    should_stop: Callable[[], bool] = lambda: False
    _kept: list[_Kept] = field(default_factory=list)
    _running_once: int = 0
    _logs_due: float = 0.0

    def start(self, spec: Spec) -> None:
        """Start a child and keep it running from now on."""
        self._kept.append(_Kept(spec, self._launch(spec)))

    def tick(self) -> None:
        """Look after the children once: restart what died, as soon as its delay is over."""
        if time.monotonic() >= self._logs_due:
            self._logs_due = time.monotonic() + LOG_SECONDS
            rotate_logs(self.logs)
        for kept in self._kept:
            if kept.child is None:
                if time.monotonic() >= kept.due:
                    kept.child = self._launch(kept.spec)
            elif (code := kept.child.poll()) is not None:
                self._note_death(kept, code)

    def watch(self, until: Callable[[], bool], timeout: float | None = None) -> bool:
        """Look after the children until `until()`; False when the time ran out before."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not until():
            if self.should_stop():
                raise KeyboardInterrupt
            if deadline is not None and time.monotonic() > deadline:
                return False
            self.tick()
            time.sleep(TICK_SECONDS)
        return True

    def deaths(self) -> dict[str, int]:
        """Return how often each child has died."""
        return {kept.spec.name: kept.deaths for kept in self._kept}

    def run_once(self, spec: Spec, timeout: float = 280.0) -> str:
        """Run a command to its end and return its standard output.

        Raises:
            Refusal: it failed; the message names it, its last line and the log.
        """
        log = self.logs / "setup.log"
        with tempfile.TemporaryFile() as output, log.open("ab") as errors:
            child = Child(spec, output, errors, self.keep_open)
            self._running_once = child.pid
            try:
                ended = self.watch(lambda: child.poll() is not None, timeout)
            finally:
                child.stop()
            output.seek(0)
            text = output.read().decode(errors="replace")
            if not ended or child.poll() != 0:
                errors.write(text.encode())
                errors.flush()
                reason = _last_line(log) if ended else f"no end within {timeout:.0f} s"
                message = f"{spec.name} failed: {reason} (see {log})"
                raise Refusal(message)
        return text

    def stop(self) -> None:
        """End all children: at once, but the one started first only after the others."""
        # That one is Redis, to which the others still write while they end.
        first, others = self._kept[:1], self._kept[1:]
        for group in (others, first):
            running = [kept.child for kept in group if kept.child]
            for child in running:
                child.ask_to_stop()
            for child in running:
                child.wait(child.spec.grace_seconds + STOP_SECONDS)
        self._kept.clear()
        watcher.kill_descendants(os.getpid())

    def _launch(self, spec: Spec) -> Child:
        path = self.logs / f"{spec.name}.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab") as log:
            return Child(spec, log, log, self.keep_open)

    def _note_death(self, kept: _Kept, code: int) -> None:
        lived = time.monotonic() - (kept.child.started if kept.child else 0.0)
        if lived > STEADY_SECONDS:
            kept.delay = FIRST_DELAY_SECONDS
        say(f"{kept.spec.name} ended ({_describe(code)}), starts again in {kept.delay:g} s")
        kept.child = None
        kept.deaths += 1
        self._kill_strays()
        kept.due = time.monotonic() + kept.delay
        kept.delay = min(kept.delay * 2, LONGEST_DELAY_SECONDS)

    def _kill_strays(self) -> None:
        # Were a watcher killed, what it watched would come to us (see `adopt_orphans`).
        known = {child.pid for child in (kept.child for kept in self._kept) if child}
        for pid in watcher.children(os.getpid()):
            if pid not in known and pid != self._running_once:
                watcher.kill_descendants(pid)
                with contextlib.suppress(ProcessLookupError, ChildProcessError):
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)


def rotate_logs(folder: Path) -> None:
    """Keep one former file of each log that has become large, while its writer goes on.

    The writers hold the file open to append, so it is copied and emptied instead of renamed.
    """
    for path in folder.glob("*.log"):
        if path.stat().st_size > LOG_LIMIT_BYTES:
            shutil.copyfile(path, path.with_suffix(".log.1"))
            os.truncate(path, 0)


def _describe(code: int) -> str:
    # Shells and our watcher say "killed by signal n" as 128 + n.
    number = -code if code < 0 else code - SIGNAL_BASE
    if number > 0:
        with contextlib.suppress(ValueError):
            return f"killed by {signal.Signals(number).name}"
    return f"exit code {code}"


def _last_line(path: Path) -> str:
    lines = [line.strip() for line in path.read_text(errors="replace").splitlines()]
    return next((line for line in reversed(lines) if line), "no output")
