"""How a published outbox row becomes work: `@job` names a function, `perform` runs it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog
from flask import Flask

from app import create_app
from app.core import hold, metrics, outbox
from app.core.db import db, transaction
from app.core.failpoints import failpoint

log = structlog.get_logger()

# Which process of workers/run.py listens to which queues. Forking costs 20 ms a job and all that a
# process learns, so only long work gets a process of its own; what asks models waits for others
# most of its time and has processes that last (workers/lasting.py).
FAST_QUEUES = ("critical", "default")
AI_QUEUES = ("ai",)
FORKING_QUEUES = ("bulk",)


@dataclass(frozen=True)
class Job:
    """A function that the outbox may name."""

    function: Callable[..., object]
    queue: str
    own_transactions: bool
    waits: tuple[int, ...] = outbox.SOON

    def __call__(self, *args: Any, **kwargs: Any) -> object:
        """Call the function itself."""
        return self.function(*args, **kwargs)


def job(
    queue: str, *, own_transactions: bool = False, waits: tuple[int, ...] = outbox.SOON
) -> Callable[[Callable[..., object]], Job]:
    """Make a function of workers/<slice>.py callable through the outbox.

    Without `own_transactions` the function runs in one transaction together with the mark
    "done". With it the function commits in steps, renews its lease in each and can resume.
    `waits` are the seconds between attempts when it fails; after the last it is given up.
    """

    def decorate(function: Callable[..., object]) -> Job:
        return Job(function, queue, own_transactions, waits)

    return decorate


@lru_cache(maxsize=1)
def application() -> Flask:
    """Return this process's application."""
    return create_app()


def resolve(name: str) -> Job:
    """Return the job of a name such as "performance.refold_account"."""
    module, function = name.split(".")
    found = getattr(importlib.import_module(f"workers.{module}"), function)
    if not isinstance(found, Job):
        message = f"{name} is not a job"
        raise TypeError(message)
    return found


def perform(row_id: int) -> None:
    """Do an outbox row: at most once to its end, whatever is cut where."""
    with application().app_context():
        try:
            done = _perform(row_id)
        except Exception as error:
            db.session.rollback()
            name = outbox.name_of(row_id)
            last = outbox.fail(row_id, f"{type(error).__name__}: {error}", _waits_of(name))
            log.exception("job_failed", row_id=row_id, dead=last)
            metrics.count("jobs", name, "dead" if last else "failed")
        else:
            if done is not None:
                metrics.count("jobs", done, "done")


def _waits_of(name: str) -> tuple[int, ...]:
    try:
        return resolve(name).waits
    except (ImportError, AttributeError, TypeError, ValueError):
        return outbox.SOON  # a name that no code of this version knows


def _perform(row_id: int) -> str | None:
    """Do a row; return the name of what was done, None when there was nothing to do."""
    row = outbox.peek(row_id)
    if row is None or row.name in hold.held_jobs():
        # What is held stays as it is; the sweep takes it up once the installation is released.
        return None
    work = resolve(row.name)
    if not work.own_transactions:
        with transaction():
            claimed = outbox.claim(row_id)
            if claimed is not None:
                work(**claimed.payload)
                failpoint("job.worked")
                outbox.finish(claimed)
        return None if claimed is None else row.name
    leased = outbox.claim_lease(row_id)
    if leased is None:
        return None
    work(**leased.payload)
    failpoint("job.worked")
    with transaction():
        outbox.finish(db.session.merge(leased))
    return row.name
