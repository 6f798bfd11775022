"""One forked child: reads a batch, closes itself in, works through the jobs, answers each."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator, Mapping
from typing import Any

from app.robots.host import wire
from app.robots.host.child import loading, walls

MAX_MESSAGE = 400


def serve(channel: socket.socket) -> None:
    """Answer one batch and return; our own faults are told too."""
    try:
        _serve(channel)
    except Exception as error:
        wire.send(channel, f"{type(error).__name__}: {error}")
        raise


def _serve(channel: socket.socket) -> None:
    batch, body = wire.receive(channel, max_body=wire.MAX_BODY)
    _alone(channel.fileno())
    bench = None
    if batch["kind"] == "simulate":
        from app.robots.host.child.simulating import Bench

        bench = Bench(batch, body, channel)
    walls.enclose(batch["memory"], batch["seconds"])
    wire.send(channel, "enclosed")
    for number, job in enumerate(batch["jobs"]):
        answer = _answer(bench, batch, job)
        try:
            wire.send(channel, {"job": number, **answer})
        except (ValueError, TypeError, RecursionError):
            fault = _fault("nonsense", "what it gives back is no JSON: NaN, or a loop", None)
            wire.send(channel, {"job": number, **fault})


def _alone(kept: int) -> None:
    """Close every other descriptor; what is printed goes nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    os.closerange(3, kept)
    os.closerange(kept + 1, 65_536)


def _answer(bench: Any, batch: dict[str, Any], job: dict[str, Any]) -> dict[str, Any]:
    at = Place()
    try:
        with _watched(batch["job_seconds"]):
            if bench is not None:
                return {"result": bench.answer(job, at)}
            return {"result": loading.describe(job["source"], job["symbols"])}
    except BaseException as error:
        return _fault(*blame(error, batch["job_seconds"]), at.bar)


def blame(error: BaseException, seconds: float) -> tuple[str, str]:
    """Return what kind of fault an error is, and how it is told."""
    if isinstance(error, walls.OutOfTimeError):
        return "timeout", f"it took longer than {seconds:g} s"
    if isinstance(error, MemoryError):
        return "memory", "it wanted more memory than a robot gets"
    for kind, name in ((walls.ForbiddenError, "forbidden"), (loading.NoRobotError, "robot")):
        if isinstance(error, kind):
            return name, str(error)
    return "raised", _told(error)


@contextlib.contextmanager
def _watched(seconds: float) -> Iterator[None]:
    walls.limit_job(seconds)
    try:
        yield
    finally:
        walls.limit_job(0)


class Place:
    """Where a job is: the bars that the robot was shown last."""

    bars: Mapping[str, Any] | None = None

    @property
    def bar(self) -> int | None:
        """The opening time of the newest bar."""
        if not self.bars:
            return None
        return max(
            (each.opened_at[-1] for each in self.bars.values() if each.opened_at), default=None
        )


def _told(error: BaseException) -> str:
    """Return an error in one line with the line of the robot's code; it may fail to tell itself."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "robot.py":
            line = trace.tb_lineno
        trace = trace.tb_next
    place = f" (robot.py, line {line})" if line else ""
    try:
        text = " ".join(str(error).split())
    except BaseException:
        text = "no message"
    return f"{type(error).__name__}: {text}"[:MAX_MESSAGE] + place


def _fault(kind: str, message: str, bar: int | None) -> dict[str, Any]:
    return {"fault": {"kind": kind, "message": message[: MAX_MESSAGE + 40], "bar": bar}}
