"""Work that is cut by kill -9: in a forked process, at a chosen line of ours or at a failpoint."""

from __future__ import annotations

import contextvars
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.admin import service as admin
from app.core import clock, failpoints
from app.core.db import db, transaction
from app.core.outbox import OutboxRow

ROOT = str(Path(__file__).resolve().parents[1])
OURS = (f"{ROOT}/app/", f"{ROOT}/workers/")
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "5"))


class _Knife:
    """Counts lines of ours as they run, and kills the process at one of them."""

    def __init__(self, at: int | None) -> None:
        self.at, self.count = at, 0

    def trace(self, frame: Any, _event: str, _arg: Any) -> Any:
        return self._line if frame.f_code.co_filename.startswith(OURS) else None

    def _line(self, _frame: Any, event: str, _arg: Any) -> Any:
        if event == "line":
            self.count += 1
            if self.count == self.at:
                os.kill(os.getpid(), signal.SIGKILL)
        return self._line


def run_forked(
    work: Callable[[], object], *, at: int | None = None, places: str = ""
) -> int | None:
    """Run `work` in a process of its own; return how many lines of ours it ran, None if killed.

    `at` kills it at that line, `places` at failpoints ("outbox.committed:1").
    """
    db.session.remove()
    db.engine.dispose()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            knife = _Knife(at)
            failpoints.chances.update(failpoints.read_chances(places))
            sys.settrace(knife.trace)
            contextvars.copy_context().run(work)
            sys.settrace(None)
            os.write(writing, str(knife.count).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    _, code = os.waitpid(pid, 0)
    said = os.read(reading, 20)
    os.close(reading)
    if os.WIFSIGNALED(code):
        assert os.WTERMSIG(code) == signal.SIGKILL
        return None
    assert code == 0, "the work failed by itself"
    return int(said)


def open_rows() -> list[int]:
    """Return the jobs that are not done."""
    db.session.rollback()
    waiting = OutboxRow.state.in_(("pending", "running"))
    return list(db.session.scalars(select(OutboxRow.id).where(waiting).order_by(OutboxRow.id)))


def age(row_ids: list[int], by: timedelta) -> None:
    """Make jobs look as they would after a while, so that a test need not wait."""
    with transaction():
        for row_id in row_ids:
            row = db.session.get_one(OutboxRow, row_id, populate_existing=True)
            for name in ("created_at", "available_at", "published_at", "locked_until"):
                value = getattr(row, name)
                if value is not None:
                    setattr(row, name, min(value, clock.now()) - by)


def broken() -> list[str]:
    """Return which invariants do not hold, with examples; Redis is looked at too."""
    return [
        f"{each.name}: {each.examples or each.unknown}"
        for each in admin.check_invariants()
        if each.state != "whole"
    ]
