"""One forked child: reads a batch, closes itself in, works through the jobs, answers each."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
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
    batch, _ = wire.receive(channel, max_body=wire.MAX_BODY)
    _alone(channel.fileno())
    walls.enclose(batch["memory"], batch["seconds"])
    wire.send(channel, "enclosed")
    for number, job in enumerate(batch["jobs"]):
        answer = _answer(batch, job)
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


def _answer(batch: dict[str, Any], job: dict[str, Any]) -> dict[str, Any]:
    at = _Place()
    try:
        with _watched(batch["job_seconds"]):
            return {"result": loading.describe(job["source"], job["symbols"])}
    except BaseException as error:
        return _fault(*_blame(error, batch["job_seconds"]), at.bar)


def _blame(error: BaseException, seconds: float) -> tuple[str, str]:
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


class _Place:
    """Where a job is: the opening time of the bar that the robot was shown last."""

    bar: int | None = None


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
