"""Our side of the host: starts it, sends batches, keeps the time, and lets only the culprit go."""

from __future__ import annotations

import math
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self

from app.robots.host import wire

ZYGOTE = Path(__file__).parent / "child" / "zygote.py"
FaultKind = Literal[
    "raised", "timeout", "memory", "forbidden", "robot", "nonsense", "died", "order"
]
KINDS: tuple[str, ...] = FaultKind.__args__  # type: ignore[attr-defined]
MIB = 1024 * 1024
Progress = Callable[[int, int], None]
GRACE = 1.0
START_SECONDS = 120.0
MOST_SECONDS = 3600.0
MAX_ANSWER = 64 * MIB


class RobotFault(NamedTuple):
    """Why a robot was stopped, for its owner."""

    kind: str
    """One of FaultKind."""
    message: str
    bar: int | None = None
    """The opening time of the bar at which it happened, in microseconds, where that is known."""
    step: Any = None
    """What it did before, where that stands: a Step of app.quant.simulation."""


class _EndedError(Exception):
    """Who hears of the progress wants no more of it."""


class HostError(Exception):
    """The host itself does not work: the robots are not to blame."""


class Limits(NamedTuple):
    """What a robot may use up."""

    job_seconds: float = 10.0
    memory: int = 512 * MIB
    """Beside what the host holds anyway."""


class Host:
    """A zygote and the children that it forks. Not for several threads at a time."""

    def __init__(
        self, kind: Literal["describe", "simulate"] = "describe", limits: Limits | None = None
    ) -> None:
        self.kind = kind
        self.limits = limits or Limits()
        self._on_progress: Progress | None = None
        self._deadline = math.inf
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the zygote; its children end with it."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = self._control = None

    def run(
        self,
        jobs: Sequence[Any],
        head: dict[str, Any],
        body: bytes = b"",
        on_progress: Progress | None = None,
    ) -> list[Any]:
        """Return for each job its result, or the RobotFault that ended it.

        A job at which the child dies or hangs is the culprit; the others go on in a new child.
        What `on_progress` raises ends the batch.

        Raises:
            HostError: the host cannot be started.
        """
        self._on_progress = on_progress
        head = {**head, "has_progress": on_progress is not None}
        answers: list[Any] = []
        while len(answers) < len(jobs):
            answers += self._run_child(jobs[len(answers) :], head, body)
        return answers

    def _run_child(self, jobs: Sequence[Any], head: dict[str, Any], body: bytes) -> list[Any]:
        ours, theirs = socket.socketpair()
        answers: list[Any] = []
        with ours:
            with theirs:
                child = self._fork(theirs)
            ours.settimeout(START_SECONDS)
            end: str | None = None
            try:
                wire.send(ours, {**head, **self._bounds(len(jobs)), "jobs": list(jobs)}, body)
                self._demand_walls(ours, child)
                ours.settimeout(self.limits.job_seconds + GRACE)
                self._deadline = time.monotonic() + self._most_seconds(len(jobs))
                while len(answers) < len(jobs):
                    answers.append(self._next_answer(ours, len(answers)))
            except TimeoutError:
                end = "timeout"
            except (wire.WireError, OSError) as error:
                end = str(error)
            except _EndedError as ended:
                self._end(child)
                raise ended.__cause__ or ended from None
            except BaseException:
                self._end(child)
                raise
        status = self._end(child)
        if end is not None:
            answers.append(self._culprit(end, status))
        return answers

    def _next_answer(self, channel: socket.socket, number: int) -> Any:
        while True:
            # A child that goes on telling of its progress is not believed for ever.
            if time.monotonic() > self._deadline:
                raise TimeoutError
            answer = wire.receive(channel, MAX_ANSWER)
            if not (isinstance(answer, dict) and "progress" in answer):
                return _read_answer(answer, number)
            if self._on_progress is None:
                raise wire.WireError("a frame that nobody asked for")
            done, total = _read_progress(answer["progress"])
            try:
                self._on_progress(done, total)
            except Exception as error:
                raise _EndedError from error

    def _demand_walls(self, channel: socket.socket, child: int) -> None:
        """Go on only when the child says that it has closed itself in."""
        said = "nothing"
        with suppress(wire.WireError, OSError):
            said = wire.receive(channel, MAX_ANSWER)
        if said != "enclosed":
            self._end(child)
            message = f"the walls around the robots do not stand: {said}"
            raise HostError(message)

    def _bounds(self, count: int) -> dict[str, Any]:
        seconds = self.limits.job_seconds
        return {
            "kind": self.kind,
            "job_seconds": seconds,
            "memory": self.limits.memory,
            "seconds": self._most_seconds(count),
        }

    def _most_seconds(self, count: int) -> int:
        """Return how long a child may take for all its jobs, however far it says to be."""
        if self._on_progress is not None:
            # Each 2,048 bars of a long run have the time of a job.
            return int(MOST_SECONDS)
        return int(min(self.limits.job_seconds * count, MOST_SECONDS)) + 60

    def _culprit(self, end: str, status: int) -> RobotFault:
        if end == "timeout":
            return RobotFault("timeout", f"it took longer than {self.limits.job_seconds:g} s")
        if "frame" in end:
            return RobotFault("nonsense", "what came back could not be read")
        number = status & 0x7F
        how = f"by {signal.Signals(number).name}" if number else f"with code {status >> 8}"
        return RobotFault("died", f"its process was ended {how}")

    # --- The zygote ---

    def _fork(self, channel: socket.socket) -> int:
        control = self._started()
        try:
            socket.send_fds(control, [b"fork"], [channel.fileno()])
            return int(control.recv(64) or b"0") or self._lost()
        except OSError:
            return self._lost()

    def _end(self, child: int) -> int:
        """End a child and return how it had ended."""
        try:
            control = self._started()
            control.send(str(child).encode())
            return int((control.recv(64) or b"0 0").split()[0])
        except OSError:
            return self._lost()

    def _lost(self) -> int:
        self.close()
        message = "the host of the robots has gone"
        raise HostError(message)

    def _started(self) -> socket.socket:
        if self._control is not None:
            return self._control
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-s", "-P", "-B", str(ZYGOTE)]
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno()), self.kind],
                env=_environment(),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        ours.settimeout(START_SECONDS)
        self._control = ours
        with suppress(OSError):
            if ours.recv(64) == b"ready":
                return ours
        self._lost()
        raise AssertionError


def _environment() -> dict[str, str]:
    """Return the whole environment of the host: none of ours, and the same order of sets always."""
    one = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    return {"LANG": "C.UTF-8", "PYTHONHASHSEED": "0", **dict.fromkeys(one, "1")}


def _read_progress(told: Any) -> tuple[int, int]:
    if isinstance(told, list) and [type(each) for each in told] == [int, int]:
        return told[0], told[1]
    message = "a frame is no progress"
    raise wire.WireError(message)


def _read_answer(answer: Any, number: int) -> Any:
    """Return the result or the fault of the awaited job; WireError for what is neither."""
    if isinstance(answer, dict) and answer.get("job") == number:
        if isinstance(answer.get("result"), dict):
            return answer["result"]
        fault = answer.get("fault")
        if isinstance(fault, dict) and fault.get("kind") in KINDS:
            bar = fault.get("bar")
            known = bar if isinstance(bar, int) else None
            return RobotFault(fault["kind"], str(fault.get("message"))[:500], known)
    message = "a frame is no answer"
    raise wire.WireError(message)


def describe(sources: Sequence[tuple[str, Sequence[str]]]) -> list[dict[str, Any] | RobotFault]:
    """Return schema and lookback of robots, each given by its source and its symbols."""
    jobs = [{"source": source, "symbols": list(symbols)} for source, symbols in sources]
    with Host("describe") as host:
        # A process each: none may change what the next one says of itself.
        return [host.run([job], {})[0] for job in jobs]
